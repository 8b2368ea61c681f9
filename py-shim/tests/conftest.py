"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
NOTES = REPOSITORY / "examples" / "notes.dms.yml"

for build in ("release", "debug"):
    program = REPOSITORY / "target" / build / "tabletheory"
    if program.exists():
        os.environ.setdefault("TABLETHEORY_LOCAL", str(program))


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the AWS settings or proxies of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    nothing = tmp_path / "empty"
    nothing.touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nothing))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nothing))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return


@pytest.fixture(scope="session")
def notes_document() -> str:
    return NOTES.read_text()
