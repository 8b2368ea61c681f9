"""The sockets of `TableTheory`: opens, pools and closes connections, and moves bytes. The core speaks HTTP.

Made for few system calls and little else: a request is one `send`, its reply one `recv` into a buffer that is there
already, and the time-out is set once per connection.
"""

from __future__ import annotations

import os
import socket
import threading
import weakref
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from . import FailureKind, Request, TransportFailure
from .places import (
    ATTEMPT_TIMEOUT,
    COLLECT,
    CONNECT_TIMEOUT,
    IDLE_SECONDS,
    MAX_CONNECTIONS,
    RECEIVE,
    Silence,
    Trust,
    place_of,
    tls_context,
    what,
)

if TYPE_CHECKING:
    import ssl

    from ..engine.instance import Step


class Receiver(Protocol):
    """The operation that a request belongs to."""

    deadline: float | None

    def receive(self, request: int, data: memoryview) -> tuple[int, Step]:
        """Takes bytes. Gives what is to become of the connection, and the next step."""

    def ended(self, request: int) -> Step:
        """Takes the end of the connection."""

    def lost(self, request: int, error: TransportFailure) -> Step:
        """Takes a failure."""

    def stop(self) -> Step:
        """Hears that the time for the whole call is over."""


class SocketTransport:
    """Keeps connections open and uses them again. Safe for many threads."""

    signs = False

    def __init__(
        self,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        attempt_timeout: float = ATTEMPT_TIMEOUT,
        max_connections: int = MAX_CONNECTIONS,
        idle_timeout: float = IDLE_SECONDS,
        ca: Trust | None = None,
    ) -> None:
        """Times are in seconds. `max_connections`: to one endpoint. `ca`: the only certificates to trust (PEM)."""
        self._connect_timeout, self._attempt_timeout = connect_timeout, attempt_timeout
        self._max_connections, self._idle_timeout = max_connections, idle_timeout
        self._trust = ca
        if ca:
            tls_context(ca)
        self._buffers = threading.local()
        self._forget_connections()
        if hasattr(os, "register_at_fork"):  # a forked process must not speak on its parent's connections
            reference = weakref.WeakMethod(self._forget_connections)
            os.register_at_fork(after_in_child=lambda: (forget := reference()) and forget())

    def _forget_connections(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.Condition(self._lock)
        self._places: dict[str, _Place] = {}
        self._waiting = 0

    def carry(self, operation: Receiver, request: Request) -> Step:
        """Sends a request, hands in what comes back, and gives the step after it."""
        began = monotonic()
        limit = self._attempt_timeout
        if operation.deadline is not None:
            limit = min(limit, operation.deadline - began)
            if limit <= 0:
                return operation.stop()
        try:
            connection = self._take(request, began, limit)
        except TransportFailure as error:
            return operation.lost(request.id, error)
        keep = False
        try:
            keep, step = self._exchange(connection, operation, request, began + limit)
        finally:
            self._give_back(connection, keep=keep)
        return step

    def close(self) -> None:
        """Closes the idle connections. Those in use end now."""
        with self._lock:
            places, self._places = self._places, {}
            for place in places.values():
                for each in place.idle:
                    each.close()
                for each in place.busy:
                    each.interrupt()

    def _exchange(
        self, connection: _Connection, operation: Receiver, request: Request, deadline: float
    ) -> tuple[bool, Step]:
        sock, begun = connection.sock, False
        buffer: memoryview = self._buffer()
        try:
            sock.sendall(request.body)
            if len(request.body) > RECEIVE:  # smaller ones are on their way at once
                connection.limit(deadline - monotonic())
            while True:
                size = sock.recv_into(buffer)
                if size == 0:
                    break
                begun = True
                fate, step = operation.receive(request.id, buffer[:size])
                while fate > 0 and (data := self._collect(connection, fate, deadline)):
                    fate, step = operation.receive(request.id, memoryview(data))
                if fate < 0:
                    connection.served = True
                    return fate == -1, step
                connection.limit(deadline - monotonic())
        except TimeoutError:
            return False, operation.lost(request.id, TransportFailure("timeout", "no complete response in time"))
        except OSError as error:
            kind: FailureKind = "stale" if connection.served and not begun else "broken"
            return False, operation.lost(request.id, TransportFailure(kind, what(error)))
        if begun:
            return False, operation.ended(request.id)
        text = "the connection was closed before a response came"
        return False, operation.lost(request.id, TransportFailure("stale" if connection.served else "broken", text))

    def _collect(self, connection: _Connection, missing: int, deadline: float) -> bytearray:
        """Receives what is missing, or a good part of it. Less when the connection ended meanwhile."""
        data = bytearray(min(missing, COLLECT))
        rest, size = memoryview(data), 0
        while size < len(data):
            connection.limit(deadline - monotonic())
            more = connection.sock.recv_into(rest[size:])
            if more == 0:
                break
            size += more
        rest.release()
        del data[size:]
        return data

    def _buffer(self) -> memoryview:
        buffer: memoryview | None = getattr(self._buffers, "buffer", None)
        if buffer is None:
            buffer = self._buffers.buffer = memoryview(bytearray(RECEIVE))
        return buffer

    def _take(self, request: Request, now: float, limit: float) -> _Connection:
        """A connection for a request: one that is idle and silent, else a new one, as soon as there may be one more."""
        surplus: list[_Connection] = []
        try:
            with self._lock:
                place = self._places.get(request.url)
                if place is None:
                    place = self._places[request.url] = _Place(request.url)
                if request.fresh:
                    surplus, place.idle = place.idle, []
                while True:
                    while place.idle:
                        connection = place.idle.pop()
                        if now - connection.since < self._idle_timeout and connection.is_silent():
                            place.busy.add(connection)
                            connection.limit(limit)
                            return connection
                        surplus.append(connection)
                    if len(place.busy) < self._max_connections:
                        connection = _Connection(place)
                        place.busy.add(connection)
                        break
                    self._waiting += 1
                    freed = self._free.wait(limit - (monotonic() - now))
                    self._waiting -= 1
                    if not freed:
                        raise TransportFailure("connect", f"all {self._max_connections} connections are in use")
        finally:
            for each in surplus:
                each.close()
        try:
            left = limit - (monotonic() - now)
            if left <= 0:
                raise TimeoutError  # noqa: TRY301
            connection.open(min(self._connect_timeout, left), self._context(place))
            connection.limit(limit - (monotonic() - now))
        except (OSError, ValueError) as error:
            self._give_back(connection, keep=False)
            raise TransportFailure("connect", what(error)) from error
        except BaseException:
            self._give_back(connection, keep=False)
            raise
        return connection

    def _give_back(self, connection: _Connection, *, keep: bool) -> None:
        place, surplus = connection.place, None
        with self._lock:
            place.busy.discard(connection)
            if keep and self._places.get(place.url) is place:
                connection.since = now = monotonic()
                if place.idle and now - place.idle[0].since > self._idle_timeout:
                    surplus = place.idle.pop(0)
                place.idle.append(connection)
            else:
                keep = False
            if self._waiting:
                self._free.notify_all()
        if surplus is not None:
            surplus.close()
        if not keep:
            connection.close()

    def _context(self, place: _Place) -> ssl.SSLContext | None:
        return tls_context(self._trust) if place.secure else None


class _Place:
    """An endpoint with its connections."""

    __slots__ = ("busy", "host", "idle", "port", "secure", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.secure, self.host, self.port = place_of(url)
        self.idle: list[_Connection] = []
        """The one used last at the end."""
        self.busy: set[_Connection] = set()


class _Connection:
    """One connection, for one request at a time."""

    __slots__ = ("_seconds", "_silence", "place", "served", "since", "sock")

    def __init__(self, place: _Place) -> None:
        self.place = place
        self.sock: Any = None
        self.served = False
        """Whether it has carried a request to its end."""
        self.since = 0.0
        """When it became idle."""
        self._seconds: float | None = None

    def open(self, timeout: float, context: ssl.SSLContext | None) -> None:
        """Connects, and speaks TLS."""
        place = self.place
        # As bytes: a text would be looked at by the codec for international names, which takes 8 ms to import.
        host: Any = place.host.encode("ascii") if place.host.isascii() else place.host
        self.sock = sock = socket.create_connection((host, place.port), timeout)
        self._seconds = timeout
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            # An end without TLS's own goodbye is no end of a reply: anybody may have cut it off.
            self.sock = context.wrap_socket(sock, server_hostname=place.host, suppress_ragged_eofs=False)
        self._silence = Silence(self.sock)

    def limit(self, seconds: float) -> None:
        """How long the next operation may take. Raises `TimeoutError` when there is no time left."""
        if seconds != self._seconds:
            if seconds <= 0:
                raise TimeoutError
            self.sock.settimeout(seconds)
            self._seconds = seconds

    def is_silent(self) -> bool:
        """Whether nothing came while the connection was idle: neither bytes nor its end."""
        kept = self._silence.is_kept()
        if not self.place.secure:
            return kept
        return not self.sock.pending() and (kept or self._only_tickets())

    def _only_tickets(self) -> bool:
        """Whether what came is of TLS itself: session tickets may come at any time."""
        import ssl

        self.limit(0.001)
        try:
            self.sock.recv(1)
        except (ssl.SSLWantReadError, TimeoutError):
            return True
        except OSError:
            pass
        return False

    def interrupt(self) -> None:
        """Ends it, whatever another thread does with it."""
        if self.sock is not None:
            try:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        """Closes it."""
        if self.sock is not None:
            self.sock.close()
