"""The samples of the README and of the guide, run as they stand."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tabletheory import TableTheory
from tabletheory.testing import Local

from .conftest import NOTES, REPOSITORY

README = Path(__file__).parent.parent / "README.md"
GUIDE = REPOSITORY / "docs" / "python.md"


def run(document: Path, engine: Local, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = NOTES.read_text().replace("tabletheory-demo-notes", f"samples-{document.stem.lower()}")
    (folder / "notes.dms.yml").write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine.endpoint)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    scope: dict[str, object] = {"__name__": "samples"}
    samples = re.findall(r"```python\n(.*?)```", document.read_text(), re.S)
    assert samples
    for sample in samples:
        exec(compile(sample, str(document), "exec", dont_inherit=True), scope)
        if "async def main" in sample and "asyncio.run" not in sample:
            asyncio.run(scope["main"]())  # type: ignore[operator]
        if "def test_notes" in sample:
            scope["test_notes"](engine)  # type: ignore[operator]
    db = scope["db"]
    assert isinstance(db, TableTheory)
    db.close()


def test_the_quick_start_does_what_it_says(
    tabletheory_local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(README, tabletheory_local, tmp_path, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"0 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", lines[0])
    assert lines[1:5] == ["ho 1", "ErrVersionConflict", "ho", "None"]
    assert lines[5] == "n#1"
    assert "'title': 'ho'" in lines[6]
    assert lines[7:] == ["0 1"]


def test_the_guide_does_what_it_says(
    tabletheory_local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(GUIDE, tabletheory_local, tmp_path, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("{'total': ")
    assert lines[1:] == ["3", "ho"]
