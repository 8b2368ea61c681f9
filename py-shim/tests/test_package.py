"""What is published: the source distribution and the wheel made of it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest

from .conftest import REPOSITORY

ROOT = Path(__file__).parent.parent
CANONICAL = REPOSITORY / "go-shim" / "internal" / "engine" / "tabletheory.wasm"
CORE = "tabletheory/_core/tabletheory.wasm"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_both_hold_the_component_of_all_packages(built: tuple[Path, Path]) -> None:
    sdist, wheel = built
    expected = digest(CANONICAL.read_bytes())
    with tarfile.open(sdist) as archive:
        (name,) = (name for name in archive.getnames() if name.endswith(CORE))
        packed = archive.extractfile(name)
        assert packed is not None
        assert digest(packed.read()) == expected
    with zipfile.ZipFile(wheel) as zipped:
        assert digest(zipped.read(CORE)) == expected
        names = zipped.namelist()
    assert "tabletheory/py.typed" in names
    assert not [name for name in names if name.startswith(("tests", "tools", "contract"))]
    for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
        assert (ROOT / licence).read_text() == (REPOSITORY / licence).read_text()
        assert [name for name in names if name.endswith(f"licenses/{licence}")]


def test_the_wheel_is_for_every_platform_and_needs_one_thing(built: tuple[Path, Path]) -> None:
    wheel = built[1]
    assert wheel.name == "tabletheory-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as zipped:
        (name,) = (name for name in zipped.namelist() if name.endswith("METADATA"))
        metadata = zipped.read(name).decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert required == ["Requires-Dist: wasmtime<60,>=39"]


def test_the_wheel_works_where_it_is_installed(built: tuple[Path, Path], tmp_path: Path) -> None:
    place = tmp_path / "site"
    with zipfile.ZipFile(built[1]) as zipped:
        zipped.extractall(place)
    script = f"""
        import sys
        sys.path.insert(0, {str(place)!r})
        import tabletheory
        assert tabletheory.__file__.startswith({str(place)!r})
        from tabletheory.engine.pool import PROGRAM
        print(PROGRAM.new_instance().info().decode())
    """
    command = [sys.executable, "-P", "-c", textwrap.dedent(script)]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert '"contract":2' in out


def test_the_version_is_one(built: tuple[Path, Path]) -> None:
    import tabletheory

    assert f"tabletheory-{tabletheory.__version__}-" in built[1].name
