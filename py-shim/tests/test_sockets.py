"""The sockets of both clients against servers that misbehave; the core speaks HTTP over them."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tabletheory import (
    AsyncTableTheory,
    CallTimeout,
    Canceled,
    ConfigurationError,
    TableTheory,
    TableTheoryError,
    TransportError,
)
from tabletheory.engine.calls import DirectCalls
from tabletheory.engine.pool import PROGRAM
from tabletheory.testing import LOCAL_CREDENTIALS
from tabletheory.transport import aio_sockets, places, sockets

from .conftest import NOTES
from .servers import Server, answer, response
from .test_transports import certificate, proxy, slowly

__all__ = ["certificate"]

ITEM = b'{"Item":{"pk":{"S":"u"},"sk":{"S":"n"}}}'
FOUND = {"pk": "u", "sk": "n"}
RETRY: Any = {"base_ms": 1, "max_attempts": 2}


class User:
    """One of the two clients, in the hands of a test."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._runner = asyncio.Runner()
        self.db: Any = None

    def open(self, url: str, **options: Any) -> User:
        self.close()
        make: Any = TableTheory if self.kind == "blocking" else AsyncTableTheory
        options = {"retry": RETRY, "attempt_timeout": 2, "connect_timeout": 1, **options}
        self.db = make(NOTES, endpoint=url, region="eu-west-1", credentials=LOCAL_CREDENTIALS, **options)
        self.notes = self.db.model("Note")
        return self

    def do(self, value: Any) -> Any:
        if self.kind == "blocking":
            return value

        async def awaited() -> Any:
            return await value

        return self._runner.run(awaited())

    def find(self, **options: Any) -> Any:
        return self.do(self.notes.find("u", "n", **options))

    def create(self, **options: Any) -> Any:
        """A write that must not be sent twice."""
        return self.do(self.notes.create(FOUND, **options))

    def add(self, **options: Any) -> Any:
        """A write that must not be sent twice."""
        return self.do(self.notes.update("u", "n", add={"views": 1}, **options))

    def pause(self) -> None:
        """Lets the loop hear what happened meanwhile."""
        time.sleep(0.05)
        self._runner.run(asyncio.sleep(0.02))

    def close(self) -> None:
        if self.db is not None:
            self.do(self.db.close() if self.kind == "blocking" else self.db.aclose())
        self.db = None

    def end(self) -> None:
        self.close()
        self._runner.run(asyncio.sleep(0))
        self._runner.close()


@pytest.fixture(params=["blocking", "asyncio"])
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    user = User(request.param)
    yield user
    user.end()


def failure(call: Callable[[], Any], kind: str, outcome: str | None = None) -> TableTheoryError:
    with pytest.raises(TransportError) as caught:
        call()
    assert caught.value.service is not None
    assert caught.value.service.code == kind
    if outcome:
        assert caught.value.outcome == outcome
    return caught.value


def test_a_connection_is_used_again(user: User) -> None:
    with Server(answer(response(ITEM))) as server:
        user.open(server.url)
        for _ in range(5):
            assert user.find() == FOUND
        assert len(server.connections) == 1
        assert all(each.startswith(b"POST / HTTP/1.1\r\nhost: 127.0.0.1:") for each in server.requests)


PAGE = b'{"Items":[' + b",".join([b'{"pk":{"S":"u"},"sk":{"S":"n"},"tags":{"SS":["a"]}}'] * 100) + b'],"Count":100}'
CROSSED: dict[str, tuple[bytes, Callable[[User], Any]]] = {
    "put": (b"{}", lambda user: user.do(user.notes.put({**FOUND, "title": "h\u00fc", "tags": {"a"}}))),
    "get": (ITEM, lambda user: user.find()),
    "query of 100": (PAGE, lambda user: user.do(user.notes.query("u").all())),
}


@pytest.mark.parametrize("name", CROSSED)
def test_a_call_crosses_into_the_core_six_times(user: User, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Room for what is handed in, the call, and the end of what it gave: once to begin, once for the reply.

    So it is for every item: nothing crosses per attribute or per item.
    """
    reply, call = CROSSED[name]
    crossings: list[str] = []
    function = DirectCalls.function

    def counted(calls: DirectCalls, name: str) -> Callable[..., int]:
        call = function(calls, name)

        def counting(*arguments: int) -> int:
            crossings.append(name)
            return call(*arguments)

        return counting

    monkeypatch.setattr(DirectCalls, "function", counted)
    monkeypatch.setattr(PROGRAM.pool, "_idle", [])
    with Server(answer(response(reply))) as server:
        user.open(server.url)
        call(user)
        crossings.clear()
        call(user)
        assert crossings == [
            *("cabi_realloc", "start", "cabi_post_start"),
            *("cabi_realloc", "resume", "cabi_post_resume"),
        ]


def test_a_reply_may_come_in_pieces_of_any_size(user: User) -> None:
    whole = b"HTTP/1.1 100 Continue\r\n\r\n" + response(ITEM, headers="x-amzn-requestid: R1\r\n")

    def behave(connection: socket.socket, _: bytes) -> bool:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(whole)):
            connection.sendall(whole[at : at + 1])
            if at % 16 == 0:
                time.sleep(0.001)
        return True

    with Server(behave) as server:
        user.open(server.url)
        for _ in range(2):
            assert user.find() == FOUND
        assert len(server.connections) == 1


def test_large_requests_and_replies_go_through(user: User) -> None:
    text = "ß" * 150_000
    item = b'{"Item":{"pk":{"S":"u"},"sk":{"S":"n"},"title":{"S":"' + (text * 5).encode() + b'"}}}'
    with Server(answer(response(item))) as server:
        user.open(server.url)
        assert user.do(user.notes.find("u", "n"))["title"] == text * 5
        user.do(user.notes.put({**FOUND, "title": text}))
        assert text.encode() in server.requests[1]
        assert user.find()["title"] == text * 5
        assert len(server.connections) == 1


@pytest.mark.parametrize(
    "data",
    [
        response(ITEM, headers="connection: close\r\n"),
        b"HTTP/1.0 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(ITEM), ITEM),
        b"HTTP/1.1 200 OK\r\n\r\n" + ITEM,
    ],
)
def test_a_connection_that_the_server_ends_is_not_used_again(user: User, data: bytes) -> None:
    with Server(answer(data, keep=False)) as server:
        user.open(server.url)
        for _ in range(2):
            assert user.find() == FOUND
        assert len(server.connections) == 2


def test_what_came_or_ended_while_idle_is_seen_before_the_next_request(user: User) -> None:
    def forge(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(response(ITEM))
        time.sleep(0.02)
        connection.sendall(response(b'{"forged":true}'))
        return True

    for behave in (forge, answer(response(ITEM), keep=False)):
        with Server(behave) as server:
            user.open(server.url)
            for _ in range(3):
                user.add() if server.requests else user.find()
                user.pause()
            assert len(server.connections) == 3
            assert len(server.requests) == 3


def second_dies(data: bytes = b"", *, reset: bool = False) -> Callable[[socket.socket, bytes], bool]:
    """Serves the first request of a connection; at the second it sends `data` and ends."""
    served: set[int] = set()

    def behave(connection: socket.socket, _: bytes) -> bool:
        if id(connection) not in served:
            served.add(id(connection))
            connection.sendall(response(ITEM))
            return True
        if data:
            connection.sendall(data)
            time.sleep(0.05)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return behave


@pytest.mark.parametrize("reset", [False, True])
def test_a_stale_connection_costs_no_retry_of_reads_and_never_a_second_write(user: User, reset: bool) -> None:
    with Server(second_dies(reset=reset)) as server:
        user.open(server.url)
        for _ in range(3):
            assert user.find() == FOUND
        assert len(server.connections) == 3
        before = len(server.requests)
        failure(user.add, "stale", "unknown")
        assert len(server.requests) == before + 1


def test_an_end_before_or_within_the_reply_is_told_apart(user: User) -> None:
    half = response(ITEM)[:-5]
    for reset in (False, True):
        with Server(second_dies(half, reset=reset)) as server:
            user.open(server.url)
            user.find()
            failure(user.add, "broken", "unknown")
            assert len(server.requests) == 2
    with Server(answer(b"", keep=False)) as server:
        user.open(server.url)
        failure(user.add, "broken", "unknown")
        assert len(server.requests) == 1
        failure(user.find, "broken")
        assert len(server.requests) == 3


def test_refused_connections_were_never_sent(user: User) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    user.open(f"http://127.0.0.1:{port}")
    failure(user.add, "connect", "not_sent")
    user.open("http://no-such-host.invalid")
    failure(user.add, "connect", "not_sent")


@pytest.mark.parametrize(
    "parts", [(b"never",) * 40, tuple(bytes([each]) for each in response(ITEM, headers="x: y\r\n" * 9))]
)
def test_the_time_out_holds_for_the_whole_attempt_however_the_server_drips(
    user: User, parts: tuple[bytes, ...]
) -> None:
    with Server(slowly(*parts, pause=0.05)) as server:
        user.open(server.url, attempt_timeout=0.3)
        began = time.monotonic()
        with pytest.raises(TableTheoryError) as caught:
            user.add()
        assert caught.value.outcome == "unknown"
        assert time.monotonic() - began < 1.5
        user.open(server.url)
        began = time.monotonic()
        with pytest.raises((CallTimeout, TransportError)) as late:
            user.add(timeout=0.3)
        assert 0.0 < time.monotonic() - began < 1.5
        assert late.value.outcome == "unknown"


def test_after_a_time_out_a_new_connection_is_made(user: User) -> None:
    count = []

    def behave(connection: socket.socket, _: bytes) -> bool:
        count.append(1)
        if len(count) == 2:
            time.sleep(0.5)
        connection.sendall(response(ITEM))
        return True

    with Server(behave) as server:
        user.open(server.url, attempt_timeout=0.2)
        user.find()
        with pytest.raises(TableTheoryError) as caught:
            user.add()
        assert caught.value.code == "ErrTimeout"
        assert user.find() == FOUND
        assert len(server.connections) == 2


def test_only_so_many_connections_are_open_at_once() -> None:
    def behave(connection: socket.socket, _: bytes) -> bool:
        time.sleep(0.05)
        connection.sendall(response(ITEM))
        return True

    with Server(behave) as server:
        options: Any = {"endpoint": server.url, "region": "eu-west-1", "credentials": LOCAL_CREDENTIALS}
        with TableTheory(NOTES, max_connections=2, **options) as db:
            notes = db.model("Note")
            threads = [threading.Thread(target=notes.find, args=("u", "n")) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(server.connections) == 2

        async def main() -> None:
            async with AsyncTableTheory(NOTES, max_connections=2, **options) as db:
                notes = db.model("Note")
                await asyncio.gather(*(notes.find("u", "n") for _ in range(6)))

        asyncio.run(main())
        assert len(server.connections) == 4
        assert len(server.requests) == 12


def test_waiting_for_a_connection_ends_with_the_attempt(user: User) -> None:
    def behave(connection: socket.socket, _: bytes) -> bool:
        server.stopping.wait(20)
        return False

    with Server(behave) as server:
        user.open(server.url, max_connections=1, attempt_timeout=20, retry={"max_attempts": 1})
        caught: list[TableTheoryError] = []

        def hurry() -> None:
            """From now on; the one that has the connection goes on holding it."""
            user.db._own_transport._attempt_timeout = 0.3

        def hold() -> None:
            with pytest.raises(TransportError):
                user.find()

        if user.kind == "blocking":
            holder = threading.Thread(target=hold)
            holder.start()
            while not server.requests:
                time.sleep(0.01)
            hurry()
            with pytest.raises(TransportError) as late:
                user.find()
            caught.append(late.value)
            server.stopping.set()
            holder.join()
        else:

            async def both() -> None:
                holding = asyncio.ensure_future(user.notes.find("u", "n"))
                while not server.requests:
                    await asyncio.sleep(0.01)
                hurry()
                with pytest.raises(TransportError) as late:
                    await user.notes.find("u", "n")
                caught.append(late.value)
                server.stopping.set()
                await asyncio.gather(holding, return_exceptions=True)

            user._runner.run(both())
        (error,) = caught
        assert error.service is not None
        assert error.service.code == "connect"
        assert len(server.requests) == 1


def test_idle_connections_grow_old(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "IDLE_SECONDS", -1)
    with Server(answer(response(ITEM))) as server:
        user.open(server.url)
        user.db._own_transport._idle_timeout = -1
        user.find()
        user.find()
        assert len(server.connections) == 2


def test_closing_the_client_ends_running_calls_and_idle_connections() -> None:
    reached = threading.Event()

    def behave(connection: socket.socket, _: bytes) -> bool:
        reached.set()
        return connection.recv(1) != b""

    with Server(behave) as server:
        db = TableTheory(NOTES, endpoint=server.url, region="eu-west-1", credentials=LOCAL_CREDENTIALS)
        caught: list[TableTheoryError] = []

        def work() -> None:
            try:
                db.model("Note").create(FOUND)
            except TableTheoryError as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        assert reached.wait(2)
        db.close()
        thread.join(2)
        assert isinstance(caught[0], Canceled)
        assert caught[0].outcome == "unknown"
        assert len(server.requests) == 1


def test_cancelling_closes_the_connection_and_says_what_is_known() -> None:
    reached, gone = threading.Event(), threading.Event()

    def behave(connection: socket.socket, _: bytes) -> bool:
        reached.set()
        if connection.recv(1) == b"":
            gone.set()
        return False

    async def main(url: str) -> None:
        async with AsyncTableTheory(NOTES, endpoint=url, region="eu-west-1", credentials=LOCAL_CREDENTIALS) as db:
            task = asyncio.create_task(db.model("Note").create(FOUND))
            assert await asyncio.to_thread(reached.wait, 2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert isinstance(caught.value.__cause__, Canceled)
            assert caught.value.__cause__.outcome == "unknown"
            assert await asyncio.to_thread(gone.wait, 2)
            closing = asyncio.create_task(db.model("Note").create(FOUND))
            await asyncio.sleep(0.1)
            await db.aclose()
            with pytest.raises(Canceled):
                await closing

    with Server(behave) as server:
        asyncio.run(main(server.url))
        assert len(server.requests) == 2


def test_a_proxy_of_the_environment_is_used_through_the_http_transport(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(proxy) as server, Server(answer(response(ITEM))) as direct:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
        assert user.open("http://dynamodb.example:8000").find() is None
        assert server.requests[0].startswith(b"POST http://dynamodb.example:8000/ HTTP/1.1\r\n")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert user.open(direct.url).find() == FOUND
        assert isinstance(user.db._own_transport, sockets.SocketTransport | aio_sockets.AsyncSocketTransport)
    monkeypatch.delenv("HTTP_PROXY")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert places.goes_through_proxy(None)
    assert not places.goes_through_proxy("http://127.0.0.1:1")
    assert not places.goes_through_proxy("nonsense")


def test_tls_trusts_whom_it_is_told_to(
    user: User, certificate: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pem, context = certificate
    with Server(answer(response(ITEM)), tls=context) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        for trust in (pem, str(pem), pem.read_bytes()):
            user.open(url, ca=trust)
            for _ in range(3):
                assert user.find() == FOUND
        failure(user.open(url).add, "connect", "not_sent")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(pem))
        assert user.open(url).find() == FOUND
        assert user.open(server.url, ca=pem).find() == FOUND
    with pytest.raises(ConfigurationError, match="no certificates"):
        user.open(url, ca=str(NOTES))
    with pytest.raises(ConfigurationError, match="no certificates"):
        user.open(url, ca=b"nonsense")


def test_a_tls_connection_without_goodbye_is_cut_off(user: User, certificate: tuple[Path, Any]) -> None:
    pem, context = certificate

    def behave(connection: Any, _: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + ITEM[:20])
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
        return False

    with Server(behave, tls=context) as server:
        with pytest.raises(TableTheoryError) as caught:
            user.open(server.url, ca=pem).add()
        assert caught.value.outcome == "unknown"
        assert len(server.requests) == 1


def test_many_threads_share_a_client() -> None:
    faults: list[BaseException] = []
    with Server(answer(response(ITEM))) as server:
        options: Any = {"endpoint": server.url, "region": "eu-west-1", "credentials": LOCAL_CREDENTIALS}
        with TableTheory(NOTES, **options) as db:
            notes = db.model("Note")

            def work() -> None:
                try:
                    for _ in range(20):
                        assert notes.find("u", "n") == FOUND
                except BaseException as error:
                    faults.append(error)

            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert not faults
        assert len(server.connections) <= 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_opens_its_own_connections() -> None:
    with Server(answer(response(ITEM))) as server:
        options: Any = {"endpoint": server.url, "region": "eu-west-1", "credentials": LOCAL_CREDENTIALS}
        with TableTheory(NOTES, **options) as db:
            notes = db.model("Note")
            notes.find("u", "n")
            child = os.fork()
            if child == 0:
                os._exit(0 if notes.find("u", "n") == FOUND else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert notes.find("u", "n") == FOUND
        assert len(server.connections) == 2
