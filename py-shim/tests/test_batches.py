"""Batches, transactions, unique attributes and explanations, on a real engine and against faults."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tabletheory import (
    AsyncHttpTransport,
    AsyncTableTheory,
    BatchOperationFailed,
    BatchProgress,
    ConditionFailed,
    HttpTransport,
    InvalidOperator,
    InvalidValue,
    RejectedDeployAuthorityEvidence,
    S,
    TableTheory,
    TableTheoryError,
    TransactionFailed,
    VersionConflict,
)
from tabletheory.testing import FaultyTransport, FixedClock, Local, Unprocessed

from .conftest import NOTES, REPOSITORY


@dataclass
class Note:
    pk: str
    sk: str
    title: str = ""
    views: int | None = None
    version: int | None = None


class User:
    """One of the two clients."""

    def __init__(self, kind: str, local: Local) -> None:
        self.kind, self.local = kind, local
        self.runner = asyncio.Runner()
        self.db = self.open()
        self.do(self.db.ensure_table("Note"))
        self.notes = self.db.model("Note")

    def open(self, faults: Any = None, **options: Any) -> Any:
        make: Any = TableTheory if self.kind == "blocking" else AsyncTableTheory
        if faults is not None:
            self.inner: Any = HttpTransport() if self.kind == "blocking" else AsyncHttpTransport()
            options["transport"] = FaultyTransport(self.inner, faults)
        return make(NOTES, table_names={"Note": f"batches-{self.kind}"}, **self.local.options, **options)

    def do(self, value: Any) -> Any:
        async def main() -> Any:
            return await value

        return self.runner.run(main()) if inspect.isawaitable(value) else value

    def close(self, db: Any) -> None:
        self.do(db.close() if self.kind == "blocking" else db.aclose())

    def end(self) -> None:
        self.close(self.db)
        self.runner.close()


@pytest.fixture(scope="module", params=["blocking", "asyncio"])
def user(request: pytest.FixtureRequest, tabletheory_local: Local) -> Iterator[User]:
    user = User(request.param, tabletheory_local)
    yield user
    user.end()


FINE = {"pk": "x", "sk": "y"}


def many(pk: str, count: int) -> list[dict[str, Any]]:
    return [{"pk": pk, "sk": f"n#{at:03}", "title": f"t{at}"} for at in range(count)]


def test_batches_of_any_size_go_side_by_side_and_tell_how_far_they_are(user: User) -> None:
    heard: list[BatchProgress] = []
    items = many("b#1", 130)
    assert user.do(user.notes.batch_put(items, parallel=3, on_progress=heard.append)) == 130
    assert heard[-1] == BatchProgress(130, 130, 0)
    assert [each.done for each in heard] == sorted(each.done for each in heard)
    assert len(heard) == 6, "every answer is told, the last one too"
    keys = [("none", "none"), *reversed(items)]
    heard.clear()
    options: Any = {"parallel": 2, "on_progress": heard.append}
    found = user.do(user.notes.batch_get(keys, options=options, consistent=True))
    assert [each and each["sk"] for each in found] == [None, *(item["sk"] for item in reversed(items))]
    assert heard[-1] == BatchProgress(131, 131, 0)
    heard.clear()
    assert user.do(user.notes.batch_put([], on_progress=heard.append)) == 0
    assert heard == [BatchProgress(0, 0, 0)]
    deleted = user.do(user.notes.batch_delete(item for item in items[:-1]))
    assert deleted == 129
    assert user.do(user.notes.query("b#1").count()) == 1


def test_groups_of_several_kinds_and_types(user: User) -> None:
    typed = user.db.model("Note", Note)
    groups = [typed.op.puts([Note("b#2", "a"), Note("b#2", "b", views=3)]), user.notes.op.deletes([("b#1", "n#129")])]
    written = user.do(user.db.batch_write(groups))
    assert written == 3
    assert written.stamped[0]["version"] == 0
    assert written.stamped[1] is None
    assert copy.copy(written).stamped == written.stamped
    one, other = user.do(
        user.db.batch_get([typed.op.gets([Note("b#2", "b")]), user.notes.op.gets([("b#2", "a")], projection=["sk"])])
    )
    assert (one[0].views, one[0].version) == (3, 0)
    assert other == [{"sk": "a"}]
    assert "puts" not in repr(groups[0])
    assert "Note, 2" in repr(groups[0])


def test_what_is_wrong_with_a_batch_is_told_with_its_place(user: User) -> None:
    notes = user.notes
    wrong: list[tuple[Callable[[], Any], type[TableTheoryError], str]] = [
        (lambda: notes.batch_put([{"pk": "x"}]), TableTheoryError, "/writes/0/put/0"),
        (lambda: notes.batch_put([FINE, {"pk": "x", "sk": object()}]), InvalidValue, "/writes/0/put/1/sk"),
        (lambda: notes.batch_delete([("x", "y"), ("x", "y")]), InvalidOperator, "/writes/0/delete/1"),
        (lambda: notes.batch_get([("x", "y"), {"pk": "x"}]), TableTheoryError, "/gets/0/keys/1"),
    ]
    for call, error, path in wrong:
        with pytest.raises(error) as caught:
            user.do(call())
        assert str(caught.value.path).startswith(path)
        assert caught.value.outcome == "not_sent"
    with pytest.raises(InvalidValue) as late:
        user.do(user.notes.batch_put([FINE, 7]))
    assert late.value.path == "/writes/0/put/1"


def attempt(user: User, db: Any, groups: list[Any]) -> BatchOperationFailed | None:
    try:
        user.do(db.batch_write(groups))
    except BatchOperationFailed as error:
        return error
    return None


def test_what_is_left_of_a_batch_can_be_called_again(user: User) -> None:
    items = many("b#3", 60)

    def faults(_: Any, at: int) -> Any:
        return Unprocessed(10) if at < 40 else None

    db = user.open(faults, clock=FixedClock(), retry={"max_attempts": 2})
    notes = db.model("Note")
    left = [notes.op.puts(items)]
    rounds = 0
    while left:
        rounds += 1
        assert rounds < 50
        places = [(0, at) for at in range(len(left[0].subjects))]
        failed = attempt(user, db, left)
        left = list(failed.remaining) if failed else []
        if failed:
            assert failed.batch is not None
            told = [tuple(each) for name in ("written", "unwritten", "unknown") for each in failed.batch[name]]
            assert sorted(told) == places
    assert rounds > 1
    assert user.do(user.notes.query("b#3").count()) == 60
    user.close(db)
    user.do(user.inner.close() if user.kind == "blocking" else user.inner.aclose())


def test_a_lost_answer_leaves_what_may_have_been_written(user: User) -> None:
    db = user.open(lambda _, at: "drop-after", clock=FixedClock(), retry={"max_attempts": 2})
    with pytest.raises(TableTheoryError) as caught:
        user.do(db.model("Note").batch_put(many("b#4", 5)))
    assert caught.value.outcome == "unknown"
    assert caught.value.batch is not None
    assert len(caught.value.batch["unknown"]) == 5
    user.close(db)
    user.do(user.inner.close() if user.kind == "blocking" else user.inner.aclose())


def test_a_transaction_is_all_or_nothing(user: User) -> None:
    notes, op = user.notes, user.db.model("Note", Note).op
    note, none, nothing = user.do(
        user.db.transact(
            [
                op.create(Note("t#1", "a", title="x")),
                user.notes.op.update("t#1", "counter", add={"views": 1}),
                op.check("t#1", "lock", condition=S.pk.not_exists()),
            ],
            token=user.kind,
        )
    )
    assert isinstance(note, Note)
    assert (note.title, note.version, none, nothing) == ("x", 0, None, None)
    with pytest.raises(ConditionFailed) as caught:
        user.do(
            user.db.transact(
                [
                    notes.op.update("t#1", "counter", add={"views": 1}),
                    notes.op.create({"pk": "t#1", "sk": "a"}, return_old_on_failure=True),
                ]
            )
        )
    assert isinstance(caught.value, TransactionFailed)
    (reason,) = caught.value.reasons
    assert (reason["index"], reason["code"], reason["path"]) == (1, "ErrConditionFailed", "/actions/1")
    assert reason["item"]["title"] == "x"
    assert user.do(notes.get("t#1", "counter", consistent=True))["views"] == 1
    with pytest.raises(VersionConflict):
        user.do(user.db.transact([op.delete("t#1", "a", expect_version=9)]))
    gets = [op.get("t#1", "a"), notes.op.get("t#1", "none"), notes.op.get("t#1", "counter", projection=["views"])]
    note, none, counter = user.do(user.db.transact_get(gets))
    assert (note.title, none, counter["views"]) == ("x", None, 1)
    put = op.put(Note("t#1", "a", title="y"), expect_version=0)
    user.do(user.db.transact([put, notes.op.delete("t#1", "counter")]))
    assert user.do(notes.find("t#1", "counter", consistent=True)) is None


def test_what_is_wrong_with_a_transaction_is_told_with_its_place(user: User) -> None:
    op = user.notes.op
    for actions, error, path in [
        ([op.put({"pk": "x", "sk": "y"}), op.put({"pk": "x", "sk": object()})], InvalidValue, "/actions/1/put/item/sk"),
        ([op.put({"pk": "x", "sk": "y"}), op.delete("x", "y")], InvalidOperator, "/actions/1"),
        ([], InvalidOperator, "/actions"),
        ([op.update("x", "y", set={"a": object()})], InvalidValue, "/actions/0/update/set/a"),
        ([op.put(7)], InvalidValue, "/actions/0/put"),
    ]:
        with pytest.raises(error) as caught:
            user.do(user.db.transact(actions))
        assert str(caught.value.path).startswith(path)
        assert caught.value.outcome == "not_sent"


def test_explanations_send_nothing(user: User) -> None:
    explained = user.do(user.notes.query("u#1").where(S.sk.begins_with("n#") & (S.views > 1)).explain())
    assert explained["requests"][0]["action"] == "Query"
    assert "begins_with" in explained["key_condition"]
    assert "views" in explained["filter"]
    assert {"cost", "warnings", "index_advice", "follows"} <= set(explained)
    assert user.do(user.notes.scan().explain())["cost"]["shape"] == "table"
    assert user.do(user.db.explain(user.notes.op.put({"pk": "u", "sk": "n"})))["requests"][0]["action"] == "PutItem"
    document = {"op": "get", "model": "Note", "key": ["u", "n"]}
    for given in (document, json.dumps(document), json.dumps(document).encode()):
        assert user.do(user.db.explain(given))["requests"][0]["body"]["Key"] == {"pk": {"S": "u"}, "sk": {"S": "n"}}
    with pytest.raises(TableTheoryError) as caught:
        user.do(user.notes.query("u").limit(0).explain())
    assert caught.value.path == "/limit"


def test_release_states(tabletheory_local: Local) -> None:
    document = REPOSITORY / "contract-tests" / "dms" / "releases.dms.yml"
    with TableTheory(document, table_prefix="python-", **tabletheory_local.options) as db:
        with pytest.raises(RejectedDeployAuthorityEvidence):
            db.validate_provenance({"mode": "native"}, {"level": "high", "reasons": []})
        assert {model["name"] for model in db.describe()["models"]}
