"""The clients over a scripted transport: what is sent, what comes back, what goes wrong. Blocking and asyncio alike."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tabletheory import (
    AsyncTableTheory,
    CallTimeout,
    Canceled,
    ConditionFailed,
    ConfigurationError,
    Credentials,
    CredentialsError,
    InvalidCall,
    InvalidDocument,
    InvalidHandle,
    InvalidModel,
    InvalidResponse,
    InvalidValue,
    ItemNotFound,
    Request,
    Response,
    S,
    Stats,
    TableTheory,
    TableTheoryError,
    TransportError,
    TransportFailure,
    attribute,
)
from tabletheory.testing import LOCAL_CREDENTIALS, FixedClock, ScriptedTransport, answer

from .conftest import NOTES

OLD = '{"pk":{"S":"u"},"sk":{"S":"n"},"title":{"S":"hi"},"views":{"N":"1.50"},"tags":{"SS":["a"]},"version":{"N":"3"}}'
FAILED = answer(f'{{"__type":"x#ConditionalCheckFailedException","message":"SECRET","Item":{OLD}}}', 400)


@dataclass
class Note:
    pk: str
    sk: str
    title: str | None = None
    views: Decimal | None = None
    created_at: str | None = attribute("createdAt", default=None)
    version: int | None = None


class User:
    """Uses one of the two clients, as a test tells it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.runner = asyncio.Runner()
        self.transport = ScriptedTransport()
        self.clock = FixedClock()
        self.opened: list[Any] = []

    def open(self, *script: Any, **options: Any) -> Any:
        self.transport.script = list(script)
        defaults = {"region": "eu-west-1", "credentials": LOCAL_CREDENTIALS, "transport": self.transport}
        options = {**defaults, "clock": self.clock, **options}
        if "document" not in options:
            options.setdefault("schema", NOTES)
        db = (TableTheory if self.kind == "blocking" else AsyncTableTheory)(**options)
        self.opened.append(db)
        return db

    def do(self, value: Any) -> Any:
        """Runs what a method gave back, if that has to be run."""

        async def main() -> Any:
            return await value

        return self.runner.run(main()) if inspect.isawaitable(value) else value

    def sent(self, at: int = -1) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.transport.requests[at].body)
        return body

    def close(self) -> None:
        for db in self.opened:
            self.do(db.close() if self.kind == "blocking" else db.aclose())
        self.runner.close()


@pytest.fixture(params=["blocking", "asyncio"])
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    user = User(request.param)
    yield user
    user.close()


def test_create_gives_the_item_back_with_what_was_stamped(user: User) -> None:
    db = user.open(answer(), answer(), answer())
    item = {"pk": "u", "sk": "n", "title": "hi"}
    made = user.do(db.model("Note").create(item))
    stamp = "2026-01-01T00:00:00.000000000Z"
    assert made == {**item, "createdAt": stamp, "updatedAt": stamp, "version": 0}
    assert item == {"pk": "u", "sk": "n", "title": "hi"}
    assert user.transport.requests[-1].action == "PutItem"
    assert "attribute_not_exists" in user.sent()["ConditionExpression"]
    typed = user.do(db.model(Note).create(Note("u", "n")))
    assert typed == Note("u", "n", created_at=stamp, version=0)
    assert "title" not in user.sent()["Item"]
    assert user.do(db.model("Note", Note).put({"pk": "u", "sk": "n"})).version == 0


def test_put_gives_the_old_item_when_asked(user: User) -> None:
    db = user.open(answer(), answer(f'{{"Attributes":{OLD}}}'), answer())
    notes = db.model(Note)
    assert user.do(notes.put(Note("u", "n"), expect_version=3)).version is not None
    new, old = user.do(notes.put(Note("u", "n"), return_values="ALL_OLD"))
    assert (new.version, old) == (0, Note("u", "n", "hi", Decimal("1.50"), None, 3))
    assert user.do(notes.put(Note("u", "n"), return_values="ALL_OLD")).old is None


def test_upsert_and_update_give_the_new_item(user: User) -> None:
    whole = answer(f'{{"Attributes":{OLD}}}')
    part = answer('{"Attributes":{"title":{"S":"hi"}}}')
    db = user.open(whole, whole, whole, part, answer())
    notes = db.model("Note")
    new = {"pk": "u", "sk": "n", "title": "hi", "views": Decimal("1.50"), "tags": {"a"}, "version": 3}
    assert user.do(notes.upsert({"pk": "u", "sk": "n", "title": "hi"})) == new
    assert user.sent()["ReturnValues"] == "ALL_NEW"
    clauses = {
        "set": {"title": "ho", "views": 2.5},
        "set_if_not_exists": {"status": "open"},
        "remove": [S.body],
        "add": {"ttl": 1},
        "delete": {"tags": {"b"}},
    }
    assert user.do(notes.update(new, **clauses, expect_version=3, if_exists=True, condition=S.tags.size() < 5)) == new
    sent = user.sent()
    assert sent["Key"] == {"pk": {"S": "u"}, "sk": {"S": "n"}}
    assert {"N": "2.5"} in sent["ExpressionAttributeValues"].values()
    assert {"SS": ["b"]} in sent["ExpressionAttributeValues"].values()
    assert "size(" in sent["ConditionExpression"]
    typed = db.model(Note)
    assert user.do(typed.update("u", "n")).version == 3
    assert user.do(typed.update("u", "n", set={"title": "hi"}, return_values="UPDATED_NEW")) == {"title": "hi"}
    assert user.do(typed.update("u", "n", set={"title": "hi"}, return_values="NONE")) is None


def test_get_find_and_delete(user: User) -> None:
    db = user.open(answer(f'{{"Item":{OLD}}}'), answer(), answer(), answer(f'{{"Attributes":{OLD}}}'), answer())
    notes = db.model(Note)
    got = user.do(notes.get("u", "n", consistent=True, projection=[S.pk, "sk", "title", "views", "version"]))
    assert got == Note("u", "n", "hi", Decimal("1.50"), None, 3)
    assert user.sent()["ConsistentRead"] is True
    assert user.do(notes.find(("u", "n"))) is None
    with pytest.raises(ItemNotFound):
        user.do(notes.get({"pk": "u", "sk": "n", "title": "other attributes do not matter"}))
    assert user.do(notes.delete(got, return_values="ALL_OLD", expect_version=3)) == got
    assert user.do(notes.delete("u", "n")) is None


def test_a_failed_condition_shows_the_old_item(user: User) -> None:
    db = user.open(FAILED)
    condition = {"views": {"gt": 3}, "$not": {"title": "x"}}
    with pytest.raises(ConditionFailed) as caught:
        user.do(db.model("Note").delete("u", "n", condition=condition, return_old_on_failure=True))
    error = caught.value
    assert error.item == {"pk": "u", "sk": "n", "title": "hi", "views": Decimal("1.50"), "tags": {"a"}, "version": 3}
    assert (error.outcome, error.request_id, error.status) == ("rejected", "R1", 400)
    assert error.service is not None
    assert error.service.code == "ConditionalCheckFailedException"
    assert "SECRET" not in str(error) + repr(error)
    assert user.sent()["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_statistics_are_filled_in_also_after_errors(user: User) -> None:
    user.clock = FixedClock(seed=bytes(range(100, 116)))
    capacity = '{"ConsumedCapacity":{"TableName":"t","CapacityUnits":0.5}}'
    throttled = answer('{"__type":"x#ThrottlingException"}', 400)
    db = user.open(throttled, answer(capacity), FAILED)
    stats = Stats()
    user.do(db.model("Note").find("u", "n", stats=stats))
    assert (stats.attempts, stats.retries, stats.request_id) == (2, 1, "R1")
    assert stats.waited_ms == sum(user.clock.waits) > 0
    assert stats.capacity is not None
    assert stats.capacity["total"] == Decimal("0.5")
    with pytest.raises(ConditionFailed):
        user.do(db.model("Note").delete("u", "n", condition=S.title.exists(), stats=stats))
    assert (stats.attempts, stats.retries) == (1, 0)


def test_the_same_call_clock_and_entropy_give_the_same_bytes(user: User) -> None:
    def bytes_sent() -> tuple[str, bytes]:
        user.clock = FixedClock(1_767_323_045_678_901_234, bytes(range(16)))
        db = user.open(answer())
        user.do(db.model("Note").create({"pk": "u", "sk": "n", "tags": {f"t{n}" for n in range(50)}}))
        return user.transport.requests[-1].head, user.transport.requests[-1].body

    assert bytes_sent() == bytes_sent()


def test_a_transport_failure_is_the_cause_of_the_error(user: User) -> None:
    failures = [TransportFailure("connect", f"no route {n}") for n in range(4)]
    db = user.open(*failures)
    with pytest.raises(TransportError) as caught:
        user.do(db.model("Note").create({"pk": "u", "sk": "n"}))
    assert caught.value.__cause__ is failures[-1]
    assert caught.value.outcome == "not_sent"
    assert caught.value.retryable
    assert len(user.clock.waits) == 3
    db = user.open(TransportFailure("broken", "reset"))
    with pytest.raises(TransportError) as caught:
        user.do(db.model("Note").update("u", "n", add={"views": 1}))
    assert caught.value.outcome == "unknown"


def test_what_is_not_dynamodb_is_an_invalid_response(user: User) -> None:
    db = user.open(*[answer("<html>SECRET</html>")] * 4)
    with pytest.raises(InvalidResponse) as caught:
        user.do(db.model("Note").get("u", "n"))
    assert "SECRET" not in str(caught.value)


def test_values_that_cannot_be_written_are_refused_with_their_place(user: User) -> None:
    db = user.open()
    notes = db.model("Note")
    circle: dict[str, Any] = {}
    circle["self"] = circle
    for item, path in (({"pk": "u", "sk": "n", "views": float("nan")}, "/item/views"), (circle, "/item")):
        with pytest.raises(InvalidValue) as caught:
            user.do(notes.create(item))
        assert caught.value.path == path
    for options, path in (
        ({"set": {"title": object()}}, "/set/title"),
        ({"condition": S.title == object()}, "/condition"),
        ({"condition": {"views": {"gt": float("inf")}}}, "/condition/views/gt"),
        ({"projection": [1j]}, "/projection"),
    ):
        with pytest.raises(InvalidValue) as caught:
            user.do(notes.update("u", "n", **options))
        assert caught.value.path == path
    for key in ((object(),), ("u", float("nan")), ({"pk": "u", "sk": 1j},)):
        with pytest.raises(InvalidValue) as caught:
            user.do(notes.get(*key))
        assert (caught.value.path or "").startswith("/key")
    assert not user.transport.requests


def test_the_core_refuses_what_does_not_fit_the_model(user: User) -> None:
    db = user.open()
    with pytest.raises(InvalidModel):
        user.do(db.model("Nota").get("u", "n"))
    with pytest.raises(InvalidModel):
        user.do(db.model("Note").create({"pk": "u", "sk": "n", "colour": "x"}))
    with pytest.raises(InvalidCall):
        user.do(db.model("Note").get("u", "n", unknown_option=1))
    with pytest.raises(TableTheoryError):
        user.do(db.model("Note").get("u"))
    assert not user.transport.requests


def test_a_class_that_does_not_fit_is_refused_before_anything_is_sent(user: User) -> None:
    @dataclass
    class Bad:
        pk: str
        colour: str

    db = user.open(answer(), answer())
    with pytest.raises(InvalidModel, match="`colour`"):
        user.do(db.model("Note", Bad).get("u", "n"))
    user.do(db.model("Note").find("u", "n"))
    with pytest.raises(InvalidModel, match="`colour`"):
        db.model("Note", Bad)
    with pytest.raises(InvalidModel, match="unknown model `Bad`"):
        user.do(db.model(Bad).find("u", "n"))
    assert len(user.transport.requests) == 1


def test_raw_calls_go_through_as_they_are(user: User) -> None:
    db = user.open(answer(f'{{"Item":{OLD}}}'))
    result = user.do(db.call({"op": "get", "model": "Note", "key": ["u", "n"]}))
    assert result["item"]["tags"] == {"$set": ["a"]}
    assert result["stats"]["attempts"] == 1
    for text in ("{", b"\xff", '{"op":"get","\ud800":1}'):
        with pytest.raises(InvalidCall):
            user.do(db.call(text))


def test_tables(user: User) -> None:
    table = '{"TableName":"t","TableStatus":"ACTIVE","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}'
    ttl = '{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}'
    missing = answer('{"__type":"x#ResourceNotFoundException"}', 400)

    def describe(request: Request) -> Response:
        return answer(f'{{"Table":{table}}}' if request.action == "DescribeTable" else ttl)

    db = user.open(describe, describe, missing)
    found = user.do(db.describe_table("Note"))
    assert found.table["status"] == "ACTIVE"
    assert (found.created, found.deleted) == (None, None)
    user.transport.script = [missing] * 2
    assert user.do(db.delete_table("Note")).deleted is False


def test_a_client_that_is_closed_says_so(user: User) -> None:
    db = user.open(answer())
    notes = db.model("Note")
    user.do(notes.find("u", "n"))
    for _ in range(2):
        user.do(db.close() if user.kind == "blocking" else db.aclose())
    for use in (lambda: notes.find("u", "n"), lambda: db.call("{}"), db.describe, lambda: db.describe_table("Note")):
        with pytest.raises(InvalidHandle, match="closed"):
            user.do(use())


def test_closing_cancels_running_calls(user: User) -> None:
    def close(_: Request) -> Response:
        if user.kind == "blocking":
            db.close()
        else:
            db._session.close()
        return answer('{"__type":"x#ThrottlingException"}', 400)

    db = user.open(close, answer())
    with pytest.raises(Canceled) as caught:
        user.do(db.model("Note").create({"pk": "u", "sk": "n"}))
    assert caught.value.outcome == "unknown"
    assert len(user.transport.requests) == 1


def test_the_time_out_of_a_call_counts_waits_and_requests(user: User) -> None:
    def slow(_: Request) -> Response:
        raise AssertionError("not used")

    class Slow:
        signs = False

        def send(self, request: Request, timeout: float | None) -> Response:
            assert timeout is not None
            time.sleep(min(timeout, 1))
            raise TransportFailure("timeout", "slow")

        async def asend(self, request: Request, timeout: float | None) -> Response:
            await asyncio.sleep(1)
            return slow(request)

        def close(self) -> None: ...

        async def aclose(self) -> None: ...

    db = user.open(transport=Slow())
    began = time.monotonic()
    with pytest.raises(CallTimeout) as caught:
        user.do(db.model("Note").create({"pk": "u", "sk": "n"}, timeout=0.2))
    assert time.monotonic() - began < 0.9
    assert caught.value.outcome == "unknown"
    assert caught.value.retryable

    throttled = [answer('{"__type":"x#ThrottlingException"}', 400)] * 4
    db = user.open(*throttled, retry={"base_ms": 60_000, "max_backoff_ms": 60_000}, clock=None, timeout=0.2)
    with pytest.raises(CallTimeout):
        user.do(db.model("Note").find("u", "n"))


def test_credentials_are_asked_for_again_when_the_service_says_they_expired(user: User) -> None:
    expired = answer('{"__type":"x#ExpiredTokenException"}', 400)
    given = iter([Credentials("first", "SECRET"), Credentials("second", "SECRET", "TOKEN")])
    db = user.open(expired, answer(), credentials=lambda: next(given))
    user.do(db.model("Note").find("u", "n"))
    heads = [request.head for request in user.transport.requests]
    assert "Credential=first/" in heads[0]
    assert "Credential=second/" in heads[1]
    assert "x-amz-security-token: TOKEN" in heads[1]
    assert "SECRET" not in repr(Credentials("a", "SECRET", "SECRET"))


def test_no_credentials_says_where_it_looked(user: User) -> None:
    db = user.open(credentials=None)
    with pytest.raises(CredentialsError) as caught:
        user.do(db.model("Note").find("u", "n"))
    assert "AWS_ACCESS_KEY_ID" in str(caught.value)
    assert "boto3" in str(caught.value)
    db = user.open(credentials=lambda: None)
    with pytest.raises(CredentialsError, match="provider"):
        user.do(db.model("Note").find("u", "n"))
    assert not user.transport.requests


def test_bad_documents_and_settings(user: User, tmp_path: Path) -> None:
    def use(**options: Any) -> Any:
        db = user.open(**options)
        return user.do(db.model("Note").find("u", "n"))

    with pytest.raises(InvalidDocument, match=r"missing\.yml"):
        use(schema=tmp_path / "missing.yml")
    with pytest.raises(InvalidDocument) as caught:
        use(document={"dms_version": "0.2"})
    assert caught.value.problems
    with pytest.raises(InvalidDocument):
        use(document=b"\xff")
    with pytest.raises(ConfigurationError) as configuration:
        use(region=None)
    assert "AWS_REGION" in (configuration.value.hint or "")
    with pytest.raises(ConfigurationError):
        use(endpoint="not a url")
    with pytest.raises(TypeError, match="either"):
        user.open(document="x", schema="y")
    with pytest.raises(TypeError, match="no option `regoin`"):
        user.open(regoin="eu-west-1")


def test_documents_may_be_text_bytes_or_mappings(user: User, notes_document: str) -> None:
    for document in (notes_document, notes_document.encode()):
        db = user.open(answer(), document=document)
        user.do(db.model("Note").find("u", "n"))
    model = {
        "name": "Small",
        "table": {"name": "small-table"},
        "keys": {"partition": {"attribute": "id", "type": "N"}},
        "attributes": [{"attribute": "id", "type": "N", "required": True, "roles": ["pk"]}],
    }
    db = user.open(answer(), document={"dms_version": "0.2", "namespace": "test", "models": [model]})
    user.do(db.model("Small").find(7))
    assert user.sent() == {"TableName": "small-table", "Key": {"id": {"N": "7"}}, "ReturnConsumedCapacity": "TOTAL"}


def test_settings_come_from_options_then_the_environment(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def url(**options: Any) -> str:
        db = user.open(answer(), region=options.pop("region", None), **options)
        user.do(db.model("Note").find("u", "n"))
        return user.transport.requests[-1].url

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert url() == "https://dynamodb.eu-central-1.amazonaws.com/"
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    assert url() == "https://dynamodb.us-east-2.amazonaws.com/"
    assert url(region="sa-east-1") == "https://dynamodb.sa-east-1.amazonaws.com/"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://one:1")
    assert url() == "http://one:1/"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://two:2")
    assert url() == "http://two:2/"
    assert url(endpoint="http://three:3") == "http://three:3/"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert url() == "https://dynamodb.us-east-2.amazonaws.com/"


def test_options_of_the_client(user: User) -> None:
    item = answer('{"Item":{"pk":{"S":"u"},"sk":{"S":"n"},"views":{"N":"1.5"}}}')
    db = user.open(item, table_prefix="dev-", capacity="none", numbers="double")
    got = user.do(db.model("Note").get("u", "n"))
    assert type(got["views"]) is float
    assert user.sent() == {"TableName": "dev-tabletheory-demo-notes", "Key": {"pk": {"S": "u"}, "sk": {"S": "n"}}}
    db = user.open(item, table_names={"Note": "other"}, numbers="string")
    assert user.do(db.model("Note").get("u", "n"))["views"] == "1.5"
    assert user.sent()["TableName"] == "other"
    assert db.describe()["models"][0]["table"] == "other"
    db = user.open(*[TransportFailure("connect", "x")] * 2, retry={"max_attempts": 2})
    with pytest.raises(TransportError):
        user.do(db.model("Note").get("u", "n"))


def test_context_managers_close() -> None:
    with TableTheory(NOTES, region="eu-west-1") as db:
        pass
    with pytest.raises(InvalidHandle):
        db.describe()

    async def main() -> None:
        async with AsyncTableTheory(NOTES, region="eu-west-1") as db:
            assert db.describe()["models"]
        with pytest.raises(InvalidHandle):
            db.describe()

    asyncio.run(main())


def test_a_cancelled_task_abandons_its_call_and_stays_cancelled() -> None:
    class Never:
        signs = False
        cancelled = False

        async def asend(self, request: Request, timeout: float | None) -> Response:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled = True
                raise
            raise AssertionError

        async def aclose(self) -> None: ...

    async def main() -> None:
        never = Never()
        async with AsyncTableTheory(NOTES, region="eu-west-1", credentials=LOCAL_CREDENTIALS, transport=never) as db:
            task = asyncio.create_task(db.model("Note").find("u", "n"))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert never.cancelled

    asyncio.run(main())


def test_a_blocking_transport_serves_the_asyncio_client_from_a_thread() -> None:
    class Blocking:
        signs = False
        threads: set[int] = set()  # noqa: RUF012

        def send(self, request: Request, timeout: float | None) -> Response:
            self.threads.add(threading.get_ident())
            return answer()

        def close(self) -> None: ...

    async def main() -> None:
        transport = Blocking()
        async with AsyncTableTheory(
            NOTES, region="eu-west-1", credentials=LOCAL_CREDENTIALS, transport=transport
        ) as db:
            notes = db.model("Note")
            assert await asyncio.gather(*(notes.find("u", str(n)) for n in range(20))) == [None] * 20
        assert threading.get_ident() not in transport.threads

    asyncio.run(main())


def test_the_blocking_api_is_made_from_the_asyncio_api() -> None:
    import subprocess
    import sys

    tool = Path(__file__).parent.parent / "tools" / "make_sync.py"
    subprocess.run([sys.executable, str(tool), "--check"], check=True)


def test_both_apis_have_the_same_methods() -> None:
    from tabletheory import AsyncModel, Model

    def methods(cls: type, rename: Callable[[str], str] = str) -> set[str]:
        return {rename(name) for name in vars(cls) if not name.startswith("_")}

    assert methods(Model) == methods(AsyncModel)
    assert methods(TableTheory) == methods(AsyncTableTheory, lambda name: name.replace("aclose", "close"))
