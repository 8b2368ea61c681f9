"""What a type checker sees. Checked by mypy, never run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_type

from tabletheory import (
    Action,
    AsyncModel,
    AsyncTableTheory,
    Condition,
    Model,
    Page,
    Query,
    Replaced,
    S,
    Stats,
    TableResult,
    TableTheory,
    Written,
)


@dataclass
class Note:
    pk: str
    sk: str


def blocking(db: TableTheory, note: Note) -> None:
    assert_type(db.model("Note"), Model[dict[str, Any]])
    assert_type(db.model(Note), Model[Note])
    notes = db.model("Note", Note)
    assert_type(notes, Model[Note])
    assert_type(notes.create(note), Note)
    assert_type(notes.create({"pk": "a", "sk": "b"}, condition=S.a == 1), Note)
    assert_type(notes.put(note), Note)
    assert_type(notes.put(note, return_values="ALL_OLD", expect_version=1), Replaced[Note])
    assert_type(notes.upsert(note, return_old_on_failure=True), Note)
    assert_type(notes.upsert(note, return_values="UPDATED_NEW"), dict[str, Any] | None)
    assert_type(notes.get("a", "b", consistent=True, stats=Stats()), Note)
    assert_type(notes.find(note, projection=["title"], raw=True, timeout=1.5), Note | None)
    assert_type(notes.update(note, set={"a": 1}, add={"b": 2}), Note)
    assert_type(notes.update("a", "b", return_values="ALL_OLD"), Note | None)
    assert_type(notes.update(("a", "b"), return_values="UPDATED_OLD"), dict[str, Any] | None)
    assert_type(notes.delete("a", "b", return_values="ALL_OLD"), Note | None)
    assert_type(db.ensure_table("Note", billing={"read": 1, "write": 1}), TableResult)
    assert_type(notes.query("a").where(S.b > 1).limit(3), Query[Note])
    assert_type(notes.query("a").page(), Page[Note])
    assert_type(list(notes.query("a")), list[Note])
    assert_type(list(notes.scan().segments(4, parallel=2).pages()), list[Page[Note]])
    assert_type(notes.scan().first(), Note | None)
    assert_type(notes.query("a").count(), int)
    assert_type(notes.wait_for("a", "b", until=S.c == 1), Note)
    assert_type(notes.batch_get([("a", "b")]), list[Note | None])
    assert_type(notes.batch_put([note]), Written)
    assert_type(notes.op.create(note), Action[Note])
    assert_type(notes.op.update("a", "b", add={"c": 1}), Action[None])
    assert_type(db.transact_get([notes.op.get("a", "b")]), list[Note | None])
    assert_type(notes.update("a", "b", set={"c": S.c.if_not_exists(0) + 1}), Note)
    assert_type((S.a > 1) & ~S.b.exists() | (S.c == S.d), Condition)
    notes.get("a", consistant=True)  # type: ignore[call-arg]
    notes.query("a").order("up")  # type: ignore[arg-type]
    notes.op.check("a", set={})  # type: ignore[call-arg]
    notes.update("a", set=["x"])  # type: ignore[call-overload]
    notes.create("a")  # type: ignore[arg-type]


async def asynchronous(db: AsyncTableTheory, note: Note) -> None:
    notes = db.model(Note)
    assert_type(notes, AsyncModel[Note])
    assert_type(await notes.create(note), Note)
    assert_type(await notes.find("a", "b"), Note | None)
    assert_type(await notes.update(note, set={"a": 1}), Note)
    assert_type(await db.describe_table("Note"), TableResult)
    assert_type([each async for each in notes.query("a")], list[Note])
    assert_type(await notes.scan().all(), list[Note])
    assert_type(await db.transact([notes.op.delete("a", "b")], token="t"), list[Any])
