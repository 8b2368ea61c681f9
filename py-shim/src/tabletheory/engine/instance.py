"""One instance of the core, called by the rules of the canonical ABI (`wit/README.md`, "By hand").

Everything a call needs is passed in and out through the instance's memory. Addresses that come back are checked, so
that a broken instance can never make us read outside of it.
"""

from __future__ import annotations

import ctypes
import struct
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import wasmtime

from ..transport import Request

_STEP = struct.Struct("<B3xIIB3xI")  # tag, address, length (or text), whether there is a timer, timer
_REQUEST = struct.Struct("<I10I")
_TEXT = struct.Struct("<II")
_RESULT = struct.Struct("<B3xII")
_FAILURES = ("connect", "timeout", "broken", "refused")


class BrokenInstanceError(Exception):
    """The instance trapped, or gave back nonsense. It must not be used any more."""


class RefusedError(Exception):
    """The core answered with an error document."""

    def __init__(self, document: str) -> None:
        super().__init__("refused by the core")
        self.document = document


@dataclass(frozen=True, slots=True)
class Run:
    """Send the requests; after so many milliseconds without another step, hand in `ELAPSED`."""

    requests: list[Request]
    wait: int | None


@dataclass(frozen=True, slots=True)
class NeedCredentials:
    """Hand in credentials, or say why there are none."""


@dataclass(frozen=True, slots=True)
class Done:
    """Over, with a result document."""

    document: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Over, with an error document."""

    document: str


Step = Run | NeedCredentials | Done | Failed


class Reply(NamedTuple):
    """What is handed in: the number of its case, status or kind of failure, up to two lists, and the request's id."""

    case: int
    number: int | None = None
    lists: tuple[bytes, ...] = ()
    request: int = 0


ELAPSED = Reply(2)


def response(request: int, status: int, head: bytes, body: bytes) -> Reply:
    """A whole HTTP response."""
    return Reply(0, status, (head, body), request)


def failure(request: int, kind: str, message: str) -> Reply:
    """A request that got no response."""
    return Reply(1, _FAILURES.index(kind), (message.encode(errors="replace"),), request)


def credentials(document: bytes) -> Reply:
    """Credentials JSON."""
    return Reply(3, None, (document,))


def no_credentials(where: str) -> Reply:
    """There are none; the text says where we looked."""
    return Reply(4, None, (where.encode(errors="replace"),))


class Moment(NamedTuple):
    """Nanoseconds since the Unix epoch, and two signed halves of 128 random bits."""

    nanos: int
    seed_high: int
    seed_low: int


class Instance:
    """One instance. Methods lock it, so it may be handed from thread to thread, but runs one call at a time."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        self._store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._functions: dict[str, Any] = {name: exports.get(name) for name in _EXPORTS}
        memory = exports.get("memory")
        if None in self._functions.values() or not isinstance(memory, wasmtime.Memory):
            raise BrokenInstanceError("the module does not export what the boundary asks for")
        self._memory = memory
        self._lock = threading.Lock()
        self._later: deque[tuple[str, int]] = deque()
        self.broken: BaseException | None = None
        self.users = 0
        """Operations under way. Kept by the pool."""
        self.clients: dict[int, int] = {}
        """Handles of the clients that are open here, by the number of the client. Kept by the pool."""

    def info(self) -> str:
        """The info document."""
        with self._lock:
            return str(self._texts("info", 0, _TEXT)[0])

    def open(self, document: bytes, settings: bytes) -> int:
        """Opens a client and gives its handle. Raises `RefusedError`."""
        with self._lock:
            address = self._call("open", *self._lower(document), *self._lower(settings))
            tag, handle, length = _RESULT.unpack(self._read(address, _RESULT.size))
            text = self._text(handle, length) if tag else ""
            self._call("cabi_post_open", address)
        if tag:
            raise RefusedError(text)
        return int(handle)

    def describe(self, client: int) -> str:
        """The models of a client. Raises `RefusedError`."""
        with self._lock:
            tag, text = self._texts("describe", 1, _RESULT, client)
        if tag:
            raise RefusedError(text)
        return str(text)

    def start(self, client: int, call: bytes, moment: Moment) -> tuple[int, Step]:
        """Begins an operation: gives its handle and its first step."""
        with self._lock:
            address = self._call("start", client, *self._lower(call), *moment)
            (operation,) = struct.unpack("<I", self._read(address, 4))
            step = self._step(address + 4)
            self._call("cabi_post_start", address)
        return operation, step

    def resume(self, operation: int, reply: Reply, moment: Moment) -> Step:
        """Hands in a reply."""
        with self._lock:
            flat = [] if reply.number is None else [reply.number]
            for each in reply.lists:
                flat += self._lower(each)
            flat += [0] * (5 - len(flat))
            address = self._call("resume", operation, reply.request, reply.case, *flat, *moment)
            step = self._step(address)
            self._call("cabi_post_resume", address)
        return step

    def abandon(self, operation: int) -> None:
        """Forgets an operation. May be called at any time, from anywhere, also by the garbage collector."""
        self._forget("abandon", operation)

    def close(self, client: int) -> None:
        """Forgets a client. May be called at any time, from anywhere."""
        self._forget("close", client)

    def memory_size(self) -> int:
        """Bytes of memory. It never shrinks."""
        return self._memory.data_len(self._store)

    def _forget(self, function: str, handle: int) -> None:
        self._later.append((function, handle))
        if self._lock.acquire(blocking=False):
            try:
                if self.broken is None:
                    self._call_later()
            except BrokenInstanceError:
                pass  # remembered; whoever uses the instance next hears of it
            finally:
                self._lock.release()

    def _call_later(self) -> None:
        while self._later:
            function, handle = self._later.popleft()
            self._call_now(function, handle)

    def _call(self, name: str, *arguments: int) -> int:
        if self.broken is not None:
            raise BrokenInstanceError("the instance broke down before") from self.broken
        if self._later:
            self._call_later()
        return self._call_now(name, *arguments)

    def _call_now(self, name: str, *arguments: int) -> int:
        try:
            result = self._functions[name](self._store, *arguments)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            self.broken = error
            raise BrokenInstanceError("the core trapped") from error
        return 0 if result is None else result & 0xFFFF_FFFF

    def _lower(self, data: bytes) -> tuple[int, int]:
        """Copies bytes into the memory of the core, which owns them from then on."""
        size = len(data)
        if size == 0:
            return 1, 0
        address = self._call("cabi_realloc", 0, 0, 1, size)
        ctypes.memmove(self._at(address, size), data, size)
        return address, size

    def _at(self, address: int, size: int) -> int:
        if address + size > self._memory.data_len(self._store):
            self.broken = ValueError("an address outside of the memory")
            raise BrokenInstanceError("the core gave back nonsense") from self.broken
        # Asked for each time: the memory moves when it grows.
        return ctypes.addressof(self._memory.data_ptr(self._store).contents) + address

    def _read(self, address: int, size: int) -> bytes:
        return ctypes.string_at(self._at(address, size), size) if size else b""

    def _text(self, address: int, size: int) -> str:
        return self._read(address, size).decode()

    def _texts(self, function: str, at: int, layout: struct.Struct, *arguments: int) -> Any:
        address = self._call(function, *arguments)
        values = list(layout.unpack(self._read(address, layout.size)))
        values[at : at + 2] = [self._text(*values[at : at + 2])]
        self._call("cabi_post_" + function, address)
        return values

    def _step(self, address: int) -> Step:
        tag, first, length, timed, wait = _STEP.unpack(self._read(address, _STEP.size))
        if tag == 0:
            area = self._read(first, length * _REQUEST.size)
            requests = [self._request(*fields) for fields in _REQUEST.iter_unpack(area)]
            return Run(requests, wait if timed else None)
        if tag == 1:
            return NeedCredentials()
        return (Done if tag == 2 else Failed)(self._text(first, length))

    def _request(self, number: int, *spans: int) -> Request:
        service, action, url, head = (self._text(*spans[at : at + 2]) for at in (0, 2, 4, 6))
        return Request(number, service, action, url, head, self._read(*spans[8:10]))


_EXPORTS = (
    *("info", "open", "describe", "close", "start", "resume", "abandon", "cabi_realloc"),
    *(f"cabi_post_{name}" for name in ("info", "open", "describe", "start", "resume")),
)
