from tabletheory import ConditionFailed, TableTheory, VersionConflict


def run(db: TableTheory) -> None:
    """Lets an update through only if nobody else has changed the item since it was read."""
    # region
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "title": "hi"})
    mine = notes.get("u#1", "n#1")
    yours = dict(mine)

    notes.update(mine, set={"title": "mine"}, expect_version=mine["version"])
    try:
        notes.update(
            yours, set={"title": "yours"}, expect_version=yours["version"], return_old_on_failure=True
        )
    except VersionConflict as error:
        stored = error.item  # what is there: no need to read it again
        print(isinstance(error, ConditionFailed), stored["title"], stored["version"])
    # endregion


# Output:
# True mine 1
