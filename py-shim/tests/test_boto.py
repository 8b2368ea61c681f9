"""The adapter to the user's own boto3 client."""

from __future__ import annotations

import asyncio
import json
import socket
import zlib
from typing import Any

import boto3
import botocore.config
import botocore.session
import pytest

from tabletheory import (
    AsyncTableTheory,
    BotoTransport,
    ConfigurationError,
    CredentialsError,
    InvalidResponse,
    ItemNotFound,
    Request,
    TableTheory,
    TransportFailure,
    VersionConflict,
)
from tabletheory.testing import FixedClock, Local

from .conftest import NOTES
from .servers import Server, answer, response

KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "eu-west-1"}


def client(endpoint: str, **config: Any) -> Any:
    config = {"connect_timeout": 1, "read_timeout": 1, **config}
    return boto3.client("dynamodb", endpoint_url=endpoint, config=botocore.config.Config(**config), **KEYS)


@pytest.fixture
def request_(request: pytest.FixtureRequest) -> Request:
    return Request(1, "dynamodb", "GetItem", "", "", b'{"exact":  "bytes"}')


@pytest.fixture(params=["legacy", "standard", "adaptive"])
def retry_mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_everything_goes_through_the_users_client(tabletheory_local: Local) -> None:
    boto = client(tabletheory_local.endpoint)
    with TableTheory(NOTES, transport=BotoTransport(boto), table_prefix="boto-") as db:
        assert db.ensure_table("Note").created
        notes = db.model("Note")
        note = notes.create({"pk": "u", "sk": "n", "title": "grüße", "tags": {"a", "b"}})
        note = notes.update(note, add={"views": 2}, expect_version=0)
        with pytest.raises(VersionConflict) as caught:
            notes.update(note, set={"title": "x"}, expect_version=0, return_old_on_failure=True)
        assert caught.value.item == note
        assert caught.value.request_id
        assert notes.get("u", "n", consistent=True) == note
        # The user's own calls with the same client are as before.
        own = boto.get_item(TableName="boto-tabletheory-demo-notes", Key={"pk": {"S": "u"}, "sk": {"S": "n"}})
        assert own["Item"]["title"] == {"S": "grüße"}
        with pytest.raises(boto.exceptions.ResourceNotFoundException):
            boto.get_item(TableName="nothing", Key={"pk": {"S": "u"}})
        with pytest.raises(ItemNotFound):
            notes.get("u", "other")
        assert db.delete_table("Note").deleted


def test_the_asyncio_client_runs_it_in_threads(tabletheory_local: Local) -> None:
    async def main() -> None:
        transport = BotoTransport(client(tabletheory_local.endpoint))
        async with AsyncTableTheory(NOTES, transport=transport, table_prefix="aboto-") as db:
            await db.ensure_table("Note")
            notes = db.model("Note")
            await asyncio.gather(*(notes.put({"pk": "u", "sk": f"n{n}", "views": n}) for n in range(10)))
            found = await asyncio.gather(*(notes.get("u", f"n{n}", consistent=True) for n in range(10)))
            assert [note["views"] for note in found] == list(range(10))

    asyncio.run(main())


@pytest.mark.parametrize(
    "action",
    [
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"),
        *("TransactGetItems", "TransactWriteItems", "CreateTable", "DescribeTable", "UpdateTable", "DeleteTable"),
        *("UpdateTimeToLive", "DescribeTimeToLive", "ListTables"),
    ],
)
def test_one_adapter_serves_every_action_with_the_bytes_of_the_core(action: str) -> None:
    with Server(answer(response(b'{"raw": "as it came"}', headers="x-amzn-requestid: R1\r\n"))) as server:
        got = BotoTransport(client(server.url)).send(Request(1, "dynamodb", action, "", "", '{"ü":  1}'.encode()))
        (request,) = server.requests
        assert request.endswith('\r\n\r\n{"ü":  1}'.encode())
        assert f"x-amz-target: dynamodb_20120810.{action.lower()}".encode() in request.lower()
        assert got.body == b'{"raw": "as it came"}'
        assert b"x-amzn-requestid: r1\r\n" in got.head.lower()


def test_errors_come_back_raw(request_: Request) -> None:
    for body, status in (
        (b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{}}', "400 Bad"),
        (b"<html>no</html>", "503 Slow"),
        (b"", "500 Oops"),
    ):
        with Server(answer(response(body, status))) as server:
            got = BotoTransport(client(server.url)).send(request_)
            assert (got.status, got.body) == (int(status[:3]), body)


def test_the_core_retries_and_boto_does_not(retry_mode: str) -> None:
    with Server(answer(response(b'{"__type":"x#InternalServerError"}', "500 Oops"))) as server:
        boto = client(server.url, retries={"mode": retry_mode, "max_attempts": 3})
        with TableTheory(NOTES, transport=BotoTransport(boto), clock=FixedClock(), retry={"max_attempts": 2}) as db:
            with pytest.raises(Exception, match="ErrService"):
                db.model("Note").find("u", "n")
            assert len(server.requests) == 2


def test_boto_goes_on_retrying_the_users_own_calls() -> None:
    def behave(connection: socket.socket, _: bytes) -> bool:
        good = len(server.requests) == 2
        connection.sendall(response(b'{"TableNames":["t"]}') if good else response(b"{}", "500 Oops"))
        return True

    with Server(behave) as server:
        boto = client(server.url, retries={"mode": "standard", "max_attempts": 3})
        BotoTransport(boto)
        assert boto.list_tables()["TableNames"] == ["t"]
        assert len(server.requests) == 2


def test_two_adapters_on_one_client_do_not_mix(request_: Request) -> None:
    with Server(answer(response())) as server:
        boto = client(server.url)
        first, second = BotoTransport(boto), BotoTransport(boto)
        assert first.send(request_).body == second.send(request_).body == b"{}"


def test_a_wrong_checksum_is_seen_by_the_core_and_not_by_boto() -> None:
    body = b'{"Item":{"pk":{"S":"u"},"sk":{"S":"n"}}}'
    wrong = response(body, headers=f"x-amz-crc32: {zlib.crc32(body) ^ 1}\r\n")
    with Server(answer(wrong)) as server:
        transport = BotoTransport(client(server.url))
        with (
            TableTheory(NOTES, transport=transport, clock=FixedClock(), retry={"max_attempts": 1}) as db,
            pytest.raises(InvalidResponse),
        ):
            db.model("Note").find("u", "n")
        assert len(server.requests) == 1


def kind(transport: BotoTransport, request: Request) -> str:
    with pytest.raises(TransportFailure) as caught:
        transport.send(request)
    assert caught.value.__cause__ is not None
    return caught.value.kind


def test_failures_are_told_apart(request_: Request) -> None:
    def never(connection: socket.socket, _: bytes) -> bool:
        server.stopping.wait(3)
        return False

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert kind(BotoTransport(client(f"http://127.0.0.1:{port}")), request_) == "connect"
    with Server(never) as server:
        assert kind(BotoTransport(client(server.url, read_timeout=0.2)), request_) == "timeout"
    with Server(answer(b"", keep=False)) as server:
        assert kind(BotoTransport(client(server.url)), request_) == "broken"
    nobody = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}")
    assert kind(BotoTransport(nobody), request_) == "credentials"


def test_a_truncated_body_is_found_by_the_core_because_boto_does_not_look() -> None:
    with Server(answer(b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"Item":', keep=False)) as server:
        transport = BotoTransport(client(server.url))
        with TableTheory(NOTES, transport=transport, clock=FixedClock()) as db, pytest.raises(InvalidResponse):
            db.model("Note").find("u", "n")
        assert len(server.requests) == 4


def test_an_unusable_client_is_not_retried() -> None:
    nobody = boto3.client("dynamodb", region_name="eu-west-1")
    clock = FixedClock()
    with TableTheory(NOTES, transport=BotoTransport(nobody), clock=clock) as db:
        with pytest.raises(CredentialsError) as caught:
            db.model("Note").find("u", "n")
        assert "NoCredentialsError" in str(caught.value.__cause__)
        assert clock.waits == []


def test_an_action_that_boto_does_not_know(request_: Request) -> None:
    transport = BotoTransport(client("http://127.0.0.1:1"))
    with pytest.raises(TransportFailure, match="does not know `Fly`"):
        transport.send(Request(1, "dynamodb", "Fly", "", "", b"{}"))


def test_sessions_and_resources_will_do(monkeypatch: pytest.MonkeyPatch, request_: Request) -> None:
    with Server(answer(response())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        for given in (boto3.Session(), botocore.session.Session(), boto3.resource("dynamodb")):
            assert BotoTransport(given).send(request_).body == b"{}"


@pytest.mark.parametrize("wrong", [None, 7, "dynamodb"])
def test_anything_else_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="is no DynamoDB client"):
        BotoTransport(wrong)


def test_a_client_of_another_service_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        BotoTransport(boto3.client("sqs", **KEYS))


def test_the_credential_chain_of_boto_is_used_when_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    profile = tmp_path / "credentials"
    profile.write_text("[work]\naws_access_key_id = WORK\naws_secret_access_key = x\naws_session_token = T\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profile))
    monkeypatch.setenv("AWS_PROFILE", "work")
    with Server(answer(response())) as server, TableTheory(NOTES, region="eu-west-1", endpoint=server.url) as db:
        db.model("Note").find("u", "n")
        assert b"Credential=WORK/" in server.requests[0]
        assert b"x-amz-security-token: T\r\n" in server.requests[0]
        profile.unlink()
        db.model("Note").find("u", "n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with Server(answer(response())) as server, TableTheory(NOTES, region="eu-west-1", endpoint=server.url) as db:
        db.model("Note").find("u", "n")
        assert b"Credential=ENV/" in server.requests[0]
        assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["TableName"] == "tabletheory-demo-notes"
