from tabletheory import S, TableTheory


def run(db: TableTheory) -> None:
    """Leaves out items by attributes that are no key. DynamoDB reads them, and charges for them, all the same."""
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "views": 1, "status": "open"})
    notes.put({"pk": "u#1", "sk": "n#2", "views": 7, "status": "open"})
    notes.put({"pk": "u#1", "sk": "n#3", "views": 9, "status": "done", "tags": {"old"}})

    popular = notes.query("u#1").filter((S.views > 5) & ~S.tags.contains("old") | (S.status == "done"))
    for note in popular:
        print(note["sk"], note["status"])
    print(popular.page().scanned)


# Output:
# n#2 open
# n#3 done
# 3
