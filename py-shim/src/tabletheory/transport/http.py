"""The transport of `TableTheory`: `http.client` over connections that are kept open.

Sends exactly the bytes and header lines that the core wrote. Redirects are not followed, nothing is retried.
"""

from __future__ import annotations

import http.client
import io
import os
import select
import socket
import ssl
import threading
import time
import weakref
from typing import Any
from urllib.parse import urlsplit

from . import Request, Response, TransportFailure
from .proxy import Route, route

CONNECT_TIMEOUT = 3.0
"""Seconds for making a connection, TLS included, unless said otherwise."""
ATTEMPT_TIMEOUT = 10.0
"""Seconds for one request from the first byte to the last, connecting included, unless said otherwise."""
MAX_IDLE = 16
"""Connections kept open while idle, unless said otherwise."""
IDLE_SECONDS = 20.0
"""How long an idle connection may be taken up again. Shorter than servers wait before they close it."""
LARGEST_BODY = 256 << 20
"""Bytes of a response body that are not even read."""


def tls_context() -> ssl.SSLContext:
    """The default TLS settings, with the certificates of `AWS_CA_BUNDLE` if that is set."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)


class HttpTransport:
    """Keeps connections open and uses them again. Safe for many threads."""

    signs = False

    def __init__(
        self,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        attempt_timeout: float = ATTEMPT_TIMEOUT,
        max_idle: int = MAX_IDLE,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Times are in seconds. `max_idle`: connections to keep. `ssl_context`: instead of the default TLS settings."""
        self._connect_timeout, self._attempt_timeout, self._max_idle = connect_timeout, attempt_timeout, max_idle
        self._ssl_context = ssl_context
        self._forget_connections()
        if hasattr(os, "register_at_fork"):  # a forked process must not speak on its parent's connections
            reference = weakref.WeakMethod(self._forget_connections)
            os.register_at_fork(after_in_child=lambda: (forget := reference()) and forget())

    def _forget_connections(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Route, _Connection]] = []

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`."""
        deadline = time.monotonic() + min(
            self._attempt_timeout, timeout if timeout is not None else self._attempt_timeout
        )
        url = urlsplit(request.url)
        way = route(url)
        connection = self._take(way) or self._connect(way, deadline)
        try:
            response = connection.exchange(way.target(url), request, deadline)
        except BaseException:
            connection.close()
            raise
        if connection.sock is None:
            connection.close()
        else:
            self._keep(way, connection)
        return response

    def close(self) -> None:
        """Closes the idle connections."""
        with self._lock:
            kept, self._idle = self._idle, []
        for _, _, connection in kept:
            connection.close()

    def _connect(self, way: Route, deadline: float) -> _Connection:
        context = None
        if way.secure:
            with self._lock:
                context = self._ssl_context = self._ssl_context or tls_context()
        connection = _Connection(way, context, min(self._connect_timeout, max(deadline - time.monotonic(), 0.001)))
        try:
            connection.connect()
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise TransportFailure("connect", _what(error)) from error
        return connection

    def _take(self, way: Route) -> _Connection | None:
        while True:
            with self._lock:
                found = next((each for each in reversed(self._idle) if each[1] == way), None)
                if found is None:
                    return None
                self._idle.remove(found)
            since, _, connection = found
            if time.monotonic() - since < IDLE_SECONDS and connection.is_silent():
                return connection
            connection.close()

    def _keep(self, way: Route, connection: _Connection) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), way, connection))
            surplus = self._idle.pop(0) if len(self._idle) > self._max_idle else None
        if surplus is not None:
            surplus[2].close()


class _Connection(http.client.HTTPConnection):
    """One connection, whose every wait ends at the deadline of the attempt."""

    sock: Any

    def __init__(self, way: Route, context: ssl.SSLContext | None, connect_timeout: float) -> None:
        super().__init__(*(way.proxy or (way.host, way.port)), timeout=connect_timeout)
        self._way, self._context = way, context
        self._proxy_head = {"Proxy-Authorization": way.proxy_authorization} if way.proxy_authorization else {}
        if way.proxy and way.secure:
            self.set_tunnel(way.host, way.port, self._proxy_head)

    def connect(self) -> None:
        super().connect()
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self._way.host)
        self.sock = _TimedSocket(self.sock)

    def exchange(self, target: str, request: Request, deadline: float) -> Response:
        self.sock.deadline = deadline
        try:
            self.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
            self.putheader("host", self._way.host_header)
            for line in request.head.split("\r\n")[:-1]:
                name, _, value = line.partition(": ")
                self.putheader(name, value)
            self.putheader("content-length", str(len(request.body)))
            if self._way.proxy and not self._way.secure:
                for each in self._proxy_head.items():
                    self.putheader(*each)
            self.endheaders(request.body)
            return self._answer()
        except TimeoutError as error:
            raise TransportFailure("timeout", "no complete response in time") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TransportFailure("broken", _what(error)) from error

    def _answer(self) -> Response:
        sock = self.sock
        with self.getresponse() as answer:
            if sock.ended:  # `http.client` takes the end of the connection for the end of the head
                raise http.client.HTTPException("the connection was closed before the response was complete")
            head = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
            if answer.length is None:  # chunked, or up to the end of the connection
                body = answer.read(LARGEST_BODY)
                too_long = not answer.isclosed() and answer.read(1) != b""
            else:
                too_long = answer.length > LARGEST_BODY
                body = b"" if too_long else answer.read()
            if too_long:
                raise http.client.HTTPException("the response is too long")
        return Response(answer.status, head.encode("latin-1", "replace"), body)

    def is_silent(self) -> bool:
        """Whether nothing came while the connection was idle: not even its end."""
        return self.sock is not None and self.sock.is_silent()


class _TimedSocket:
    """A socket as `http.client` uses it. Each operation may take as long as the deadline is away."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.deadline = float("inf")
        self.ended = False

    def arm(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)

    def sendall(self, data: Any) -> None:
        self.arm()
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self, self._sock.makefile(mode, buffering=0)), 64 << 10)  # type: ignore[call-overload]

    def is_silent(self) -> bool:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self._sock, select.POLLIN)
            return not poll.poll(0)
        return not select.select([self._sock], [], [], 0)[0]

    def close(self) -> None:
        self._sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: _TimedSocket, raw: io.RawIOBase) -> None:
        self._timed, self._raw = timed, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._timed.arm()
        count: int | None = self._raw.readinto(buffer)
        self._timed.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _what(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
