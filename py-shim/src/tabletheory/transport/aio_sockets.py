"""The sockets of `AsyncTableTheory`: opens, pools and closes connections, and moves bytes. The core speaks HTTP.

No streams: what the event loop has received goes into the core from the callback that announces it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any

from . import FailureKind, Request, TransportFailure
from .places import (
    ATTEMPT_TIMEOUT,
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
    from ..engine.instance import Step
    from .sockets import Receiver


class AsyncSocketTransport:
    """Keeps connections open and uses them again. Belongs to the event loop that first uses it."""

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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places: dict[str, _Place] = {}
        # One buffer for all connections of the loop: what was received is handed on before the loop goes on.
        self._buffer = memoryview(bytearray(RECEIVE))

    async def carry(self, operation: Receiver, request: Request) -> Step:
        """Sends a request, hands in what comes back, and gives the step after it."""
        deadline = monotonic() + self._attempt_timeout
        if operation.deadline is not None:
            deadline = min(deadline, operation.deadline)
            if monotonic() >= deadline:
                return operation.stop()
        try:
            place = self._place(request.url)
            if request.fresh:
                place.drop_idle()
            connection = self._take_idle(place) or await self._connect(place, deadline)
        except TransportFailure as error:
            return operation.lost(request.id, error)
        try:
            return await connection.exchange(operation, request, deadline)
        finally:
            self._give_back(connection)

    async def aclose(self) -> None:
        """Closes the idle connections. Those in use end now."""
        places, self._places = self._places, {}
        for place in places.values():
            place.drop_idle()
            for each in place.busy:
                each.abort()

    def _place(self, url: str) -> _Place:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # connections do not outlive their loop
            self._loop, self._places = loop, {}
        place = self._places.get(url)
        if place is None:
            place = self._places[url] = _Place(url)
        return place

    def _take_idle(self, place: _Place) -> _Connection | None:
        while place.idle:
            connection = place.idle.pop()
            if connection.usable and monotonic() - connection.since < self._idle_timeout and connection.is_silent():
                place.busy.add(connection)
                return connection
            connection.abort()
        return None

    async def _connect(self, place: _Place, deadline: float) -> _Connection:
        """A new connection, as soon as there may be one more; one that becomes idle meanwhile is as good."""
        loop = asyncio.get_running_loop()
        connection = None
        try:
            async with asyncio.timeout(deadline - monotonic()):
                while len(place.busy) >= self._max_connections:
                    turn = loop.create_future()
                    place.waiting.append(turn)
                    try:
                        await turn
                    finally:
                        if turn in place.waiting:
                            place.waiting.remove(turn)
                    found = self._take_idle(place)
                    if found is not None:
                        return found
                connection = _Connection(place, self._buffer)
                place.busy.add(connection)
                async with asyncio.timeout(self._connect_timeout):
                    context = tls_context(self._trust) if place.secure else None
                    name = place.host if context else None
                    await loop.create_connection(
                        lambda: connection, place.host, place.port, ssl=context, server_hostname=name
                    )
                return connection
        except (OSError, ValueError) as error:
            if connection is not None:
                self._give_back(connection)
            text = what(error) if connection else f"all {self._max_connections} connections are in use"
            raise TransportFailure("connect", text) from error
        except BaseException:
            if connection is not None:
                self._give_back(connection)
            raise

    def _give_back(self, connection: _Connection) -> None:
        place = connection.place
        place.busy.discard(connection)
        if connection.usable and self._places.get(place.url) is place:
            connection.since = now = monotonic()
            if place.idle and now - place.idle[0].since > self._idle_timeout:
                place.idle.pop(0).abort()
            place.idle.append(connection)
        else:
            connection.abort()
        while place.waiting:
            turn = place.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break


class _Place:
    """An endpoint with its connections, and the requests that wait for one."""

    __slots__ = ("busy", "host", "idle", "port", "secure", "url", "waiting")

    def __init__(self, url: str) -> None:
        self.url = url
        self.secure, self.host, self.port = place_of(url)
        self.idle: list[_Connection] = []
        """The one used last at the end."""
        self.busy: set[_Connection] = set()
        self.waiting: deque[asyncio.Future[None]] = deque()

    def drop_idle(self) -> None:
        """Closes the idle connections."""
        while self.idle:
            self.idle.pop().abort()


class _Connection(asyncio.BufferedProtocol):
    """One connection, for one request at a time."""

    __slots__ = (
        *("_answer", "_begun", "_buffer", "_operation", "_request", "_silence", "_transport"),
        *("place", "served", "since"),
    )

    def __init__(self, place: _Place, buffer: memoryview) -> None:
        self.place, self._buffer = place, buffer
        self.served = False
        """Whether it has carried a request to its end."""
        self.since = 0.0
        """When it became idle."""
        self._transport: Any = None
        self._silence: Silence | None = None
        self._operation: Receiver | None = None
        self._answer: asyncio.Future[Step] | None = None
        self._request = 0
        self._begun = False

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing() and self._operation is None

    def is_silent(self) -> bool:
        """Whether nothing came while the connection was idle that a busy loop has not heard of yet."""
        return self._silence is None or self._silence.is_kept()

    def abort(self) -> None:
        """Closes it without ceremony."""
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, operation: Receiver, request: Request, deadline: float) -> Step:
        """Sends a request, and gives the step after what came back. Cancelling it closes the connection."""
        loop = asyncio.get_running_loop()
        self._operation, self._request, self._begun = operation, request.id, False
        self._answer = answer = loop.create_future()
        timer = loop.call_later(deadline - monotonic(), self._time_out)
        try:
            if self._transport.is_closing():
                self.connection_lost(None)
            else:
                self._transport.write(request.body)
            step: Step = await answer
        except BaseException:
            self._operation = None
            self.abort()
            raise
        finally:
            timer.cancel()
        return step

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        sock = transport.get_extra_info("socket")
        self._silence = Silence(sock) if sock is not None and sock.fileno() >= 0 else None

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        operation = self._operation
        if operation is None:
            self.abort()  # nobody asked
            return
        self._begun = True
        try:
            fate, step = operation.receive(self._request, self._buffer[:nbytes])
        except Exception as error:
            self._end(error, keep=False)
            return
        if fate < 0:
            self.served = True
            self._end(step, keep=fate == -1)

    def eof_received(self) -> None:
        self._lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._lost(exc)

    def _lost(self, error: Exception | None) -> None:
        operation = self._operation
        if operation is None:
            return
        try:
            if self._begun and error is None:
                step = operation.ended(self._request)
            else:
                kind: FailureKind = "stale" if self.served and not self._begun else "broken"
                text = what(error) if error else "the connection was closed before a response came"
                step = operation.lost(self._request, TransportFailure(kind, text))
        except Exception as broken:
            self._end(broken, keep=False)
        else:
            self._end(step, keep=False)

    def _time_out(self) -> None:
        operation = self._operation
        if operation is not None:
            try:
                step = operation.lost(self._request, TransportFailure("timeout", "no complete response in time"))
            except Exception as broken:
                self._end(broken, keep=False)
            else:
                self._end(step, keep=False)

    def _end(self, outcome: Any, *, keep: bool) -> None:
        """Whoever waits goes on. What comes from now on nobody asked for."""
        answer, self._operation, self._answer = self._answer, None, None
        if not keep:
            self.abort()
        if answer is not None and not answer.done():
            if isinstance(outcome, Exception):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)
