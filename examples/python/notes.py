"""Reads the note that the demo passes around, and upserts it: whatever it names is written, everything else is kept.

Region, endpoint and credentials come from the environment, as AWS users expect: AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …
"""

from dataclasses import dataclass, field
from pathlib import Path

from tabletheory import Stats, TableTheory, attribute

SCHEMA = Path(__file__).resolve().parent.parent / "notes.dms.yml"


@dataclass
class Note:
    pk: str
    sk: str
    title: str | None = None
    status: str | None = None
    views: int | None = None
    tags: set[str] = field(default_factory=set)
    created_at: str | None = attribute("createdAt", default=None)
    version: int | None = None


def main() -> None:
    with TableTheory(SCHEMA) as db:
        notes = db.model(Note)
        stats = Stats()

        found = notes.find("u#1", "n#1", consistent=True, stats=stats)
        units = (stats.capacity or {}).get("total", "unknown")
        if found is None:
            print("python: no note yet, so the upsert creates it")
        else:
            print(f"python: read the note, title {found.title!r}, version {found.version} ({units} capacity units)")

        tags = {"read-by-python"} | (found.tags if found else set())
        note = notes.upsert(Note("u#1", "n#1", status="read", tags=tags))
        print(f"python: upserted status {note.status!r} and tags {sorted(note.tags)}; title {note.title!r} is kept")
        print(f"python: version is now {note.version}, created at {note.created_at}")


if __name__ == "__main__":
    main()
