from tabletheory import TableTheory


def run(db: TableTheory) -> None:
    """Reads items by their keys, in the order of the keys, None where there is none."""
    # region
    notes = db.model("Note")
    notes.batch_put([{"pk": "u#1", "sk": "n#1", "title": "one"}, {"pk": "u#2", "sk": "n#1", "title": "two"}])

    keys = [("u#2", "n#1"), ("u#9", "n#9"), {"pk": "u#1", "sk": "n#1"}]
    for note in notes.batch_get(keys, consistent=True):
        print(note["title"] if note else "none")
    # endregion


# Output:
# two
# none
# one
