"""Requests and responses in a file that people can read, one line of JSON each, and back from it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from ..transport import AsyncTransport, FailureKind, Request, Response, Transport, TransportFailure
from .diff import RequestMismatch, differences, readable

# Of other bytes than those that a replay gives.
_LEFT_OUT = ("x-amz-crc32:", "content-length:", "transfer-encoding:", "content-encoding:")


class RecordingTransport:
    """Sends requests by another transport and writes each, with its response or failure, as a line into a file.

    Other languages can replay it, too. Neither signatures nor credentials are written, but the items are.
    """

    def __init__(self, inner: Any, file: str | os.PathLike[str]) -> None:
        """`inner`: a transport, for instance `HttpTransport` or `AsyncHttpTransport`. Begins the file anew."""
        self.signs = getattr(inner, "signs", False)
        self._inner: Any = inner
        self._file = Path(file)
        self._file.write_text("")
        self._lock = threading.Lock()

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`."""
        inner: Transport = self._inner
        try:
            response = inner.send(request, timeout)
        except TransportFailure as error:
            self._write(request, {"failure": error.kind, "message": str(error)})
            raise
        self._write(request, _lines_of(response))
        return response

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        """As `AsyncTransport.asend`."""
        inner: AsyncTransport = self._inner
        try:
            response = await inner.asend(request, timeout)
        except TransportFailure as error:
            self._write(request, {"failure": error.kind, "message": str(error)})
            raise
        self._write(request, _lines_of(response))
        return response

    def close(self) -> None:
        """Closes the other transport."""
        self._inner.close()

    async def aclose(self) -> None:
        """Closes the other transport."""
        await self._inner.aclose()

    def _write(self, request: Request, answer: Mapping[str, Any]) -> None:
        line = {"action": request.action, "request": readable(request.body), **answer}
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


class ReplayTransport:
    """Answers requests from a recording: each with the first line, not used yet, that has the same action and body.

    Times and tokens are part of the requests: use a `FixedClock` in both runs.
    """

    def __init__(self, file: str | os.PathLike[str], *, signs: bool = False) -> None:
        """Reads the file. `signs`: the client's requests need no signature, as with `BotoTransport`.

        Raises `ValueError` when a line of it is not one of a recording.
        """
        self.signs = signs
        # Only these: `splitlines` also breaks at characters that stand unescaped in JSON strings.
        lines = Path(file).read_text(encoding="utf-8").split("\n")
        self._lines = [_line_of(line, number) for number, line in enumerate(lines, 1) if line.strip()]
        self._mismatch: RequestMismatch | None = None
        self._lock = threading.Lock()

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`."""
        with self._lock:
            line = self._take(request)
        if "failure" in line:
            raise TransportFailure(line["failure"], line.get("message", ""))
        body = line.get("body", "")
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        head = "".join(f"{each}\r\n" for each in line.get("head", ()))
        return Response(line["status"], head.encode("latin-1", "replace"), text.encode())

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        """As `AsyncTransport.asend`."""
        return self.send(request, timeout)

    def done(self) -> None:
        """For the end of a test: raises `RequestMismatch` unless every request was recorded and every line used."""
        if self._mismatch is not None:
            raise self._mismatch
        if self._lines:
            names = [line["action"] for line in self._lines]
            raise RequestMismatch(f"{len(names)} lines of the recording were not used", names)

    def close(self) -> None:
        """Does nothing."""

    async def aclose(self) -> None:
        """Does nothing."""

    def _take(self, request: Request) -> dict[str, Any]:
        body = readable(request.body)
        same = [line for line in self._lines if line["action"] == request.action]
        for line in same:
            if not any(differences(line["request"], body)):
                self._lines.remove(line)
                return line
        lines = [*differences(same[0]["request"], body)] if same else ["no such action is left"]
        mismatch = RequestMismatch(f"this `{request.action}` is not in the recording", lines)
        self._mismatch = self._mismatch or mismatch
        raise TransportFailure("refused", str(mismatch)) from mismatch


def _lines_of(response: Response) -> dict[str, Any]:
    head = [line for line in response.head.decode("latin-1").splitlines() if line]
    kept = [line for line in head if not line.lower().startswith(_LEFT_OUT)]
    return {"status": response.status, "head": kept, "body": readable(response.body)}


def _line_of(text: str, number: int) -> dict[str, Any]:
    what = f"line {number} is not one of a recording"
    try:
        line: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    if not {"action", "request"} <= line.keys():
        raise ValueError(f"{what}: it has no `action` or no `request`")
    if "failure" not in line:
        if not {"status", "body"} <= line.keys():
            raise ValueError(f"{what}: it has neither `status` and `body` nor `failure`")
    elif line["failure"] not in get_args(FailureKind):
        raise ValueError(f"{what}: the failure `{line['failure']}` is not known")
    return line
