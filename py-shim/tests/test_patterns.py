"""The programs in `examples/python/patterns` print what they say they print."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tabletheory.testing import LOCAL_CREDENTIALS, LOCAL_REGION, Local

from .conftest import REPOSITORY

FOLDER = REPOSITORY / "examples" / "python" / "patterns"
PATTERNS = sorted(file.stem for file in FOLDER.glob("*.py") if file.stem != "main")


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_prints_what_it_says(name: str, tabletheory_local: Local) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "AWS_ENDPOINT_URL_DYNAMODB": tabletheory_local.endpoint,
        "AWS_REGION": LOCAL_REGION,
        "AWS_ACCESS_KEY_ID": LOCAL_CREDENTIALS.access_key_id,
        "AWS_SECRET_ACCESS_KEY": LOCAL_CREDENTIALS.secret_access_key,
    }
    command = [sys.executable, str(FOLDER / "main.py"), name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout == output_of(FOLDER / f"{name}.py")


def output_of(file: Path) -> str:
    said = file.read_text().partition("# Output:\n")[2]
    return "".join(line.removeprefix("# ") + "\n" for line in said.splitlines())


def test_every_pattern_has_the_name_that_it_has_in_the_other_languages() -> None:
    others = {file.stem for file in (REPOSITORY / "examples" / "node" / "patterns").glob("*.mjs")} - {"main"}
    assert set(PATTERNS) == others


def test_an_unknown_name_is_refused() -> None:
    done = subprocess.run([sys.executable, str(FOLDER / "main.py"), "none"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "put-get" in done.stderr
