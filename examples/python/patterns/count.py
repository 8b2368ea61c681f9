from tabletheory import S, TableTheory


def run(db: TableTheory) -> None:
    """Counts items without sending them. DynamoDB charges for reading them all the same."""
    # region
    notes = db.model("Note")
    notes.put({"pk": "u#1", "sk": "n#1", "views": 1})
    notes.put({"pk": "u#1", "sk": "n#2", "views": 3})
    notes.put({"pk": "u#2", "sk": "n#1"})

    every = notes.query("u#1").count()
    popular = notes.query("u#1").filter(S.views > 2).count()
    print(every, popular)
    # endregion


# Output:
# 2 1
