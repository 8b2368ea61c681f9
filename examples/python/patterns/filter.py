from tabletheory import S, TableTheory


def run(db: TableTheory) -> None:
    """Gives only the items that meet a condition. DynamoDB reads, and charges for, the others as well."""
    # region
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "views": 1, "status": "open"})
    notes.put({"pk": "u#1", "sk": "n#2", "views": 5, "status": "open"})
    notes.put({"pk": "u#1", "sk": "n#3", "views": 9, "status": "closed"})
    notes.put({"pk": "u#1", "sk": "n#4", "views": 9, "tags": {"pinned"}})

    query = notes.query("u#1").filter((S.views >= 5) & ((S.status == "open") | S.tags.contains("pinned")))
    for note in query:
        print(note["sk"], note["views"])
    # endregion


# Output:
# n#2 5
# n#4 9
