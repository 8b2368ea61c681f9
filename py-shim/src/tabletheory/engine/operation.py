"""The driving loop, written once: a generator that asks for I/O and is told what came of it.

`TableTheory` and `AsyncTableTheory` both drive it, each with its own way to send and to wait.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from struct import Struct
from typing import Protocol

from ..errors import InternalError, TableTheoryError, from_document, host_error
from ..values import loads
from .instance import BrokenInstanceError, Done, Failed, Moment, NeedCredentials, Reply, Run
from .pool import Client, Pool

_HALVES = Struct(">QQ")


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


Operation = Generator[Run | NeedCredentials, Reply, str]


def operation(pool: Pool, client: Client, call: bytes, clock: Clock) -> Operation:
    """Runs one call. Yields what is to be done, takes the replies, returns the result document.

    Raises the error of a call that failed. Closing the generator abandons the operation.
    """
    handle = 0
    instance = None
    try:
        instance = pool.acquire()
        handle, step = instance.start(client.handle(instance), call, _moment(clock))
        while True:
            if isinstance(step, Done):
                handle = 0
                return step.document
            if isinstance(step, Failed):
                handle = 0
                raise from_document(loads(step.document))
            reply = yield step
            step = instance.resume(handle, reply, _moment(clock))
    except BrokenInstanceError as error:
        raise broken(error, sent=handle != 0) from error
    finally:
        if instance is not None:
            if handle:
                instance.abandon(handle)
            pool.release(instance)


def broken(error: BrokenInstanceError, *, sent: bool) -> TableTheoryError:
    """The typed error for an instance that broke down."""
    return host_error(
        InternalError,
        f"{error}; its operations are lost",
        hint="this is a bug of ours: please report it; the next call gets a new instance",
        outcome="unknown" if sent else "not_sent",
    )


def _moment(clock: Clock) -> Moment:
    return Moment(clock.now_ns(), *_HALVES.unpack(clock.entropy()))
