"""Who hears how far a call has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .options import BatchProgress, ScanProgress


class ScanListener:
    """Adds up the calls of one scan: each counts from 0."""

    def __init__(self, hear: Callable[[ScanProgress], object]) -> None:
        self._hear = hear
        self._before: ScanProgress | None = None
        self._last: ScanProgress | None = None

    def begin(self) -> None:
        """Another call begins."""
        self._before = self._last

    def __call__(self, document: Mapping[str, Any]) -> None:
        """Takes the progress document of the call that is running."""
        now = scan_progress(document)
        before = self._before
        if before is not None:
            capacities = [each for each in (before.capacity, now.capacity) if each is not None]
            now = ScanProgress(
                before.items + now.items,
                before.pages + now.pages,
                before.scanned + now.scanned,
                now.segments,
                now.segments_done,
                sum(capacities) if capacities else None,
            )
        self._last = now
        self._hear(now)


def scan_progress(document: Mapping[str, Any]) -> ScanProgress:
    """The progress document of a scan as an object."""
    return ScanProgress(**{name: document[name] for name in ScanProgress.__slots__})


def batch_listener(hear: Callable[[BatchProgress], object] | None) -> Callable[[Mapping[str, Any]], object] | None:
    """Turns progress documents of a batch into objects."""
    if hear is None:
        return None
    return lambda document: hear(BatchProgress(**{name: document[name] for name in BatchProgress.__slots__}))
