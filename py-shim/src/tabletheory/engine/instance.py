"""One instance of the core, called by the rules of the canonical ABI (`wit/README.md`, "By hand").

Everything a call needs is passed in and out through the instance's memory. Addresses that come back are checked, so
that a broken instance can never make us read outside of it.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from typing import NamedTuple

import wasmtime

from ..transport import Request
from .calls import BrokenInstanceError, Calls

KEEP, CLOSE = -1, -2
"""What is to become of a connection; other values say how many bytes are missing at least, 0 when that is not known."""

_STEP = "B3xIIB3xIB3xII"  # tag, address, length (or text), whether there is a timer, timer, whether progress, its text
_STARTED = struct.Struct("<I" + _STEP)
_TURN = struct.Struct("<B3xI" + _STEP)
_REQUEST = struct.Struct("<I10IB3x")
_TEXT = struct.Struct("<II")
_RESULT = struct.Struct("<B3xII")
_FAILURES = {"connect": 0, "timeout": 1, "broken": 2, "refused": 3, "credentials": 4, "stale": 5}
_FATES = {0: KEEP, 1: CLOSE}


class RefusedError(Exception):
    """The core answered with an error document."""

    def __init__(self, document: bytes) -> None:
        super().__init__("refused by the core")
        self.document = document


class Run:
    """Send the requests; after so many milliseconds without another step, hand in `ELAPSED`."""

    __slots__ = ("progress", "requests", "wait")
    over = False

    def __init__(self, requests: list[Request], wait: int | None, progress: bytes | None = None) -> None:
        self.requests, self.wait, self.progress = requests, wait, progress


class NeedCredentials:
    """Hand in credentials, or say why there are none."""

    __slots__ = ()
    over = False
    requests = None


class _End:
    __slots__ = ("document",)
    over, failed = True, False

    def __init__(self, document: bytes) -> None:
        self.document = document


class Done(_End):
    """Over, with a result document."""

    __slots__ = ()


class Failed(_End):
    """Over, with an error document."""

    __slots__ = ()
    failed = True


Step = Run | NeedCredentials | Done | Failed


class Reply(NamedTuple):
    """What is handed in: the number of its case, status or kind of failure, up to two lists, and the request's id."""

    case: int
    number: int | None = None
    lists: tuple[bytes, ...] = ()
    request: int = 0


ELAPSED = Reply(4)
CANCELLED, DEADLINE = Reply(7, 0), Reply(7, 1)


def response(request: int, status: int, head: bytes, body: bytes) -> Reply:
    """A whole HTTP response."""
    return Reply(0, status, (head, body), request)


def failure(request: int, kind: str, message: str) -> Reply:
    """A request that got no response."""
    return Reply(1, _FAILURES[kind], (message.encode(errors="replace"),), request)


def ended(request: int) -> Reply:
    """The other side closed the connection after it had begun to reply."""
    return Reply(3, request=request)


def credentials(document: bytes) -> Reply:
    """Credentials JSON."""
    return Reply(5, None, (document,))


def no_credentials(where: str) -> Reply:
    """There are none; the text says where we looked."""
    return Reply(6, None, (where.encode(errors="replace"),))


class Moment(NamedTuple):
    """Nanoseconds since the Unix epoch, and two signed halves of 128 random bits."""

    nanos: int
    seed_high: int
    seed_low: int


Instant = tuple[int, int, int]
"""What a `Moment` is, for those in a hurry."""


class Instance:
    """One instance. Methods lock it, so it may be handed from thread to thread, but runs one call at a time."""

    def __init__(self, calls: Calls) -> None:
        self._memory, self.memory_size, self._function = calls.memory, calls.memory_size, calls.function
        self._functions = {name: calls.function(name) for name in _EXPORTS}
        self._realloc = self._functions["cabi_realloc"]
        self._start, self._started = self._functions["start"], self._functions["cabi_post_start"]
        self._resume, self._resumed = self._functions["resume"], self._functions["cabi_post_resume"]
        self._lock = threading.Lock()
        self._later: deque[tuple[str, int]] = deque()
        self.broken: BaseException | None = None
        self.users = 0
        """Operations under way. Kept by the pool."""
        self.clients: dict[int, int] = {}
        """Handles of the clients that are open here, by the number of the client. Kept by the pool."""

    def info(self) -> bytes:
        """The info document."""
        with self:
            area = self._functions["info"]()
            text = self._read(self._memory(), *_TEXT.unpack_from(self._memory(), area))
            self._functions["cabi_post_info"](area)
        return text

    def open(self, document: bytes, settings: bytes) -> int:
        """Opens a client and gives its handle. Raises `RefusedError`."""
        with self:
            area = self._functions["open"](*self._lower(document), *self._lower(settings))
            memory = self._memory()
            tag, handle, length = _RESULT.unpack_from(memory, area)
            text = self._read(memory, handle, length) if tag else b""
            self._functions["cabi_post_open"](area)
        if tag:
            raise RefusedError(text)
        return int(handle)

    def describe(self, client: int) -> bytes:
        """The models of a client. Raises `RefusedError`."""
        with self:
            area = self._functions["describe"](client)
            memory = self._memory()
            tag, address, length = _RESULT.unpack_from(memory, area)
            text = self._read(memory, address, length)
            self._functions["cabi_post_describe"](area)
        if tag:
            raise RefusedError(text)
        return text

    def explain(self, client: int, call: bytes, moment: Instant) -> bytes:
        """What a call would do. Raises `RefusedError`."""
        with self:
            area = self._function("explain")(client, *self._lower(call), *moment)
            memory = self._memory()
            tag, address, length = _RESULT.unpack_from(memory, area)
            text = self._read(memory, address, length)
            self._function("cabi_post_explain")(area)
        if tag:
            raise RefusedError(text)
        return text

    def start(self, client: int, call: bytes, moment: Instant) -> tuple[int, Step]:
        """Begins an operation: gives its handle and its first step."""
        with self:
            area = self._start(client, *self._lower(call), *moment)
            memory = self._memory()
            operation, tag, first, length, timed, wait, told, at, size = _STARTED.unpack_from(memory, area)
            step = self._step(memory, tag, first, length, timed, wait, told, at, size)
            self._started(area)
            return operation, step

    def receive(self, operation: int, request: int, data: bytes | memoryview, moment: Instant) -> tuple[int, Step]:
        """Hands in bytes of a connection. Says what is to become of it, and what to do."""
        with self:
            address, size = self._lower(data)
            return self._turn(self._resume(operation, request, 2, address, size, 0, 0, 0, *moment))

    def resume(self, operation: int, reply: Reply, moment: Instant) -> tuple[int, Step]:
        """Hands in any other reply."""
        with self:
            flat = [] if reply.number is None else [reply.number]
            for each in reply.lists:
                flat += self._lower(each)
            flat += [0] * (5 - len(flat))
            return self._turn(self._resume(operation, reply.request, reply.case, *flat, *moment))

    def abandon(self, operation: int) -> None:
        """Forgets an operation. May be called at any time, from anywhere, also by the garbage collector."""
        self._forget("abandon", operation)

    def close(self, client: int) -> None:
        """Forgets a client. May be called at any time, from anywhere."""
        self._forget("close", client)

    def __enter__(self) -> None:
        """Locks it. Whatever goes wrong until it is left, a trap, or nonsense that came back, breaks it for good."""
        self._lock.acquire()
        if self._later or self.broken is not None:
            try:
                self._settle()
            except BaseException:
                self._lock.release()
                raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if error is not None:
                self._break(error)
        finally:
            self._lock.release()

    def _forget(self, function: str, handle: int) -> None:
        self._later.append((function, handle))
        if self._lock.acquire(blocking=False):
            try:
                self._settle()
            except BrokenInstanceError:
                pass  # remembered; whoever uses the instance next hears of it
            finally:
                self._lock.release()

    def _settle(self) -> None:
        """Does what was put off."""
        if self.broken is not None:
            raise BrokenInstanceError("the instance broke down before") from self.broken
        try:
            while self._later:
                function, handle = self._later.popleft()
                self._functions[function](handle)
        except BaseException as error:
            self._break(error)
            raise

    def _break(self, error: BaseException) -> None:
        self.broken = error
        if isinstance(error, wasmtime.Trap | wasmtime.WasmtimeError):
            raise BrokenInstanceError("the core trapped") from error
        if isinstance(error, ValueError | struct.error | MemoryError):
            raise BrokenInstanceError("the core gave back nonsense") from error

    def _lower(self, data: bytes | memoryview) -> tuple[int, int]:
        """Copies bytes into the memory of the core, which owns them from then on."""
        size = len(data)
        if size == 0:
            return 1, 0
        address = self._realloc(0, 0, 1, size)
        self._memory()[address : address + size] = data  # a place outside of the memory has another size: a ValueError
        return address, size

    def _read(self, memory: memoryview, address: int, size: int) -> bytes:
        text = bytes(memory[address : address + size])
        if len(text) != size:
            raise ValueError("an address outside of the memory")
        return text

    def _turn(self, area: int) -> tuple[int, Step]:
        memory = self._memory()
        fate, missing, tag, first, length, timed, wait, told, at, size = _TURN.unpack_from(memory, area)
        step = self._step(memory, tag, first, length, timed, wait, told, at, size)
        self._resumed(area)
        return _FATES.get(fate, missing), step

    def _step(
        self,
        memory: memoryview,
        tag: int,
        first: int,
        length: int,
        timed: int,
        wait: int,
        told: int,
        at: int,
        size: int,
    ) -> Step:
        if tag == 0:
            places = range(first, first + length * _REQUEST.size, _REQUEST.size)
            requests = [self._request(memory, *_REQUEST.unpack_from(memory, place)) for place in places]
            return Run(requests, wait if timed else None, self._read(memory, at, size) if told else None)
        if tag == 1:
            return NeedCredentials()
        return (Done if tag == 2 else Failed)(self._read(memory, first, length))

    def _request(
        self,
        memory: memoryview,
        number: int,
        service: int,
        service_size: int,
        action: int,
        action_size: int,
        url: int,
        url_size: int,
        head: int,
        head_size: int,
        body: int,
        body_size: int,
        fresh: int,
    ) -> Request:
        return Request(
            number,
            str(memory[service : service + service_size], "utf-8"),
            str(memory[action : action + action_size], "utf-8"),
            str(memory[url : url + url_size], "utf-8"),
            str(memory[head : head + head_size], "utf-8") if head_size else "",
            self._read(memory, body, body_size),
            fresh != 0,
        )


_EXPORTS = (
    *("info", "open", "describe", "close", "start", "resume", "abandon", "cabi_realloc"),
    *(f"cabi_post_{name}" for name in ("info", "open", "describe", "start", "resume")),
)
