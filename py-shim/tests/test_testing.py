"""The public helpers for tests: scripts, recordings, faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tabletheory import (
    AsyncHttpTransport,
    AsyncTableTheory,
    HttpTransport,
    S,
    TableTheory,
    TableTheoryError,
    Throttled,
    TransportError,
)
from tabletheory.testing import (
    LOCAL_CREDENTIALS,
    Delay,
    FaultyTransport,
    FixedClock,
    Local,
    RecordingTransport,
    ReplayTransport,
    RequestMismatch,
    ScriptedTransport,
    Status,
    Unprocessed,
    answer,
    expect,
)
from tabletheory.testing.faults import Fault
from tabletheory.transport import Request, Response

from .conftest import NOTES

OPTIONS: Any = {"region": "eu-west-1", "credentials": LOCAL_CREDENTIALS}
GET = {"TableName": "tabletheory-demo-notes", "Key": {"pk": {"S": "u"}, "sk": {"S": "n"}}}
FOUND = {"Item": {"pk": {"S": "u"}, "sk": {"S": "n"}}}


def client(transport: Any, **options: Any) -> TableTheory:
    return TableTheory(NOTES, transport=transport, clock=FixedClock(), **OPTIONS, **options)


def test_a_script_that_is_followed() -> None:
    script = ScriptedTransport([expect("GetItem", {**GET, "ReturnConsumedCapacity": "TOTAL"}, answer(FOUND)), answer()])
    with client(script) as db:
        assert db.model("Note").find("u", "n") == {"pk": "u", "sk": "n"}
        assert db.model("Note").find("u", "n") is None
    script.done()


def test_a_script_that_is_not_followed_says_what_differs() -> None:
    script = ScriptedTransport([expect("GetItem", {**GET, "ConsistentRead": True}, answer(FOUND))])
    with client(script, capacity="none") as db:
        with pytest.raises(TransportError) as caught:
            db.model("Note").find("v", "n")
        assert isinstance(caught.value.__cause__, Exception)
    with pytest.raises(RequestMismatch) as mismatch:
        script.done()
    assert mismatch.value.lines == [
        '/Key/pk/S: expected "u", got "v"',
        "/ConsistentRead: expected true, got nothing",
    ]
    assert "request 1 is not the expected one\n  /Key" in str(mismatch.value)


def test_a_script_has_to_be_used_up_and_no_more_than_that() -> None:
    script = ScriptedTransport([expect("PutItem"), answer()])
    with pytest.raises(RequestMismatch, match=r"2 answers .* not used\n  PutItem\n  any request"):
        script.done()
    empty = ScriptedTransport()
    with client(empty) as db, pytest.raises(TransportError):
        db.model("Note").find("u", "n")
    with pytest.raises(RequestMismatch, match="`GetItem` was not expected"):
        empty.done()


def use(db: TableTheory) -> list[Any]:
    db.ensure_table("Note")
    notes = db.model("Note")
    notes.put({"pk": "u", "sk": "n", "title": "grüße", "tags": {"a"}})
    notes.update("u", "n", set={"views": S.views.if_not_exists(1)})
    return [notes.get("u", "n"), notes.find("u", "m"), notes.query("u").all()]


def test_what_was_recorded_can_be_replayed(tabletheory_local: Local, tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    local: Any = {**tabletheory_local.options, "clock": FixedClock(), "table_names": {"Note": "recorded"}}
    recorder = RecordingTransport(HttpTransport(), file)
    with TableTheory(NOTES, transport=recorder, **local) as db:
        recorded = use(db)
    recorder.close()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {"action", "request", "status", "head", "body"} == set(lines[0])
    assert "grüße" in file.read_text()
    assert "authorization" not in file.read_text().lower()
    replay = ReplayTransport(file)
    with TableTheory(NOTES, transport=replay, **{**local, "clock": FixedClock()}) as db:
        assert use(db) == recorded
        replay.done()
        with pytest.raises(TransportError):
            db.model("Note").get("u", "n")
    with pytest.raises(RequestMismatch, match="`GetItem` is not in the recording"):
        replay.done()
    other = ReplayTransport(file)
    with TableTheory(NOTES, transport=other, **local) as db, pytest.raises(TransportError):
        db.model("Note").get("v", "n")
    with pytest.raises(RequestMismatch, match='expected "u", got "v"'):
        other.done()
    with pytest.raises(RequestMismatch, match="lines of the recording were not used"):
        ReplayTransport(file).done()


def test_failures_and_asyncio_are_recorded_too(tmp_path: Path) -> None:
    file = tmp_path / "failures.jsonl"

    async def once(transport: Any) -> str:
        async with AsyncTableTheory(
            NOTES,
            transport=transport,
            endpoint="http://127.0.0.1:1",
            clock=FixedClock(),
            retry={"max_attempts": 1},
            **OPTIONS,
        ) as db:
            with pytest.raises(TransportError) as caught:
                await db.model("Note").find("u", "n")
            return f"{caught.value} {caught.value.service}"

    recorded = asyncio.run(once(RecordingTransport(AsyncHttpTransport(), file)))
    assert json.loads(file.read_text())["failure"] == "connect"
    assert asyncio.run(once(ReplayTransport(file))) == recorded


class Counting:
    """Answers everything, and counts."""

    signs = False

    def __init__(self, respond: Callable[[Request], Response] = lambda _: answer(FOUND)) -> None:
        self.requests: list[Request] = []
        self.respond = respond

    def send(self, request: Request, timeout: float | None = None) -> Response:
        self.requests.append(request)
        return self.respond(request)

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        return self.send(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    ("fault", "sent", "error"),
    [
        ("drop-before", 0, TransportError),
        ("drop-after", 1, TransportError),
        ("truncate", 1, TableTheoryError),
        ("throttle", 0, Throttled),
        (Status(500), 0, TableTheoryError),
        (Delay(0.01), 1, None),
        (None, 1, None),
    ],
)
def test_faults(fault: Fault | None, sent: int, error: type[TableTheoryError] | None) -> None:
    for kind in ("blocking", "asyncio"):
        inner = Counting()
        faulty = FaultyTransport(inner, [fault])

        def once(kind: str = kind, faulty: FaultyTransport = faulty) -> Any:
            retry: Any = {"max_attempts": 1}
            if kind == "blocking":
                return client(faulty, retry=retry).model("Note").update("u", "n", add={"views": 1})

            async def main() -> Any:
                async with AsyncTableTheory(NOTES, transport=faulty, clock=FixedClock(), retry=retry, **OPTIONS) as db:
                    return await db.model("Note").update("u", "n", add={"views": 1})

            return asyncio.run(main())

        if error is None:
            once()
        else:
            with pytest.raises(error):
                once()
        assert len(inner.requests) == sent
        assert faulty.attempts == 1


def test_faults_are_retried_like_real_ones() -> None:
    inner = Counting()
    faulty = FaultyTransport(inner, lambda request, at: "throttle" if at < 2 else None)
    with client(faulty) as db:
        assert db.model("Note").get("u", "n") == {"pk": "u", "sk": "n"}
    assert (faulty.attempts, len(inner.requests)) == (3, 1)


def test_part_of_a_batch_may_come_back_unprocessed() -> None:
    keys = [{"pk": {"S": str(at)}} for at in range(5)]
    body = {"RequestItems": {"a": {"Keys": keys[:3], "ConsistentRead": True}, "b": {"Keys": keys[3:]}}}
    request = Request(1, "dynamodb", "BatchGetItem", "", "", json.dumps(body).encode())
    inner = Counting(lambda _: answer({"Responses": {"a": []}}, headers=[("x-amz-crc32", "1")]))
    response = FaultyTransport(inner, [Unprocessed(3)]).send(request)
    assert json.loads(inner.requests[0].body) == {"RequestItems": {"a": {"Keys": keys[:2], "ConsistentRead": True}}}
    assert json.loads(response.body)["UnprocessedKeys"] == {
        "a": {"Keys": keys[2:3], "ConsistentRead": True},
        "b": {"Keys": keys[3:]},
    }
    assert b"crc32" not in response.head
    puts = {"RequestItems": {"a": [{"PutRequest": {"Item": key}} for key in keys]}}
    request = Request(1, "dynamodb", "BatchWriteItem", "", "", json.dumps(puts).encode())
    response = asyncio.run(FaultyTransport(inner, [Unprocessed(9)]).asend(request))
    assert json.loads(response.body)["UnprocessedItems"] == puts["RequestItems"]
    assert len(inner.requests) == 1
    get = Request(1, "dynamodb", "GetItem", "", "", b"{}")
    assert FaultyTransport(inner, [Unprocessed(1)]).send(get) == inner.respond(get)
    assert len(inner.requests) == 2
