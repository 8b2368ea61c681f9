from tabletheory import BatchOperationFailed, TableTheory


def run(db: TableTheory) -> None:
    """Stores many items and deletes some, in batches of the size that DynamoDB takes. What comes back is sent again."""
    # region
    notes = db.model("Note")
    many = [{"pk": "u#1", "sk": f"n#{n:02}"} for n in range(60)]

    left = [notes.op.puts(many)]
    while left:
        try:
            db.batch_write(left, parallel=2)
            break
        except BatchOperationFailed as error:
            left = error.remaining  # those that were not written, or may not have been

    written = db.batch_write(
        [notes.op.puts([{"pk": "u#2", "sk": "n#1"}]), notes.op.deletes([("u#1", "n#00"), many[1]])]
    )
    print(written, notes.query("u#1").count())
    # endregion


# Output:
# 3 58
