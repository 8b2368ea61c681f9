from tabletheory import S, TableTheory


def run(db: TableTheory) -> None:
    """Changes attributes in place, without reading the item first."""
    # region
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "title": "hi", "status": "open", "tags": {"a", "b"}})

    note = notes.update(
        ("u#1", "n#1"),
        set={
            "body": S.title,  # what another attribute holds
            "author": S.author.if_not_exists("ada"),  # unless there is one
        },
        add={"views": 2},  # absent counts as 0
        delete={"tags": {"a"}},  # elements of a set
        remove=["status"],  # the attribute
        condition=S.status == "open",  # else ConditionFailed
    )
    print(note["body"], note["author"], note["views"], len(note["tags"]), "status" in note, note["version"])
    # endregion


# Output:
# hi ada 2 1 False 1
