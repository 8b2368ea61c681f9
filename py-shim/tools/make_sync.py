"""Makes the blocking API from the asyncio one: the same methods without `async` and `await`.

``python tools/make_sync.py`` writes, ``--check`` fails when what is there is not current.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "tabletheory"
FILES = ("client.py", "model.py", "reads.py")
WORDS = [
    ("async def", "def"),
    ("async with", "with"),
    ("async for", "for"),
    ("__aiter__", "__iter__"),
    ("await ", ""),
    ("__aenter__", "__enter__"),
    ("__aexit__", "__exit__"),
    ("aclose", "close"),
    ("AsyncTransport | Transport", "Transport"),
    ("AsyncTransport, Transport", "Transport"),
    ("transport.aio_sockets", "transport.sockets"),
    ("transport.aio", "transport.http"),
    (" (an asyncio client: at its first use)", ""),
    (" (an asyncio client that was not used yet: at the first call)", ""),
    ("Async", ""),
]
HEADER = "# Made from `_async/{name}` by `tools/make_sync.py`. Change it there.\n"


def made(name: str) -> str:
    text = (PACKAGE / "_async" / name).read_text()
    for word, other in WORDS:
        text = re.sub(rf"(?<![A-Za-z]){re.escape(word)}", other, text) if word == "Async" else text.replace(word, other)
    text = HEADER.format(name=name) + text
    for command in (["check", "--select", "I,F401", "--fix", "-q"], ["format", "-q"]):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", f"src/tabletheory/_sync/{name}", "-"],
            input=text,
            cwd=PACKAGE.parent.parent,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    return text


def main() -> int:
    stale = []
    for name in FILES:
        file, text = PACKAGE / "_sync" / name, made(name)
        if not file.exists() or file.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                file.write_text(text)
    if stale and "--check" in sys.argv:
        print(f"not current: {', '.join(stale)}; run python tools/make_sync.py")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
