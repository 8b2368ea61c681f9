"""Loading the core: the cut, the cache, the contract version."""

from __future__ import annotations

import importlib.metadata
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime

from tabletheory import ContractVersionError, InternalError
from tabletheory.engine import module
from tabletheory.engine.pool import CONTRACT, Program, check_contract

from .conftest import NOTES


def component(wat: str) -> bytes:
    """A file that begins like a component: the module is its first section."""
    inner = bytes(wasmtime.wat2wasm(wat))
    size, length = b"", len(inner)
    while True:
        length, low = length >> 7, length & 0x7F
        size += bytes([low | (0x80 if length else 0)])
        if not length:
            break
    return b"\0asm\x0d\0\x01\0\x01" + size + inner + b"\0\x00"


SMALL = component('(module (func (export "f") (result i32) i32.const 7))')


def run(loaded: wasmtime.Module, engine: wasmtime.Engine) -> int:
    store = wasmtime.Store(engine)
    return int(wasmtime.Instance(store, loaded, []).exports(store)["f"](store))  # type: ignore[operator]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def engine() -> wasmtime.Engine:
    return module.new_engine(forked=False)


def test_the_module_is_cut_out_of_the_component() -> None:
    cut = module.core_module(module.COMPONENT.read_bytes())
    assert wasmtime.Module(wasmtime.Engine(), cut).imports == []


@pytest.mark.parametrize(
    "broken", [b"", b"\0asm\x01\0\0\0", SMALL[:8] + b"\x02" + SMALL[9:], SMALL[:20], SMALL[:12] + b"x" * 40]
)
def test_anything_else_is_refused(broken: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        module.core_module(broken)


def test_the_compiled_module_is_cached_and_taken_from_there(
    engine: wasmtime.Engine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(module.load(engine, SMALL, cache), engine) == 7
    (file,) = cache.iterdir()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"wasmtime-{importlib.metadata.version('wasmtime')}" in file.name

    def no_compiler(_: bytes) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(module, "core_module", no_compiler)
    assert run(module.load(engine, SMALL, cache), engine) == 7


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def one_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def with_right_checksum_but_not_of_wasmtime(file: Path) -> None:
    file.write_bytes(b"junk" + module._checksum(b"junk"))


def writable_by_others(file: Path) -> None:
    file.chmod(0o622)


def folder_writable_by_others(file: Path) -> None:
    file.parent.chmod(0o777)


def linked(file: Path) -> None:
    file.rename(file.parent / "elsewhere")
    file.symlink_to(file.parent / "elsewhere")


@pytest.mark.parametrize(
    "spoil",
    [
        truncated,
        one_bit,
        emptied,
        with_right_checksum_but_not_of_wasmtime,
        writable_by_others,
        folder_writable_by_others,
        linked,
    ],
)
def test_a_cache_file_that_cannot_be_trusted_is_compiled_anew(
    engine: wasmtime.Engine, cache: Path, spoil: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    module.load(engine, SMALL, cache)
    (file,) = cache.iterdir()
    spoil(file)
    compiled: list[bytes] = []
    cut = module.core_module
    monkeypatch.setattr(module, "core_module", lambda whole: compiled.append(whole) or cut(whole))  # type: ignore[func-returns-value]
    assert run(module.load(engine, SMALL, cache), engine) == 7
    assert compiled == [SMALL]
    cache.chmod(0o700)
    assert run(module.load(engine, SMALL, cache), engine) == 7
    assert compiled == [SMALL], "the file was not written anew"


def test_a_file_of_someone_else_is_not_trusted(
    engine: wasmtime.Engine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module.load(engine, SMALL, cache)
    (file,) = cache.iterdir()
    assert module._is_trusted(file)
    owners = {"here": 0}

    class Status:
        def __init__(self, status: os.stat_result) -> None:
            self.st_uid, self.st_mode = owners["here"], status.st_mode

    fstat, stat = os.fstat, os.stat
    for owner, trusted in ((12345, True), (0, True), (54321, False)):  # root may do anything anyway, and makes images
        owners["here"] = owner
        with monkeypatch.context() as patch:
            patch.setattr(os, "fstat", lambda of: Status(fstat(of)))
            patch.setattr(os, "stat", lambda of: Status(stat(of)))
            patch.setattr(os, "geteuid", lambda: 12345)
            assert module._is_trusted(file) is trusted


def test_without_a_place_for_the_cache_it_works_too(engine: wasmtime.Engine, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    assert run(module.load(engine, SMALL, in_the_way / "cache"), engine) == 7
    assert run(module.load(engine, SMALL, None), engine) == 7


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLETHEORY_CACHE_DIR", "/somewhere")
    assert module.cache_folder() == Path("/somewhere")
    monkeypatch.setenv("TABLETHEORY_CACHE_DIR", "")
    assert module.cache_folder() is None
    monkeypatch.delenv("TABLETHEORY_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert module.cache_folder() == Path("/xdg/tabletheory")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", "/home/u")
    assert module.cache_folder() == Path("/home/u/Library/Caches/tabletheory")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert module.cache_folder() == Path("/local/tabletheory")


def test_another_contract_version_is_refused() -> None:
    check_contract(f'{{"contract":{CONTRACT}}}')
    with pytest.raises(ContractVersionError) as caught:
        check_contract(f'{{"contract":{CONTRACT + 1}}}')
    assert f"version {CONTRACT + 1}" in str(caught.value)
    assert f"version {CONTRACT}" in str(caught.value)
    assert "install" in (caught.value.hint or "")


def test_a_missing_core_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="holds no core"):
        Program(tmp_path / "tabletheory.wasm").new_instance()


def test_importing_loads_nothing_heavy() -> None:
    script = """
        import sys
        import tabletheory
        heavy = {"wasmtime", "asyncio", "ssl", "http.client", "boto3", "botocore", "pydantic", "concurrent.futures"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        tabletheory.AsyncTableTheory
        assert "asyncio" in sys.modules and not {"wasmtime", "boto3"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_boto_is_not_loaded_while_the_environment_has_credentials() -> None:
    script = f"""
        import sys
        from tabletheory import TableTheory
        from tabletheory.testing import ScriptedTransport, answer
        transport = ScriptedTransport([answer()])
        with TableTheory({str(NOTES)!r}, region="eu-west-1", transport=transport) as db:
            assert db.model("Note").find("a", "b") is None
        assert not {{"boto3", "botocore", "asyncio", "http.client"}} & set(sys.modules)
    """
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, env=environment)
