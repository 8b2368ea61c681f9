from tabletheory import S, TableTheory


def run(db: TableTheory) -> None:
    """Reads the items of one partition whose sort key begins so, the last first."""
    # region
    notes = db.model("Note")
    for pk, sk in [("u#1", "n#1"), ("u#1", "n#2"), ("u#1", "draft#1"), ("u#2", "n#1")]:
        notes.put({"pk": pk, "sk": sk})

    for note in notes.query("u#1").where(S.sk.begins_with("n#")).order("desc"):
        print(note["pk"], note["sk"])
    # endregion


# Output:
# u#1 n#2
# u#1 n#1
