"""Time, randomness, transport and credentials of the driver's calls."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from tabletheory import Credentials, Request, Response, TransportFailure


class Clock:
    """The scripted clock of a call with a moment, else the real one."""

    def __init__(self) -> None:
        self.moment: tuple[int, bytes] | None = None
        self.waits: list[int] = []

    def begin(self, moment: Mapping[str, str] | None) -> None:
        self.moment = (int(moment["nanos"]), bytes.fromhex(moment["seed"])) if moment else None
        self.waits = []

    def advance(self, milliseconds: int) -> None:
        if self.moment is not None:
            self.moment = (self.moment[0] + milliseconds * 1_000_000, self.moment[1])

    def now_ns(self) -> int:
        return self.moment[0] if self.moment else time.time_ns()

    def entropy(self) -> bytes:
        return self.moment[1] if self.moment else os.urandom(16)

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds * 1000))
        if self.moment is None:
            time.sleep(seconds)
        else:
            self.advance(self.waits[-1])

    async def asleep(self, seconds: float) -> None:
        if self.moment is None:
            self.waits.append(round(seconds * 1000))
            await asyncio.sleep(seconds)
        else:
            self.sleep(seconds)


class Script:
    """The scripted transport."""

    signs = False

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.entries: list[dict[str, Any]] = []
        self.requests: list[dict[str, str]] = []

    def send(self, request: Request, timeout: float | None = None) -> Response:
        seen = {"action": request.action, "url": request.url, "head": request.head, "body": request.body.decode()}
        self.requests.append(seen)
        if not self.entries:
            raise TransportFailure("refused", "script used up")
        entry = self.entries.pop(0)
        self.clock.advance(entry.get("delay_ms", 0))
        if "failure" in entry:
            raise TransportFailure(entry["failure"], entry.get("message", ""))
        body = base64.b64decode(entry["body_base64"]) if "body_base64" in entry else entry.get("body", "").encode()
        return Response(entry["status"], entry.get("head", "").encode("latin-1"), body)

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        return self.send(request, timeout)

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def provider(given: list[dict[str, Any]]) -> Callable[[], Credentials | None]:
    """Hands out one after the other, the last one again and again."""
    left = [Credentials(**each) for each in given]
    return lambda: (left.pop(0) if len(left) > 1 else left[0]) if left else None
