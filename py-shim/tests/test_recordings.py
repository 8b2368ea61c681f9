"""What recordings are made and replayed with is the same in the tests of all languages: see docs/recordings.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tabletheory import HttpTransport, Stats, TableTheory, TableTheoryError
from tabletheory.testing import (
    LOCAL_CREDENTIALS,
    FaultyTransport,
    FixedClock,
    Local,
    RecordingTransport,
    ReplayTransport,
    ScriptedTransport,
    answer,
)
from tabletheory.transport import Request, TransportFailure

from .conftest import NOTES, REPOSITORY

RECORDINGS = REPOSITORY / "contract-tests" / "recordings"
SEED = (1).to_bytes(8, "big") + (2).to_bytes(8, "big")


def story(transport: Any, **options: Any) -> None:
    """A write, a read whose first request gets no connection, an update whose response is lost, a query."""
    given: dict[str, Any] = {"region": "eu-west-1", "credentials": LOCAL_CREDENTIALS, **options}
    clock = FixedClock(1_767_323_045_678_901_234, SEED)
    with TableTheory(NOTES, transport=transport, clock=clock, **given) as db:
        notes = db.model("Note")
        note = {
            "pk": "u#1",
            "sk": "n#1",
            "title": 'hi ß "日本"\u2028<&>',
            "tags": {"a", "b"},
            "views": 12_345_678_901_234,
        }
        stats = Stats()
        notes.put(note, stats=stats)
        assert stats.capacity is not None
        assert stats.capacity["total"] == 1
        read = notes.get("u#1", "n#1", consistent=True, stats=stats)
        assert {name: read[name] for name in note} == note
        assert stats.retries == 1
        with pytest.raises(TableTheoryError) as lost:
            notes.update("u#1", "n#1", add={"views": 1})
        assert lost.value.outcome == "unknown"
        assert [found["views"] for found in notes.query("u#1").all()] == [12_345_678_901_235]


def test_recordings_of_other_languages_replay() -> None:
    files = sorted(RECORDINGS.glob("*.jsonl"))
    assert len(files) > 1
    for file in files:
        replay = ReplayTransport(file)
        story(replay)
        replay.done()


def test_a_recording_is_the_same_as_that_of_node(tabletheory_local: Local, tmp_path: Path) -> None:
    with TableTheory(NOTES, **tabletheory_local.options) as db:
        db.ensure_table("Note")
    file = tmp_path / "python.jsonl"
    faulty = FaultyTransport(HttpTransport(), [None, "drop-before", None, "drop-after"])
    recorder = RecordingTransport(faulty, file)
    story(recorder, **tabletheory_local.options)
    recorder.close()
    assert plain(file) == plain(RECORDINGS / "node.jsonl")


def plain(file: Path) -> list[dict[str, Any]]:
    """A recording without what is another in every run: header lines and the texts of failures."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").strip("\n").split("\n")]
    return [{**line, **{name: type(line[name]) for name in ("head", "message") if name in line}} for line in lines]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\nnonsense\n", "line 2 is not one of a recording"),
        ("{}", "line 1 .* no `action`"),
        ('{"action":"GetItem","request":{},"failure":"odd"}', "the failure `odd` is not known"),
        ('{"action":"GetItem","request":{},"status":200}', "neither `status` and `body`"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_line(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "refused.jsonl"
    file.write_text(text)
    with pytest.raises(ValueError, match=why):
        ReplayTransport(file)


def test_texts_and_failures_of_any_kind_are_recorded(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    script = ScriptedTransport([answer('"\x85"', 502, [("Content-Length", "3")]), TransportFailure("stale", "closed")])
    recorder = RecordingTransport(script, file)
    request = Request(1, "dynamodb", "GetItem", "", "", b"{}")
    response = recorder.send(request)
    with pytest.raises(TransportFailure, match="closed"):
        recorder.send(request)
    replay = ReplayTransport(file)
    again = replay.send(request)
    assert (again.status, again.head, again.body) == (502, b"x-amzn-requestid: R1\r\n", response.body)
    with pytest.raises(TransportFailure, match="closed") as closed:
        replay.send(request)
    assert closed.value.kind == "stale"
