"""Loads the core: cuts its module out of the component, compiles it, and keeps the compiled form on disk.

Compiling takes a good part of a second, loading the compiled form less than a hundredth of it. The compiled form is
native code, so a cache file is only used when nobody else can have written it and its checksum is right; anything else
is compiled again.
"""

from __future__ import annotations

import os
import platform
import sys
from binascii import crc32
from collections.abc import Callable
from pathlib import Path

import wasmtime

COMPONENT = Path(__file__).parent.parent / "_core" / "tabletheory.wasm"
"""The component of the core, the same file in the packages of all languages."""

_CHECKSUM = 8


def core_module(component: bytes) -> bytes:
    """Cuts the core module out of the component: it is the first section."""
    if component[:8] != b"\0asm\x0d\0\x01\0" or component[8:9] != b"\x01":
        raise ValueError("not a component whose first section is a core module")
    size, at, shift = 0, 9, 0
    while True:
        byte = component[at]
        size |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    module = component[at : at + size]
    if len(module) != size or module[:8] != b"\0asm\x01\0\0\0":
        raise ValueError("the component is cut short")
    return module


def new_engine(*, forked: bool) -> wasmtime.Engine:
    """Makes an engine that keeps working in a process that was forked."""
    config = wasmtime.Config()
    # The thread that listens on Mach ports does not exist in a forked process; neither do the threads of the compiler.
    config.macos_use_mach_ports = False
    config.parallel_compilation = not forked
    return wasmtime.Engine(config)


def load(engine: wasmtime.Engine, component: bytes, cache: Path | None) -> wasmtime.Module:
    """Takes the compiled module from the cache folder, or compiles it and leaves it there. No folder: compiles."""
    if cache is None:
        return wasmtime.Module(engine, core_module(component))
    file = cache / _file_name(component)
    if _is_trusted(file):
        try:
            # Mapped, not read: most of it is never needed.
            return wasmtime.Module.deserialize_file(engine, str(file))
        except wasmtime.WasmtimeError:
            pass  # another processor, or other settings of wasmtime
    module = wasmtime.Module(engine, core_module(component))
    try:
        _write(file, module.serialize())
    except OSError:
        pass  # read-only home, full disk: the next process compiles again
    return module


def cache_folder() -> Path | None:
    """Where compiled modules are kept: `TABLETHEORY_CACHE_DIR` (empty: nowhere), else the user's own cache folder."""
    named = os.environ.get("TABLETHEORY_CACHE_DIR")
    if named is not None:
        return Path(named) if named else None
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None  # a user without a home
    return base / "tabletheory"


def _checksum(content: bytes | bytearray | memoryview) -> bytes:
    """Tells a file that was cut short or has gone bad. Against somebody who means harm there are the file's rights."""
    return crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")


def _file_name(component: bytes) -> str:
    return f"{_checksum(component).hex()}-wasmtime-{_version()}-{sys.platform}-{platform.machine()}.bin"


def _version() -> str:
    """The version of wasmtime, by the folder that pip leaves beside it: asking for it properly takes 20 ms."""
    folder = os.path.dirname(os.path.dirname(wasmtime.__file__))
    found = [name for name in os.listdir(folder) if name.startswith("wasmtime-") and name.endswith(".dist-info")]
    if len(found) == 1:
        return found[0].removeprefix("wasmtime-").removesuffix(".dist-info")
    import importlib.metadata

    return importlib.metadata.version("wasmtime")


def _is_trusted(file: Path) -> bool:
    try:
        with open(file, "rb", opener=_open_own) as opened:
            content = opened.read()
    except OSError:
        return False
    # At the end, where the loader of the compiled form does not look.
    return content[-_CHECKSUM:] == _checksum(memoryview(content)[:-_CHECKSUM])


def _open_own(path: str, flags: int) -> int:
    """Opens a file that belongs to this user or to root, in a folder that does, both writable by nobody else."""
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))
    current_user: Callable[[], int] | None = getattr(
        os, "geteuid", None
    )  # absent on Windows, where profiles are private
    if current_user is not None:
        for status in (os.fstat(descriptor), os.stat(os.path.dirname(path))):
            if status.st_uid not in (current_user(), 0) or status.st_mode & 0o022:
                os.close(descriptor)
                raise PermissionError("others may have written the cache file")
    return descriptor


def _write(file: Path, compiled: bytes | bytearray) -> None:
    import tempfile  # slow to import, rarely needed

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=".writing-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(compiled)
            opened.write(_checksum(compiled))
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
