"""A transport that fails on purpose."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..transport import AsyncTransport, Request, Response, Transport, TransportFailure
from .scripted import answer


@dataclass(frozen=True, slots=True)
class Status:
    """This status instead of an answer, for instance 500. The request is not sent."""

    status: int


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer comes so many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """Of a batch, so many items are not carried out, but given back as unprocessed. Other requests go through."""

    items: int


Fault = Literal["drop-before", "drop-after", "truncate", "throttle"] | Status | Delay | Unprocessed
"""What goes wrong with a request.

``drop-before``: no connection, it is not sent. ``drop-after``: it is sent, and the answer gets lost. ``truncate``: the
answer breaks off in the middle. ``throttle``: it is refused as too much, and not sent.
"""
Faults = Sequence[Fault | None] | Callable[[Request, int], Fault | None]


class FaultyTransport:
    """Sends requests by another transport, with faults. For local engines: a batch that is cut is not signed anew."""

    def __init__(self, inner: Any, faults: Faults) -> None:
        """`faults`: of each request in turn, or a function that says which the n-th (from 0) has. `None`: none."""
        self.signs = getattr(inner, "signs", False)
        self.attempts = 0
        """Requests so far, also those that were not sent."""
        self._inner: Any = inner
        self._faults = faults

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`."""
        inner: Transport = self._inner
        fault = self._next(request)
        refusal = _before(fault)
        if refusal is not None:
            return refusal
        sent, held = _cut(request, fault)
        response = inner.send(sent, timeout) if sent is not None else answer()
        if isinstance(fault, Delay):
            time.sleep(fault.seconds)
        return _after(request, fault, response, held)

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        """As `AsyncTransport.asend`."""
        inner: AsyncTransport = self._inner
        fault = self._next(request)
        refusal = _before(fault)
        if refusal is not None:
            return refusal
        sent, held = _cut(request, fault)
        response = await inner.asend(sent, timeout) if sent is not None else answer()
        if isinstance(fault, Delay):
            import asyncio

            await asyncio.sleep(fault.seconds)
        return _after(request, fault, response, held)

    def close(self) -> None:
        """Closes the other transport."""
        self._inner.close()

    async def aclose(self) -> None:
        """Closes the other transport."""
        await self._inner.aclose()

    def _next(self, request: Request) -> Fault | None:
        at, self.attempts = self.attempts, self.attempts + 1
        if callable(self._faults):
            return self._faults(request, at)
        return self._faults[at] if at < len(self._faults) else None


def _before(fault: Fault | None) -> Response | None:
    if fault == "drop-before":
        raise TransportFailure("connect", "dropped before it was sent")
    if fault == "throttle":
        return _refusal(400, "ThrottlingException")
    return _refusal(fault.status, "InternalServerError") if isinstance(fault, Status) else None


def _after(request: Request, fault: Fault | None, response: Response, held: dict[str, Any] | None) -> Response:
    if fault == "drop-after":
        raise TransportFailure("broken", "the answer got lost")
    if fault == "truncate":
        return replace(response, body=response.body[: len(response.body) // 2])
    if held is None or response.status != 200:
        return response
    body = json.loads(response.body)
    if request.action == "BatchGetItem":
        body = {"Responses": {}, **body, "UnprocessedKeys": held}
    else:
        body["UnprocessedItems"] = held
    head = re.sub(rb"(?im)^x-amz-crc32:.*\r?\n", b"", response.head)  # of another body
    return Response(200, head, json.dumps(body, ensure_ascii=False).encode())


def _cut(request: Request, fault: Fault | None) -> tuple[Request | None, dict[str, Any] | None]:
    """The request without the last items of its batch (`None`: nothing is left), and these."""
    if not isinstance(fault, Unprocessed) or request.action not in ("BatchGetItem", "BatchWriteItem"):
        return request, None
    body = json.loads(request.body)
    left: dict[str, Any] = {}
    held: dict[str, Any] = {}
    wanted = fault.items
    for table, entries in reversed(body["RequestItems"].items()):
        every = entries if isinstance(entries, list) else entries["Keys"]
        kept = max(0, len(every) - wanted)
        wanted -= len(every) - kept
        for into, part in ((left, every[:kept]), (held, every[kept:])):
            if part:
                into[table] = part if isinstance(entries, list) else {**entries, "Keys": part}
    if not left:
        return None, held
    return replace(request, body=json.dumps({**body, "RequestItems": left}, ensure_ascii=False).encode()), held


def _refusal(status: int, code: str) -> Response:
    return answer({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "on purpose"}, status)
