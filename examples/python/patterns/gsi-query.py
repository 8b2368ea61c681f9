from tabletheory import S, TableTheory


def run(db: TableTheory) -> None:
    """Reads by another key than that of the table: the index says by which."""
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "author": "ada", "title": "one"})
    notes.put({"pk": "u#2", "sk": "n#1", "author": "ada", "title": "two"})
    notes.put({"pk": "u#2", "sk": "n#2", "author": "bob", "title": "three"})

    for note in notes.query("ada").index("by-author").where(S.createdAt > "2020").limit(10):
        print(note["title"])


# Output:
# one
# two
