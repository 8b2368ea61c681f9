from tabletheory import ConditionFailed, S, TableTheory


def run(db: TableTheory) -> None:
    """Carries out several writes, or none of them."""
    # region
    notes = db.model("Note")
    counter = notes.put({"pk": "u#1", "sk": "counter"})

    def add(sk: str) -> None:
        db.transact(
            [
                notes.op.create({"pk": "u#1", "sk": sk}),
                notes.op.update(counter, add={"views": 1}),
                notes.op.check("u#1", "lock", condition=S.pk.not_exists()),
            ]
        )

    add("n#1")
    try:
        add("n#1")  # is there already, so nothing is counted
    except ConditionFailed as error:
        print(error.code, error.reasons[0]["index"])
    print(notes.get(counter, consistent=True)["views"])
    # endregion


# Output:
# ErrConditionFailed 0
# 1
