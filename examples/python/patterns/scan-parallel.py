from tabletheory import ScanProgress, TableTheory


def run(db: TableTheory) -> None:
    """Reads a whole table in four segments, two of them at a time, and says how far it has come."""
    # region
    notes = db.model("Note")
    notes.batch_put({"pk": f"u#{n}", "sk": "n#1"} for n in range(100))

    heard: list[ScanProgress] = []
    found = notes.scan().segments(4, parallel=2).on_progress(heard.append).all()
    print(len(found), "notes,", heard[-1].segments_done, "of", heard[-1].segments, "segments")
    # endregion


# Output:
# 100 notes, 4 of 4 segments
