"""A transport that answers from a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..transport import Request, Response, TransportFailure
from .diff import RequestMismatch, differences, readable

Answer = Response | TransportFailure | Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Expected:
    """An answer, and the request that it is for. Made by `expect`."""

    action: str
    body: Mapping[str, Any] | None
    answer: Answer


Scripted = Answer | Expected


def expect(action: str, body: Mapping[str, Any] | None = None, answer: Answer | None = None) -> Expected:
    """An entry of a script for this request only: ``expect("GetItem", {"TableName": "notes", …}, answer(…))``.

    `body`: the whole body as JSON; any, when left out. `answer`: an empty success when left out.
    """
    return Expected(action, body, answer if answer is not None else _success())


class ScriptedTransport:
    """Answers requests one after the other from a script, and remembers them. For both clients.

    A request that is not the expected one, or for which the script has no more answers, is refused; `done` tells.
    """

    signs = False

    def __init__(self, script: Iterable[Scripted] = ()) -> None:
        """`script`: responses, failures, functions that make a response of the request, and what `expect` makes."""
        self.script = list(script)
        """What is still to come."""
        self.requests: list[Request] = []
        """What was sent."""
        self._mismatch: RequestMismatch | None = None

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`."""
        self.requests.append(request)
        if not self.script:
            self._mismatch = self._mismatch or RequestMismatch(f"`{request.action}` was not expected", [])
            raise TransportFailure("refused", "script used up")
        entry = self.script.pop(0)
        if isinstance(entry, Expected):
            self._check(request, entry)
            entry = entry.answer
        if isinstance(entry, TransportFailure):
            raise entry
        return entry if isinstance(entry, Response) else entry(request)

    def done(self) -> None:
        """For the end of a test: raises `RequestMismatch` unless every request was expected and every answer used."""
        if self._mismatch is not None:
            raise self._mismatch
        if self.script:
            names = [each.action if isinstance(each, Expected) else "any request" for each in self.script]
            raise RequestMismatch(f"{len(names)} answers of the script were not used", names)

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        """As `AsyncTransport.asend`."""
        return self.send(request, timeout)

    def close(self) -> None:
        """Does nothing."""

    async def aclose(self) -> None:
        """Does nothing."""

    def _check(self, request: Request, expected: Expected) -> None:
        lines = [*differences(expected.action, request.action, "action")]
        if expected.body is not None:
            lines += differences(json.loads(json.dumps(expected.body)), readable(request.body))
        if lines:
            mismatch = RequestMismatch(f"request {len(self.requests)} is not the expected one", lines)
            self._mismatch = self._mismatch or mismatch
            raise TransportFailure("refused", str(mismatch)) from mismatch


def answer(
    body: str | Mapping[str, Any] = "{}", status: int = 200, headers: Sequence[tuple[str, str]] = ()
) -> Response:
    """A response for a script. `body`: its text, or an object that is written as JSON."""
    head = "".join(f"{name}: {value}\r\n" for name, value in (("x-amzn-requestid", "R1"), *headers))
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(status, head.encode("latin-1"), text.encode())


def _success() -> Response:
    return answer()
