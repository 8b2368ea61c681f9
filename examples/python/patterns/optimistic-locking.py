from tabletheory import TableTheory, VersionConflict


def run(db: TableTheory) -> None:
    """Changes an item only if nobody else has changed it meanwhile."""
    notes = db.model("Note")
    mine = notes.put({"pk": "u#1", "sk": "n#1", "title": "hi"})
    notes.update(mine, set={"title": "theirs"}, expect_version=mine["version"])

    try:
        notes.update(mine, set={"title": "mine"}, expect_version=mine["version"])
    except VersionConflict as error:
        print(error.code)

    mine = notes.get(mine)  # read again, and do it again
    changed = notes.update(mine, set={"title": "mine"}, expect_version=mine["version"])
    print(changed["title"], changed["version"])


# Output:
# ErrVersionConflict
# mine 2
