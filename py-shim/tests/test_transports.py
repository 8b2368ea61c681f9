"""The HTTP transports against servers that misbehave. Every test runs over both, blocking and asyncio."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tabletheory import AsyncHttpTransport, HttpTransport, Request, Response, TransportFailure
from tabletheory.transport import aio, http

from .servers import Server, answer, response

HEAD = "content-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.GetItem\r\nauthorization: x\r\n"


class Client:
    """One of the two transports, in the hands of a test."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._loop = asyncio.Runner()
        self._transport: Any = None

    def make(self, **options: Any) -> Client:
        self._transport = HttpTransport(**options) if self.kind == "blocking" else AsyncHttpTransport(**options)
        return self

    def send(self, url: str, body: bytes = b'{"x":1}', timeout: float | None = None) -> Response:
        request = Request(1, "dynamodb", "GetItem", url, HEAD, body)
        if self.kind == "blocking":
            answered: Response = self._transport.send(request, timeout)
            return answered
        return self._loop.run(self._transport.asend(request, timeout))

    def pause(self) -> None:
        """Lets the loop hear what happened meanwhile."""
        time.sleep(0.05)
        self._loop.run(asyncio.sleep(0.02))

    def close(self) -> None:
        if self._transport is not None:
            if self.kind == "blocking":
                self._transport.close()
            else:
                self._loop.run(self._transport.aclose())
                self._loop.run(asyncio.sleep(0))
        self._loop.close()


@pytest.fixture(params=["blocking", "asyncio"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    client = Client(request.param).make(attempt_timeout=2, connect_timeout=1)
    yield client
    client.close()


def failure(client: Client, url: str, **options: Any) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        client.send(url, **options)
    return caught.value


def test_exactly_the_bytes_given_are_sent(client: Client) -> None:
    with Server(answer(response())) as server:
        client.send(server.url + "base/path", body='{"ü":1}'.encode())
        host = f"127.0.0.1:{server.port}"
        assert server.requests == [
            f"POST /base/path HTTP/1.1\r\nhost: {host}\r\n{HEAD}content-length: 8\r\n\r\n".encode() + '{"ü":1}'.encode()
        ]


def test_every_status_comes_back_as_it_is(client: Client) -> None:
    html = b"<html>no</html>"
    for status in ("200 OK", "301 Moved", "400 Bad", "503 Slow Down"):
        with Server(
            answer(response(html, status, "X-Amzn-RequestId: R1\r\nlocation: http://127.0.0.1:1/\r\n"))
        ) as server:
            got = client.send(server.url)
            assert got.status == int(status[:3])
            assert got.body == html
            assert b"x-amzn-requestid: r1\r\n" in got.head.lower()
            assert len(server.requests) == 1


def test_a_connection_is_used_again(client: Client) -> None:
    with Server(answer(response())) as server:
        for _ in range(5):
            assert client.send(server.url).body == b"{}"
        assert len(server.connections) == 1
        assert len(server.requests) == 5


@pytest.mark.parametrize(
    "data",
    [
        response(headers="connection: close\r\n"),
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
    ],
)
def test_a_connection_that_the_server_ends_is_not_used_again(client: Client, data: bytes) -> None:
    with Server(answer(data, keep=False)) as server:
        for _ in range(2):
            assert client.send(server.url).body == b"{}"
        assert len(server.connections) == 2


def test_a_connection_that_ended_while_idle_is_replaced(client: Client) -> None:
    with Server(answer(response(), keep=False)) as server:
        for _ in range(3):
            assert client.send(server.url).body == b"{}"
            client.pause()
        assert len(server.connections) == 3


def test_what_nobody_asked_for_is_not_taken_for_an_answer(client: Client) -> None:
    def behave(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(response())
        time.sleep(0.02)
        connection.sendall(response(b'{"forged":true}'))
        return True

    with Server(behave) as server:
        assert client.send(server.url).body == b"{}"
        client.pause()
        assert client.send(server.url).body == b"{}"
        assert len(server.connections) == 2


def test_an_old_idle_connection_is_not_used_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS", -1)
    monkeypatch.setattr(aio, "IDLE_SECONDS", -1)
    with Server(answer(response())) as server:
        client.send(server.url)
        client.send(server.url)
        assert len(server.connections) == 2


def test_only_so_many_idle_connections_are_kept(client: Client) -> None:
    client.make(max_idle=1)
    with Server(answer(response())) as one, Server(answer(response())) as other:
        for server in (one, other, one):
            client.send(server.url)
        assert len(one.connections) == 2


def test_chunks_are_put_together(client: Client) -> None:
    data = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with Server(answer(data)) as server:
        for _ in range(2):
            assert client.send(server.url).body == b"{}"
        assert len(server.connections) == 1


def test_a_large_body_comes_whole(client: Client) -> None:
    body = b"x" * (5 << 20)
    with Server(answer(response(body))) as server:
        assert client.send(server.url, body=body).body == body
        assert server.requests[0].endswith(body)


def test_refused(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(client, f"http://127.0.0.1:{port}/").kind == "connect"
    assert failure(client, "http://no-such-host.invalid/").kind == "connect"


def test_no_tls_where_tls_should_be(client: Client) -> None:
    def behave(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(response())
        return False

    with Server(behave) as server:
        assert failure(client, server.url.replace("http:", "https:")).kind == "connect"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", "nonsense"])
def test_a_url_that_cannot_be_used(client: Client, url: str) -> None:
    assert failure(client, url).kind == "refused"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n",
    ],
)
def test_a_response_that_is_cut_off_or_none_is_broken(client: Client, data: bytes) -> None:
    with Server(answer(data, keep=False)) as server:
        assert failure(client, server.url).kind == "broken"


def test_a_reset_is_broken(client: Client) -> None:
    def behave(connection: socket.socket, _: bytes) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        return False

    with Server(behave) as server:
        assert failure(client, server.url).kind == "broken"


def slowly(*parts: bytes, pause: float) -> Callable[[socket.socket, bytes], bool]:
    def behave(connection: socket.socket, _: bytes) -> bool:
        for part in parts:
            time.sleep(pause)
            connection.sendall(part)
        return True

    return behave


@pytest.mark.parametrize(
    "parts",
    [
        (b"never",) * 40,
        tuple(bytes([each]) for each in response(b"x" * 100)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", *(b"x" for _ in range(100))),
        (b"HTTP/1.1 200 OK\r\n", *(b"x: y\r\n" for _ in range(99))),
    ],
)
def test_the_time_out_holds_for_the_whole_attempt_however_the_server_drips(
    client: Client, parts: tuple[bytes, ...]
) -> None:
    with Server(slowly(*parts, pause=0.05)) as server:
        began = time.monotonic()
        assert failure(client, server.url, timeout=0.4).kind == "timeout"
        assert 0.3 < time.monotonic() - began < 1.5


def test_after_a_failure_a_new_connection_is_made(client: Client) -> None:
    calls = []

    def behave(connection: socket.socket, _: bytes) -> bool:
        calls.append(1)
        if len(calls) == 2:
            time.sleep(0.6)
        connection.sendall(response(b"%d" % len(calls)))
        return True

    with Server(behave) as server:
        assert client.send(server.url).body == b"1"
        assert failure(client, server.url, timeout=0.2).kind == "timeout"
        assert client.send(server.url).body == b"3"


def test_connecting_has_its_own_time_out(client: Client) -> None:
    client.make(connect_timeout=0.3, attempt_timeout=5)
    # A listener that accepts nobody: its queue is full.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fill = [socket.socket() for _ in range(4)]
        for each in fill:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        time.sleep(0.1)
        began = time.monotonic()
        assert failure(client, f"http://127.0.0.1:{listener.getsockname()[1]}/").kind == "connect"
        assert time.monotonic() - began < 2
        for each in fill:
            each.close()


def proxy(connection: socket.socket, request: bytes) -> bool:
    """A proxy that tunnels, and answers plain requests itself."""
    if not request.startswith(b"CONNECT "):
        connection.sendall(response(b'{"proxied":true}'))
        return True
    host, _, port = request.split(b" ")[1].decode().rpartition(":")
    with socket.create_connection((host, int(port))) as far:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def copy(source: socket.socket, sink: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass

        back = threading.Thread(target=copy, args=(far, connection), daemon=True)
        back.start()
        copy(connection, far)
    back.join(2)
    return False


def test_a_proxy_of_the_environment_is_used(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(proxy) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:s%40fe@127.0.0.1:{server.port}")
        assert client.send("http://dynamodb.example:8000/").body == b'{"proxied":true}'
        (request,) = server.requests
        assert request.startswith(b"POST http://dynamodb.example:8000/ HTTP/1.1\r\nhost: dynamodb.example:8000\r\n")
        assert b"\r\nproxy-authorization: Basic bWU6c0BmZQ==\r\n" in request.replace(b"Proxy-Auth", b"proxy-auth")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with Server(answer(response(b'{"direct":true}'))) as direct:
            assert client.send(direct.url).body == b'{"direct":true}'
        monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
        assert failure(client, "http://dynamodb.example:8000/").kind == "refused"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


def test_tls_is_spoken_and_certificates_are_checked(
    client: Client, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(answer(response()), tls=certificate[1]) as server:
        assert failure(client, server.url).kind == "connect"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[0]))
        client.make(attempt_timeout=2)
        for _ in range(3):
            assert client.send(server.url).body == b"{}"
        assert len(server.connections) == 3, "a plain one that was refused, and both sockets of the one that was used"
        assert failure(client, server.url.replace("127.0.0.1", "127.0.0.2")).kind == "connect"


def test_tls_goes_through_a_proxy(
    client: Client, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[0]))
    with Server(proxy) as between, Server(answer(response()), tls=certificate[1]) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{between.port}")
        for _ in range(2):
            assert client.send(server.url.replace("127.0.0.1", "localhost")).body == b"{}"
        assert len(between.requests) == 1
        assert between.requests[0].startswith(f"CONNECT localhost:{server.port} HTTP/1.".encode())
    with Server(answer(response(b"", "407 Auth", ""))) as between:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{between.port}")
        assert failure(client, "https://localhost:1/").kind == "connect"


def test_cancelling_closes_the_connection_at_once() -> None:
    async def main() -> None:
        gone = threading.Event()

        def behave(connection: socket.socket, _: bytes) -> bool:
            if connection.recv(1) == b"":
                gone.set()
            return False

        transport = AsyncHttpTransport()
        with Server(behave) as server:
            request = Request(1, "dynamodb", "GetItem", server.url, HEAD, b"{}")
            task = asyncio.create_task(transport.asend(request))
            while not server.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(gone.wait, 2)
        await transport.aclose()

    asyncio.run(main())


def test_many_threads_share_a_transport() -> None:
    transport = HttpTransport()
    faults: list[BaseException] = []

    def work(url: str) -> None:
        try:
            for _ in range(20):
                assert transport.send(Request(1, "dynamodb", "GetItem", url, HEAD, b"{}")).body == b"{}"
        except BaseException as error:
            faults.append(error)

    with Server(answer(response())) as server:
        threads = [threading.Thread(target=work, args=(server.url,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        assert len(server.connections) <= 8
        transport.close()


def test_an_asyncio_transport_may_be_used_on_another_loop() -> None:
    transport = AsyncHttpTransport()
    with Server(answer(response())) as server:
        request = Request(1, "dynamodb", "GetItem", server.url, HEAD, b"{}")

        async def main() -> None:
            assert (await transport.asend(request)).body == b"{}"
            await transport.aclose()
            await asyncio.sleep(0)

        asyncio.run(main())
        asyncio.run(main())
        assert len(server.connections) == 2


def test_requests_and_responses_show_no_secrets() -> None:
    request = Request(1, "dynamodb", "GetItem", "http://x/", "authorization: SECRET\r\n", b"SECRET")
    assert "SECRET" not in repr(request) + repr(Response(200, b"SECRET", b"SECRET"))
