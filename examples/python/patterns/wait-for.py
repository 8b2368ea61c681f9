from tabletheory import CallTimeout, S, TableTheory


def run(db: TableTheory) -> None:
    """Reads until a write can be seen: in an index, or one of another process."""
    # region
    notes = db.model("Note")
    note = notes.put({"pk": "u#1", "sk": "n#1", "author": "ada", "status": "open"})

    seen = notes.wait_for(note, index="by-author", until=S.status == "open")
    print(seen["sk"], seen["status"])

    try:
        notes.wait_for("u#1", "n#2", timeout_ms=50)
    except CallTimeout as error:
        print(error.code)
    # endregion


# Output:
# n#1 open
# ErrTimeout
