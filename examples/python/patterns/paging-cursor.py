from tabletheory import TableTheory


def run(db: TableTheory) -> None:
    """Gives pages of two items. The cursor is text: it can be handed to a client and comes back with the next request."""
    # region
    notes = db.model("Note")
    for n in range(5):
        notes.put({"pk": "u#1", "sk": f"n#{n}"})

    cursor = None
    while True:
        page = notes.query("u#1").limit(2).page(cursor=cursor)
        print(*(note["sk"] for note in page.items))
        cursor = page.cursor
        if cursor is None:
            break
    # endregion


# Output:
# n#0 n#1
# n#2 n#3
# n#4
