"""The transport port: what carries one request to the service and brings back whatever it answered.

The default needs none: `transport.sockets` and `transport.aio_sockets` move the bytes of connections, and the core
speaks HTTP itself. A transport decides nothing: it does not retry, and hands back every status as it came.
`TableTheory` uses `Transport.send`, `AsyncTableTheory` uses `AsyncTransport.asend`, or `send` in a thread for a
transport that has no other. One object may be both.
"""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from ..record import FrozenRecord, Record

FailureKind = Literal["connect", "timeout", "broken", "refused", "credentials", "stale"]


class Request(Record):
    """One request. `url` and `head` are empty for a transport that signs by itself (`signs = True`)."""

    __slots__ = ("id", "service", "action", "url", "head", "body", "fresh")
    id: int
    """Names the request within its operation."""
    service: str
    """AWS service, ``dynamodb``."""
    action: str
    """API action, for instance ``PutItem``."""
    url: str
    """Absolute URL of a POST."""
    head: str
    """Header lines, each ended by CR LF, in the order to be sent, signed. Without ``host`` and ``content-length``."""
    body: bytes
    """The body, JSON, to be sent byte for byte. Of the default transport: the whole HTTP/1.1 message."""
    fresh: bool
    """For the default transport: to be sent over a new connection."""

    def __init__(
        self, id: int, service: str, action: str, url: str, head: str, body: bytes, fresh: bool = False
    ) -> None:
        self.id = id
        self.service = service
        self.action = action
        self.url = url
        self.head = head
        self.body = body
        self.fresh = fresh

    def __repr__(self) -> str:
        return f"<Request {self.id} {self.service} {self.action}, {len(self.body)} bytes>"


class Response(FrozenRecord):
    """A whole response, whatever its status."""

    __slots__ = ("status", "head", "body")
    status: int
    """HTTP status."""
    head: bytes
    """Header lines ``name: value``, each ended by LF or CR LF."""
    body: bytes
    """The whole body, its transfer coding undone."""

    def __init__(self, status: int, head: bytes, body: bytes) -> None:
        self._fill(status, head, body)

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


class TransportFailure(Exception):
    """There is no response.

    `kind` says how far the request got: ``connect`` (nothing was sent), ``timeout`` and ``broken`` (something may have
    been sent), ``stale`` (a connection that had served before was closed before one byte of the answer came),
    ``refused`` (this transport cannot be used at all), ``credentials`` (it has none of its own).
    """

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind


@runtime_checkable
class Transport(Protocol):
    """Carries requests for `TableTheory`. Used by several threads at once."""

    def send(self, request: Request, timeout: float | None) -> Response:
        """Sends one request and reads its whole response, within `timeout` seconds (`None`: the transport's own).

        Raises `TransportFailure`.
        """

    def close(self) -> None:
        """Closes idle connections. Called by the client that made the transport, not for one that was passed to it."""


@runtime_checkable
class AsyncTransport(Protocol):
    """Carries requests for `AsyncTableTheory`."""

    async def asend(self, request: Request, timeout: float | None) -> Response:
        """As `Transport.send`. Cancelling it closes the connection in use."""
        ...

    async def aclose(self) -> None:
        """As `Transport.close`."""


def kind_of(transport: object) -> Literal["socket", "http", "sdk"]:
    """What the core has to do for a transport."""
    if hasattr(transport, "carry"):
        return "socket"
    return "sdk" if getattr(transport, "signs", False) else "http"
