from tabletheory import TableTheory


def run(db: TableTheory) -> None:
    """Reads a global secondary index: the notes of an author, the oldest first."""
    # region
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "author": "ada", "title": "first"})
    notes.put({"pk": "u#2", "sk": "n#1", "author": "bob", "title": "other"})
    notes.put({"pk": "u#3", "sk": "n#1", "author": "ada", "title": "second"})

    for note in notes.query("ada").index("by-author"):
        print(note["author"], note["title"])
    # endregion


# Output:
# ada first
# ada second
