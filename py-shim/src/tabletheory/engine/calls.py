"""How the functions of an instance are called, and its memory is reached: two ways that do the same.

`PublicCalls` uses wasmtime's own Python API, which spends 60 µs on a call, most of them on asking for the types of the
function again. `DirectCalls` takes less than one: it calls wasmtime's C library (`wasmtime_func_call_unchecked`) with
arguments that were laid out once. It relies on inner parts of the package `wasmtime`, so it is used only where they
look as expected and `direct_calls_work` has seen them give the same answers.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Any, Protocol

import wasmtime

Call = Callable[..., int]

_SIGNATURES = {
    "info": "",
    "check": "iiii",
    "open": "iiii",
    "describe": "i",
    "explain": "iiiqqq",
    "close": "i",
    "start": "iiiqqq",
    "resume": "iiiiiiiiqqq",
    "abandon": "i",
    "cabi_realloc": "iiii",
    **{f"cabi_post_{name}": "i" for name in ("info", "check", "open", "describe", "explain", "start", "resume")},
}
"""Parameters of the exports, `i` for 32 and `q` for 64 bits. All that give something give 32 bits."""


class BrokenInstanceError(Exception):
    """The instance trapped, or gave back nonsense, or has not the exports of the boundary. It must not be used."""


class Calls(Protocol):
    """The functions and the memory of one instance."""

    def function(self, name: str) -> Call:
        """An exported function. Raises `BrokenInstanceError`; calling it `Trap` or `WasmtimeError`."""

    def memory(self) -> memoryview:
        """The memory as it is now. To be asked for again after every call: it moves when it grows."""

    def memory_size(self) -> int:
        """Bytes of memory."""


class PublicCalls:
    """By wasmtime's public API."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        self._store = wasmtime.Store(engine)
        self._exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        memory = self._exports.get("memory")
        if not isinstance(memory, wasmtime.Memory):
            raise BrokenInstanceError("the module does not export a memory")
        self._memory = memory

    def function(self, name: str) -> Call:
        """As `Calls.function`."""
        function, store = self._export(name), self._store

        def call(*arguments: int) -> int:
            result = function(store, *arguments)
            return 0 if result is None else int(result) & 0xFFFF_FFFF

        return call

    def memory(self) -> memoryview:
        """As `Calls.memory`."""
        return memoryview(self._memory.get_buffer_ptr(self._store)).cast("B")

    def memory_size(self) -> int:
        """As `Calls.memory_size`."""
        return self._memory.data_len(self._store)

    def _export(self, name: str) -> wasmtime.Func:
        function = self._exports.get(name)
        if not isinstance(function, wasmtime.Func):
            raise BrokenInstanceError(f"the module does not export `{name}`")
        return function


class DirectCalls(PublicCalls):
    """By wasmtime's C library."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        super().__init__(engine, module)
        self._library = _Library.get()
        self._context = ctypes.cast(self._store._context(), ctypes.c_void_p).value
        self._address = ctypes.addressof(self._memory._memory)
        self._size = -1
        self._view = memoryview(b"")
        # One area for the arguments and results of all functions: an instance runs one call at a time.
        self._area = ctypes.create_string_buffer(16 * max(map(len, _SIGNATURES.values())))
        self._result = memoryview(self._area).cast("B").cast("I")
        self._trap = ctypes.c_void_p()

    def function(self, name: str) -> Call:
        """As `Calls.function`."""
        function = self._export(name)._func
        parameters = _SIGNATURES[name]
        # Each in a slot of 16 bytes.
        pack = struct.Struct("<" + "".join("I12x" if each == "i" else "q8x" for each in parameters)).pack_into
        call_unchecked, fail = self._library.call, self._fail
        context, area, result, trap = self._context, self._area, self._result, self._trap
        address, at, trap_at = ctypes.addressof(function), ctypes.addressof(area), ctypes.addressof(trap)
        slots = max(len(parameters), 1)

        def call(*arguments: int, _kept: Any = function) -> int:
            pack(area, 0, *arguments)
            error = call_unchecked(context, address, at, slots, trap_at)
            if error or trap:
                fail(error)
            return result[0]  # means nothing for a function that gives nothing

        return call

    def memory(self) -> memoryview:
        """As `Calls.memory`."""
        size = self._library.memory_size(self._context, self._address)
        if size != self._size:
            start = self._library.memory_data(self._context, self._address)
            self._view = memoryview((ctypes.c_ubyte * size).from_address(start)).cast("B")
            self._size = size
        return self._view

    def memory_size(self) -> int:
        """As `Calls.memory_size`."""
        return int(self._library.memory_size(self._context, self._address))

    def _fail(self, error: int | None) -> None:
        bindings = self._library.bindings
        if error:
            raise wasmtime.WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(bindings.wasmtime_error_t)))
        trap, self._trap.value = self._trap.value, None
        raise wasmtime.Trap._from_ptr(ctypes.cast(trap or 0, ctypes.POINTER(bindings.wasm_trap_t)))


class _Library:
    """The functions of wasmtime's C library that are called directly, where they are declared as expected."""

    _only: _Library | None = None

    @classmethod
    def get(cls) -> _Library:
        if cls._only is None:
            cls._only = cls()
        return cls._only

    def __init__(self) -> None:
        from wasmtime import _ffi as bindings

        self.bindings: Any = bindings
        pointer, size = ctypes.POINTER, ctypes.c_size_t
        context = pointer(bindings.wasmtime_context_t)
        memory = [context, pointer(bindings.wasmtime_memory_t)]
        call = [
            context,
            pointer(bindings.wasmtime_func_t),
            pointer(bindings.wasmtime_val_raw_t),
            size,
            pointer(pointer(bindings.wasm_trap_t)),
        ]
        if ctypes.sizeof(bindings.wasmtime_val_raw_t) != 16 or ctypes.sizeof(ctypes.c_void_p) != 8:
            raise TypeError("values are laid out in another way")
        self.call = _direct(bindings.dll.wasmtime_func_call_unchecked, pointer(bindings.wasmtime_error_t), call)
        self.memory_size = _direct(bindings.dll.wasmtime_memory_data_size, size, memory)
        self.memory_data = _direct(bindings.dll.wasmtime_memory_data, pointer(ctypes.c_uint8), memory)


def _direct(function: Any, result: Any, parameters: list[Any]) -> Callable[..., Any]:
    """A C function that takes plain addresses. The package's declarations come from wasmtime's own header.

    It keeps the interpreter's lock: to give it away and wait for it again can take longer than what is called here.
    """
    if function.restype is not result or list(function.argtypes) != parameters:
        raise TypeError(f"`{function.__name__}` is declared in another way")
    plain = [ctypes.c_size_t if each is ctypes.c_size_t else ctypes.c_void_p for each in (result, *parameters)]
    return ctypes.PYFUNCTYPE(*plain)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def direct_calls_work(engine: wasmtime.Engine, module: wasmtime.Module) -> bool:
    """Whether direct calls give what public calls give: texts in and out, numbers of both sizes, and growing memory."""
    try:
        return _sample(DirectCalls(engine, module)) == _sample(PublicCalls(engine, module))
    except Exception:
        # Whatever it is: public calls work everywhere.
        return False


def _sample(calls: Calls) -> list[bytes]:
    """What some calls of the core give: `info`, `check` of a document, and `start` without a client."""
    large = 2 << 20
    address = calls.function("cabi_realloc")(0, 0, 1, large)
    calls.memory()[address + large - 1] = 1
    document = b'{"dms_version":"0.2","models":[{"name":"N","nonsense":1}]}'
    address = calls.function("cabi_realloc")(0, 0, 1, len(document))
    calls.memory()[address : address + len(document)] = document
    texts = []
    for name, arguments, at in (
        ("info", (), 0),
        ("check", (address, len(document), 1, 0), 0),
        ("start", (7, 1, 0, 2**62, -1, 1), 8),
    ):
        area = calls.function(name)(*arguments)
        memory = calls.memory()
        start, length = struct.unpack_from("<II", memory, area + at)
        texts.append(bytes(memory[start : start + length]))
        calls.function("cabi_post_" + name)(area)
    return texts
