"""What differs between two requests, for people to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class RequestMismatch(AssertionError):
    """A request was not the expected one, or an expected one never came. Its text lists what differs."""

    def __init__(self, message: str, lines: list[str]) -> None:
        super().__init__("\n  ".join([message, *lines]))
        self.lines = lines
        """One for each difference: its place, what was expected, what came."""


def readable(body: bytes) -> Any:
    """A body as JSON; as text, where it is none, or no more than a string."""
    text = body.decode(errors="replace")
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, str) else value


def differences(expected: Any, got: Any, place: str = "") -> Iterator[str]:
    """The places where two JSON documents differ."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in dict.fromkeys([*expected, *got]):
            yield from differences(expected.get(name, _NOTHING), got.get(name, _NOTHING), f"{place}/{name}")
    elif isinstance(expected, list) and isinstance(got, list):
        for at in range(max(len(expected), len(got))):
            one, other = (each[at] if at < len(each) else _NOTHING for each in (expected, got))
            yield from differences(one, other, f"{place}/{at}")
    elif expected != got or isinstance(expected, bool) is not isinstance(got, bool):
        yield f"{place or 'the whole'}: expected {_shown(expected)}, got {_shown(got)}"


class _Nothing:
    """Stands for what is not there."""


_NOTHING = _Nothing()


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"
