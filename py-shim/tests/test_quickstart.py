"""The samples of the README, run as they stand."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tabletheory.testing import Local

from .conftest import NOTES

README = Path(__file__).parent.parent / "README.md"


def test_the_quick_start_does_what_it_says(
    tabletheory_local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.dms.yml").write_text(NOTES.read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", tabletheory_local.endpoint)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    scope: dict[str, object] = {"__name__": "quickstart"}
    samples = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    for sample in samples:
        exec(compile(sample, str(README), "exec", dont_inherit=True), scope)
        if "async def main" in sample:
            asyncio.run(scope["main"]())  # type: ignore[operator]
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"0 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", lines[0])
    assert lines[1:5] == ["ho 1", "ErrVersionConflict", "ho", "None"]
    assert "'title': 'ho'" in lines[5]
    assert lines[6:] == ["0 1"]
