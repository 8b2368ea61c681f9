"""Reads HTTP/1.1 responses from bytes as they come. Does no I/O; used by the asyncio transport.

Stricter than the standard where leniency would be dangerous: two different lengths, a length beside a transfer coding,
an unknown transfer coding, or a malformed chunk are errors.
"""

from __future__ import annotations

import re

from . import Response

LARGEST_HEAD = 64 << 10
"""Bytes of status line and headers together."""
LARGEST_BODY = 256 << 20
"""Bytes of body."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?")
_CHUNK_LINE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?")


class ProtocolError(Exception):
    """What came is not an HTTP/1.1 response."""


class ResponseReader:
    """One response. `feed` it until `response` is there."""

    def __init__(self, *, tunnel: bool = False) -> None:
        """`tunnel`: the response to a CONNECT, which has no body when it agrees."""
        self.response: Response | None = None
        """The response, once it is complete."""
        self.reusable = False
        """Whether the connection may be used again."""
        self._tunnel = tunnel
        self._buffer = bytearray()
        self._status = 0
        self._head = b""
        self._body = bytearray()
        # What comes next: the head, a body of so many bytes, chunks, or whatever comes until the end.
        self._stage = self._read_head
        self._left = 0

    def feed(self, data: bytes) -> None:
        """Takes bytes. Raises `ProtocolError`."""
        if self.response is not None:
            self.reusable = False
            return  # more than one response for one request: this connection is not used again
        self._buffer += data
        while self.response is None and self._stage():
            pass
        if self.response is not None and self._buffer:
            self.reusable = False

    def end(self) -> None:
        """The connection ended. Raises `ProtocolError` when the response is not complete."""
        self.reusable = False
        if self.response is None:
            if self._stage != self._read_to_end:
                raise ProtocolError("the connection was closed before the response was complete")
            self._complete()

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end > LARGEST_HEAD or (end < 0 and len(self._buffer) > LARGEST_HEAD):
            raise ProtocolError("the head of the response is too long")
        if end < 0:
            return False
        status_line, _, head = bytes(self._buffer[: end + 2]).partition(b"\r\n")
        del self._buffer[: end + 4]
        match = _STATUS_LINE.fullmatch(status_line)
        if match is None:
            raise ProtocolError("the response does not begin like one of HTTP/1.1")
        self._status = int(match[2])
        if self._status < 200:
            if self._status == 101:
                raise ProtocolError("the server switched protocols")
            return True  # interim: the real one follows
        self._head = head
        self._begin_body(_fields(head), http_11=match[1] == b"1")
        return True

    def _begin_body(self, fields: dict[bytes, list[bytes]], *, http_11: bool) -> None:
        lengths = {part.strip() for value in fields.get(b"content-length", ()) for part in value.split(b",")}
        codings = fields.get(b"transfer-encoding", [])
        wishes = {part.strip().lower() for value in fields.get(b"connection", ()) for part in value.split(b",")}
        self.reusable = b"close" not in wishes and (http_11 or b"keep-alive" in wishes)
        if self._status in (204, 304) or (self._tunnel and self._status < 300):
            self._complete()
        elif codings:
            if lengths or [each.strip().lower() for each in codings] != [b"chunked"]:
                raise ProtocolError("the transfer coding of the response is not supported")
            self._stage = self._read_chunk_line
        elif lengths:
            (length, *others) = lengths
            if others or not length.isdigit() or len(length) > 15:
                raise ProtocolError("the length of the response is not clear")
            self._left = int(length)
            if self._left > LARGEST_BODY:
                raise ProtocolError("the response is too long")
            self._stage = self._read_counted
        else:
            self.reusable = False
            self._stage = self._read_to_end

    def _read_counted(self) -> bool:
        if len(self._buffer) < self._left:
            return False
        self._move(self._left)
        self._complete()
        return True

    def _read_to_end(self) -> bool:
        self._move(len(self._buffer))
        return False

    def _read_chunk_line(self) -> bool:
        line = self._line()
        if line is None:
            return False
        match = _CHUNK_LINE.fullmatch(line)
        if match is None:
            raise ProtocolError("a chunk of the response is malformed")
        self._left = int(match[1], 16)
        self._stage = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        if len(self._buffer) < self._left + 2:
            if self._left > LARGEST_BODY:
                raise ProtocolError("the response is too long")
            return False
        self._move(self._left)
        if self._buffer[:2] != b"\r\n":
            raise ProtocolError("a chunk of the response is malformed")
        del self._buffer[:2]
        self._stage = self._read_chunk_line
        return True

    def _read_trailer(self) -> bool:
        line = self._line()
        if line == b"":
            self._complete()
        return line is not None

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end > LARGEST_HEAD or (end < 0 and len(self._buffer) > LARGEST_HEAD):
            raise ProtocolError("a line of the response is too long")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _move(self, size: int) -> None:
        if len(self._body) + size > LARGEST_BODY:
            raise ProtocolError("the response is too long")
        self._body += self._buffer[:size]
        del self._buffer[:size]

    def _complete(self) -> None:
        self.response = Response(self._status, self._head, bytes(self._body))


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\r\n")[:-1]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name[-1:].isspace() or name[:1].isspace():
            raise ProtocolError("a header line of the response is malformed")
        fields.setdefault(name.lower(), []).append(value.strip())
    return fields
