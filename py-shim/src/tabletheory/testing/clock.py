"""A clock that does what a test says."""

from __future__ import annotations


class FixedClock:
    """A clock that stands still until someone sleeps; sleeping takes no time, and is written down."""

    def __init__(self, nanos: int = 1_767_225_600_000_000_000, seed: bytes = bytes(16)) -> None:
        """`nanos`: nanoseconds since the Unix epoch. `seed`: the 16 bytes that every draw gives."""
        self.nanos, self.seed = nanos, seed
        self.waits: list[int] = []
        """Milliseconds slept, in order."""

    def now_ns(self) -> int:
        """The time at which the clock stands."""
        return self.nanos

    def entropy(self) -> bytes:
        """Always the same 16 bytes."""
        return self.seed

    def sleep(self, seconds: float) -> None:
        """Moves the clock on."""
        self.waits.append(round(seconds * 1000))
        self.nanos += round(seconds * 1_000_000_000)

    async def asleep(self, seconds: float) -> None:
        """Moves the clock on."""
        self.sleep(seconds)
