"""Copies the component of the core into the package: as build hook of hatchling, or `python tools/sync_wasm.py`.

In a checkout it comes from its canonical place; in a source distribution it is in the package already.
"""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CANONICAL = ROOT.parent / "go-shim" / "internal" / "engine" / "tabletheory.wasm"
PACKAGED = ROOT / "src" / "tabletheory" / "_core" / "tabletheory.wasm"


def sync() -> Path:
    if CANONICAL.exists():
        if not PACKAGED.exists() or not filecmp.cmp(CANONICAL, PACKAGED, shallow=False):
            PACKAGED.parent.mkdir(exist_ok=True)
            temporary = PACKAGED.with_suffix(".new")
            shutil.copyfile(CANONICAL, temporary)
            temporary.replace(PACKAGED)
    elif not PACKAGED.exists():
        raise SystemExit(f"there is no component at {CANONICAL}: run `make wasm`")
    return PACKAGED


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    pass  # by hand
else:

    class CopyComponent(BuildHookInterface[Any]):
        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            sync()


if __name__ == "__main__":
    print(sync())
