"""One call on its way through the core. Both clients drive it, each with its own way to send and to wait."""

from __future__ import annotations

import json
import os
import time
from struct import Struct
from typing import TYPE_CHECKING, Protocol

from ..errors import InternalError, TableTheoryError, from_document, host_error
from .calls import BrokenInstanceError
from .instance import CANCELLED, DEADLINE, Moment, RefusedError, Reply, Step, ended, failure
from .pool import Client, Pool

if TYPE_CHECKING:
    from ..transport import TransportFailure

_seed = Struct(">qq").unpack


class Clock(Protocol):
    """Time and randomness. Replaced in tests only."""

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        ...

    def entropy(self) -> bytes:
        """16 fresh random bytes."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleeps, in `TableTheory`."""

    async def asleep(self, seconds: float) -> None:
        """Sleeps, in `AsyncTableTheory`."""


class SystemClock:
    """The real time, the operating system's randomness."""

    now_ns = staticmethod(time.time_ns)
    sleep = staticmethod(time.sleep)

    @staticmethod
    def entropy() -> bytes:
        """16 fresh random bytes."""
        return os.urandom(16)

    @staticmethod
    async def asleep(seconds: float) -> None:
        """Sleeps."""
        import asyncio

        await asyncio.sleep(seconds)


class Owner(Protocol):
    """Says whether the client was closed."""

    closed: bool


class Operation:
    """Takes replies and gives steps. The thread that made it has to close it; any may hand in replies meanwhile."""

    __slots__ = ("_client", "_clock", "_handle", "_instance", "_owner", "_pool", "deadline", "failure")

    def __init__(self, owner: Owner, pool: Pool, client: Client, clock: Clock, deadline: float | None) -> None:
        """`owner` is the client; a call does not outlive it."""
        self._owner, self._pool, self._client, self._clock = owner, pool, client, clock
        self._handle = 0
        self.deadline = deadline
        """When the whole call has to be over, on the monotonic clock."""
        self.failure: TransportFailure | None = None
        """Why the last request failed that did: the cause of the error that the call ends with."""
        self._instance = pool.acquire()

    @property
    def running(self) -> bool:
        """Whether its last step is still to come."""
        return self._handle != 0

    def begin(self, call: bytes) -> Step:
        """The first step. Raises the error of a schema document that does not work."""
        try:
            instance, clock = self._instance, self._clock
            high, low = _seed(clock.entropy())
            moment = clock.now_ns(), high, low
            self._handle, step = instance.start(self._client.handle(instance), call, moment)
            return step  # the handle is 0 when it is the last one
        except BrokenInstanceError as error:
            raise broken(error, sent=False) from error

    def explain(self, call: bytes) -> bytes:
        """What a call would do, which is not begun. Raises the error that it would be refused with."""
        try:
            instance, clock = self._instance, self._clock
            moment = Moment(clock.now_ns(), *_seed(clock.entropy()))
            return instance.explain(self._client.handle(instance), call, moment)
        except RefusedError as error:
            raise from_document(json.loads(error.document)) from None
        except BrokenInstanceError as error:
            raise broken(error, sent=False) from error

    def resume(self, reply: Reply) -> Step:
        """The step after a reply that is no bytes of a connection."""
        try:
            clock = self._clock
            moment = Moment(clock.now_ns(), *_seed(clock.entropy()))
            step = self._instance.resume(self._handle, reply, moment)[1]
            if step.over:
                self._handle = 0
            return step
        except BrokenInstanceError as error:
            raise broken(error, sent=True) from error

    def receive(self, request: int, data: bytes | memoryview) -> tuple[int, Step]:
        """What is to become of the connection that bytes came from, and the step after them."""
        try:
            clock = self._clock
            high, low = _seed(clock.entropy())
            moment = clock.now_ns(), high, low
            turn = self._instance.receive(self._handle, request, data, moment)
            if turn[1].over:
                self._handle = 0
            return turn
        except BrokenInstanceError as error:
            raise broken(error, sent=True) from error

    def answered(self, reply: Reply) -> Step:
        """The step after a whole response."""
        return self.cancel() if self._owner.closed else self.resume(reply)

    def ended(self, request: int) -> Step:
        """The step after the other side closed the connection within its reply."""
        return self._stopped() or self.resume(ended(request))

    def lost(self, request: int, error: TransportFailure) -> Step:
        """The step after a request that got no answer."""
        self.failure = error
        return self._stopped() or self.resume(failure(request, error.kind, str(error)))

    def expire(self) -> Step | None:
        """The last step, if the time for the whole call is over."""
        if self.deadline is None or time.monotonic() < self.deadline:
            return None
        return self.stop()

    def stop(self) -> Step:
        """The last step, because the time for the whole call is over, or will be before anything else happens."""
        return self.resume(DEADLINE)

    def cancel(self) -> Step:
        """The last step, at the wish of the caller."""
        return self.resume(CANCELLED)

    def _stopped(self) -> Step | None:
        return self.cancel() if self._owner.closed else self.expire()

    def close(self) -> None:
        """Forgets the operation, unless it is over."""
        instance = self._instance
        if self._handle:
            instance.abandon(self._handle)
        self._pool.release(instance)


def broken(error: BrokenInstanceError, *, sent: bool) -> TableTheoryError:
    """The typed error for an instance that broke down."""
    return host_error(
        InternalError,
        f"{error}; its operations are lost",
        hint="this is a bug of ours: please report it; the next call gets a new instance",
        outcome="unknown" if sent else "not_sent",
    )
