from tabletheory import ItemNotFound, TableTheory


def run(db: TableTheory) -> None:
    """Stores an item and reads it by its key."""
    # region
    notes = db.model("Note")

    note = notes.put(
        {"pk": "u#1", "sk": "n#1", "title": "hi", "tags": {"a", "b"}}
    )  # with createdAt, updatedAt, version

    read = notes.get("u#1", "n#1", consistent=True)
    print(read["title"], len(read["tags"]), read["createdAt"] == note["createdAt"])

    try:
        notes.get("u#1", "n#2")  # `find` gives None instead
    except ItemNotFound as error:
        print(error.code)
    # endregion


# Output:
# hi 2 True
# ErrItemNotFound
