"""The transport of `AsyncTableTheory`: HTTP/1.1 on asyncio's own connections.

Why not the blocking transport in threads: a cancelled task must not leave a request running in a thread that nobody can
stop. Here cancelling closes the connection at once. And no HTTP package is needed: a request is one write, and
`ResponseReader` reads the rest.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from urllib.parse import urlsplit

from . import Request, Response, TransportFailure
from .http import ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, IDLE_SECONDS, MAX_IDLE, tls_context
from .http1 import ProtocolError, ResponseReader
from .proxy import Route, route


class AsyncHttpTransport:
    """Keeps connections open and uses them again. Belongs to the event loop that first uses it."""

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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: list[tuple[float, Route, _Connection]] = []

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        """As `AsyncTransport.asend`."""
        way = route(urlsplit(request.url))
        message = _message(way, request)
        limit = min(self._attempt_timeout, timeout if timeout is not None else self._attempt_timeout)
        sent = False
        try:
            async with asyncio.timeout(limit):
                connection = self._take(way) or await self._connect(way)
                sent = True
                response = await connection.exchange(message)
        except TimeoutError as error:
            raise TransportFailure("timeout" if sent else "connect", "no complete response in time") from error
        except (OSError, ProtocolError) as error:
            raise TransportFailure("broken" if sent else "connect", _what(error)) from error
        if connection.usable:
            self._keep(way, connection)
        return response

    async def aclose(self) -> None:
        """Closes the idle connections."""
        for _, _, connection in self._idle:
            connection.abort()
        self._idle.clear()

    async def _connect(self, way: Route) -> _Connection:
        loop = asyncio.get_running_loop()
        context = None
        if way.secure:
            context = self._ssl_context = self._ssl_context or tls_context()
        async with asyncio.timeout(self._connect_timeout):
            if way.proxy is None:
                name = way.host if context else None
                _, connection = await loop.create_connection(
                    _Connection, way.host, way.port, ssl=context, server_hostname=name
                )
                return connection
            _, connection = await loop.create_connection(_Connection, *way.proxy)
            if context is not None:
                await connection.tunnel(way, context)
            return connection

    def _take(self, way: Route) -> _Connection | None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # connections do not outlive their loop
            self._loop, self._idle = loop, []
        oldest = time.monotonic() - IDLE_SECONDS
        found = None
        for kept in reversed(self._idle):
            since, its_way, connection = kept
            if since < oldest or not connection.usable:
                connection.abort()
                self._idle.remove(kept)
            elif found is None and its_way == way:
                found = connection
                self._idle.remove(kept)
        return found

    def _keep(self, way: Route, connection: _Connection) -> None:
        self._idle.append((time.monotonic(), way, connection))
        if len(self._idle) > self._max_idle:
            self._idle.pop(0)[2].abort()


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._answer: asyncio.Future[Response] | None = None

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def abort(self) -> None:
        """Closes the connection without ceremony."""
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, message: bytes, *, tunnel: bool = False) -> Response:
        """Sends a request and reads its response. Closes the connection unless it may be used again."""
        if self._transport is None or not self.usable:
            raise ConnectionResetError("the connection was closed")
        self._reader = ResponseReader(tunnel=tunnel)
        self._answer = self._loop.create_future()
        try:
            self._transport.write(message)
            response = await self._answer
        except BaseException:
            self.abort()
            raise
        if not self._reader.reusable:
            self.abort()
        self._reader = self._answer = None
        return response

    async def tunnel(self, way: Route, context: ssl.SSLContext) -> None:
        """Asks a proxy for a tunnel, and speaks TLS through it."""
        authorization = f"proxy-authorization: {way.proxy_authorization}\r\n" if way.proxy_authorization else ""
        host = f"[{way.host}]" if ":" in way.host else way.host
        ask = f"CONNECT {host}:{way.port} HTTP/1.1\r\nhost: {host}:{way.port}\r\n{authorization}\r\n"
        answer = await self.exchange(ask.encode("latin-1"), tunnel=True)
        if answer.status != 200 or self._transport is None:
            self.abort()
            raise ConnectionRefusedError(f"the proxy answered with status {answer.status}")
        self._transport = await self._loop.start_tls(self._transport, self, context, server_hostname=way.host)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._reader is None:
            self.abort()  # nobody asked
            return
        try:
            self._reader.feed(data)
        except ProtocolError as error:
            self._fail(error)
        else:
            self._succeed()

    def eof_received(self) -> None:
        self._ended()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if exc is not None:
            self._fail(exc)
        self._ended()

    def _ended(self) -> None:
        if self._reader is not None:
            try:
                self._reader.end()
            except ProtocolError as error:
                self._fail(error)
            else:
                self._succeed()

    def _succeed(self) -> None:
        if self._reader and self._reader.response and self._answer and not self._answer.done():
            self._answer.set_result(self._reader.response)

    def _fail(self, error: Exception) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)


def _message(way: Route, request: Request) -> bytes:
    url = urlsplit(request.url)
    extra = ""
    if way.proxy and not way.secure and way.proxy_authorization:
        extra = f"proxy-authorization: {way.proxy_authorization}\r\n"
    head = (
        f"POST {way.target(url)} HTTP/1.1\r\nhost: {way.host_header}\r\n"
        f"{request.head}content-length: {len(request.body)}\r\n{extra}\r\n"
    )
    return head.encode("latin-1") + request.body


def _what(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
