"""Everything against a real engine, `tabletheory local`: over the blocking and the asyncio HTTP transport."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tabletheory import (
    AsyncTableTheory,
    ConditionFailed,
    InvalidPrimaryKey,
    ItemNotFound,
    ItemTooLarge,
    S,
    Stats,
    TableNotFound,
    TableTheory,
    VersionConflict,
    attribute,
)
from tabletheory.testing import Local

from .test_values import documents

DOCUMENT = """
dms_version: "0.2"
namespace: "tests"
models:
  - name: "All"
    table: { name: "python-all" }
    keys:
      partition: { attribute: "pk", type: "S" }
      sort: { attribute: "sk", type: "N" }
    attributes:
      - { attribute: "pk", type: "S", required: true, roles: ["pk"] }
      - { attribute: "sk", type: "N", required: true, roles: ["sk"] }
      - { attribute: "text", type: "S", optional: true }
      - { attribute: "number", type: "N", optional: true }
      - { attribute: "blob", type: "B", optional: true }
      - { attribute: "flag", type: "BOOL", optional: true }
      - { attribute: "nothing", type: "NULL", optional: true }
      - { attribute: "map", type: "M", optional: true }
      - { attribute: "list", type: "L", optional: true }
      - { attribute: "texts", type: "SS", optional: true }
      - { attribute: "numbers", type: "NS", optional: true }
      - { attribute: "blobs", type: "BS", optional: true }
      - { attribute: "made", type: "S", format: "rfc3339nano", roles: ["created_at"] }
      - { attribute: "changed", type: "S", format: "rfc3339nano", roles: ["updated_at"] }
      - { attribute: "version", type: "N", format: "int", roles: ["version"] }
      - { attribute: "expires", type: "N", format: "unix_seconds", roles: ["ttl"], optional: true }
"""


class Base:
    """One client, blocking or asyncio, on one engine."""

    def __init__(self, kind: str, local: Local) -> None:
        self.runner = asyncio.Runner()
        make = TableTheory if kind == "blocking" else AsyncTableTheory
        self.db: Any = make(document=DOCUMENT, table_prefix=f"{kind}-", **local.options)
        self.do(self.db.ensure_table("All"))
        self.items = self.db.model("All")

    def do(self, value: Any) -> Any:
        async def main() -> Any:
            return await value

        return self.runner.run(main()) if inspect.isawaitable(value) else value

    def close(self) -> None:
        self.do(self.db.close() if isinstance(self.db, TableTheory) else self.db.aclose())
        self.runner.run(asyncio.sleep(0))
        self.runner.close()


@pytest.fixture(scope="module", params=["blocking", "asyncio"])
def base(request: pytest.FixtureRequest, tabletheory_local: Local) -> Iterator[Base]:
    base = Base(request.param, tabletheory_local)
    yield base
    base.close()


EVERYTHING = {
    "pk": "every type",
    "sk": 1,
    "text": 'grüße 🎈 \x00"\\',
    "number": Decimal("12345678901234567890.123456789012345678"),
    "blob": b"\x00\xff",
    "flag": False,
    "nothing": None,
    "map": {"$x": {"deep": [1, Decimal("2.5"), "x", None, True, b"y", {"s", "t"}, {1, 2}]}, "select": "reserved"},
    "list": [{"$set": ["not a set"]}, [], {}],
    "texts": {"a", "b"},
    "numbers": {1, Decimal("2.5"), -(10**37)},
    "blobs": {b"a", b"\x00"},
    "expires": datetime(2030, 1, 1, tzinfo=UTC),
}


def test_every_type_comes_back_as_it_was(base: Base) -> None:
    made = base.do(base.items.create(EVERYTHING))
    got = base.do(base.items.get("every type", 1, consistent=True))
    assert got == {**made, "expires": 1893456000}
    assert {name: got[name] for name in EVERYTHING if name != "expires"} == {
        name: value for name, value in EVERYTHING.items() if name != "expires"
    }


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(st.text("ab$", min_size=1, max_size=3), documents, max_size=3), text=st.text())
def test_documents_come_back_as_they_were(base: Base, document: dict[str, Any], text: str) -> None:
    text = text.encode(errors="replace").decode()
    cleaned = without_empty_sets(document)
    base.do(base.items.put({"pk": "documents", "sk": 1, "map": cleaned, "text": text}))
    got = base.do(base.items.get("documents", 1, consistent=True))
    assert got["map"] == cleaned
    assert got["text"] == text


def without_empty_sets(value: Any) -> Any:
    """DynamoDB has no empty sets, and numbers of at most 38 digits."""
    if isinstance(value, dict):
        return {name or "_": without_empty_sets(each) for name, each in value.items()}
    if isinstance(value, list):
        return [without_empty_sets(each) for each in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value if digits(value) <= 38 and in_range(value) else 0
    if isinstance(value, set):
        return {each for each in value if not isinstance(each, int) or len(str(abs(each))) <= 38} or None
    return value


def digits(value: int | Decimal) -> int:
    return len("".join(map(str, Decimal(value).as_tuple().digits)).strip("0"))


def in_range(value: int | Decimal) -> bool:
    return value == 0 or -130 <= Decimal(value).adjusted() <= 125


def test_the_life_of_an_item(base: Base) -> None:
    items, do = base.items, base.do
    made = do(items.create({"pk": "life", "sk": 1, "text": "a", "list": [2]}))
    with pytest.raises(ConditionFailed):
        do(items.create({"pk": "life", "sk": 1}))
    stats = Stats()
    changed = do(
        items.update(made, set={"text": "b"}, add={"number": 5, "texts": {"x"}}, append={"list": [3]}, stats=stats)
    )
    assert (changed["text"], changed["number"], changed["texts"], changed["list"]) == ("b", 5, {"x"}, [2, 3])
    assert (changed["version"], changed["made"]) == (1, made["made"])
    assert stats.capacity is not None
    with pytest.raises(VersionConflict) as caught:
        do(items.update(made, set={"text": "c"}, expect_version=made["version"], return_old_on_failure=True))
    assert caught.value.item == changed
    grown = do(items.upsert({"pk": "life", "sk": 1, "flag": True}))
    assert (grown["version"], grown["made"], grown["text"]) == (2, made["made"], "b")
    assert do(items.get(grown, projection=["text", "list[0]"])) == {"text": "b", "list": [2]}
    with pytest.raises(ConditionFailed):
        do(items.delete(grown, condition=(S.number > 5) | S.text.begins_with("z")))
    assert do(items.delete(grown, condition=S.texts.contains("x"), return_values="ALL_OLD")) == grown
    assert do(items.find("life", 1)) is None
    with pytest.raises(ItemNotFound):
        do(items.get("life", 1))


def test_an_item_that_is_too_large_is_not_even_sent(base: Base) -> None:
    stats = Stats()
    with pytest.raises(ItemTooLarge):
        base.do(base.items.put({"pk": "large", "sk": 1, "text": "x" * 410_000}, stats=stats))
    assert stats.attempts == 0
    with pytest.raises(InvalidPrimaryKey):
        base.do(base.items.put({"pk": "", "sk": 1}))


def test_tables_come_and_go(base: Base, tabletheory_local: Local) -> None:
    kind = "blocking" if isinstance(base.db, TableTheory) else "asyncio"
    with TableTheory(document=DOCUMENT, table_prefix=f"{kind}-tables-", **tabletheory_local.options) as db:
        with pytest.raises(TableNotFound):
            db.model("All").get("u", 1)
        with pytest.raises(TableNotFound):
            db.describe_table("All")
        made = db.ensure_table("All")
        assert made.created is True
        assert made.table is not None
        assert made.table["status"] == "ACTIVE"
        assert db.ensure_table("All").created is False
        assert db.delete_table("All").deleted is True
        assert db.delete_table("All").deleted is False


@dataclass
class All:
    pk: str
    sk: int
    text: str | None = None
    number: float | None = None
    numbers: set[int] = field(default_factory=set)
    made: datetime | None = None
    changed_at: datetime | None = attribute("changed", default=None)  # noqa: RUF009
    version: int = 0


def test_typed_items(base: Base) -> None:
    items = base.db.model(All)
    made = base.do(items.create(All("typed", 1, "t", 0.1, {1, 2})))
    assert isinstance(made.made, datetime)
    assert made.made.tzinfo is not None
    got = base.do(items.get("typed", 1, consistent=True))
    assert got == made
    changed = base.do(items.update(got, add={"number": Decimal("0.2")}, expect_version=got.version))
    assert (changed.number, changed.version) == (0.3, 1)
    assert changed.changed_at >= got.changed_at


def test_the_local_helper_stops_what_it_started() -> None:
    with Local() as local:
        process = local._process
        assert process is not None
        with TableTheory(document=DOCUMENT, **local.options) as db:
            db.ensure_table("All")
    assert process.poll() == 0
    local.stop()


def test_the_local_helper_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TABLETHEORY_LOCAL")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="TABLETHEORY_LOCAL"):
        Local()
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 3\n")
    silent.chmod(0o755)
    with pytest.raises(RuntimeError, match="did not start"):
        Local(program=str(silent)).start()


def test_the_server_ends_with_the_process_that_started_it() -> None:
    script = """if True:
        import sys
        from tabletheory.testing import Local

        local = Local().start()
        print(local._process.pid, flush=True)
        sys.stdin.read()
    """
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    for pipe in (parent.stdout, parent.stdin):
        assert pipe is not None
        pipe.close()
    for _ in range(100):
        try:
            os.kill(child, 0)
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            break
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the server is still there")
