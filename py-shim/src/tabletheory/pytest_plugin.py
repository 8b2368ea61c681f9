"""The pytest plugin: the fixture `tabletheory_local`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .testing import Local


@pytest.fixture(scope="session")
def tabletheory_local() -> Iterator[Local]:
    """A local DynamoDB for the whole session: ``TableTheory("notes.dms.yml", **tabletheory_local.options)``.

    Needs the program `tabletheory` on the path, or in the environment variable `TABLETHEORY_LOCAL`.
    """
    with Local() as local:
        yield local
