"""For tests: a local DynamoDB, a transport that answers from a script, a clock that stands still."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from .credentials import Credentials
from .transport import Request, Response, TransportFailure

LOCAL_CREDENTIALS = Credentials("local", "local")
"""Credentials that a local DynamoDB accepts."""
LOCAL_REGION = "eu-west-1"
"""The region of `Local.options`."""

Scripted = Response | TransportFailure | Callable[[Request], Response]


class Local:
    """Runs ``tabletheory local``, a DynamoDB on this machine in memory, as long as the ``with`` block lasts.

    The program is the one of the environment variable `TABLETHEORY_LOCAL`, else `tabletheory` on the path.
    """

    def __init__(self, *arguments: str, program: str | None = None) -> None:
        """`arguments`: further ones, for instance ``"--file", "data.sqlite"``."""
        found = program or os.environ.get("TABLETHEORY_LOCAL") or shutil.which("tabletheory")
        if not found:
            raise FileNotFoundError("no `tabletheory` on the path: set TABLETHEORY_LOCAL to where the program is")
        self._command = [found, "local", "--port", "0", "--stop-with-stdin", *arguments]
        self._process: subprocess.Popen[str] | None = None
        self.endpoint = ""
        """Its URL."""

    @property
    def options(self) -> dict[str, Any]:
        """Options for a client: ``TableTheory("notes.dms.yml", **local.options)``."""
        return {"endpoint": self.endpoint, "region": LOCAL_REGION, "credentials": LOCAL_CREDENTIALS}

    def start(self) -> Self:
        """Starts it, and waits until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)  # noqa: S603
        line = self._process.stdout.readline() if self._process.stdout else ""
        match = re.search(r"https?://[^\s\"]+", line)
        if match is None:
            self.stop()
            raise RuntimeError("`tabletheory local` did not start")
        self.endpoint = match[0]
        return self

    def stop(self) -> None:
        """Stops it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdout, process.stdin):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


class ScriptedTransport:
    """Answers requests one after the other from a script, and remembers them. For both clients."""

    signs = False

    def __init__(self, script: Iterable[Scripted] = ()) -> None:
        """`script`: responses, failures, or functions that make a response of the request."""
        self.script = list(script)
        """What is still to come."""
        self.requests: list[Request] = []
        """What was sent."""

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`."""
        self.requests.append(request)
        if not self.script:
            raise TransportFailure("refused", "script used up")
        answer = self.script.pop(0)
        if isinstance(answer, TransportFailure):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        """As `AsyncTransport.asend`."""
        return self.send(request, timeout)

    def close(self) -> None:
        """Does nothing."""

    async def aclose(self) -> None:
        """Does nothing."""


def answer(body: str = "{}", status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """A response for a script."""
    head = "".join(f"{name}: {value}\r\n" for name, value in (("x-amzn-requestid", "R1"), *headers))
    return Response(status, head.encode("latin-1"), body.encode())


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
