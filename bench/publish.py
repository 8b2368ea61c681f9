"""Writes published figures into README.md and docs/performance.md.

They stand between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.

bench/publish.py           from bench/results/latest.json
bench/publish.py --check   writes nothing, fails when a document does not say what the figures say
"""

import json
import re
import sys
from typing import Any

import check
from harness import tables
from harness.languages import LANGUAGES
from harness.places import BENCH, LATEST, ROOT

DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "performance.md")


def sections(results: dict[str, Any]) -> dict[str, str]:
    """What stands between the markers, by name."""
    machine = results["machine"]
    placed = "on one processor" if results["pinned"] else "not pinned"
    about = (
        f"Taken on {results['taken']}: {machine['processor']}, {machine['processors']} processors, "
        f"{machine['system']}; {results['turns']} turns; for CPU times client and server are {placed}."
    )
    versions = []
    for name, language in results["languages"].items():
        contenders = LANGUAGES[name].contenders
        named = [f"{contenders[key]} {version}" for key, version in language["versions"].items() if key in contenders]
        versions.append(f"{language['runtime']} ({', '.join(named)})")
    goals = [
        [finding.what, finding.goal, finding.found, finding.verdict]
        for finding in check.findings(json.loads((BENCH / "goals.json").read_text()), results)
    ]
    found = {
        "about": f"{about} Versions: {'; '.join(versions)}.",
        "summary": tables.summary(results),
        "core": tables.core(results),
        "goals": tables.table(["goal", "wanted", "found", ""], goals),
    }
    for name in LANGUAGES:
        found[name] = tables.language(results, name) if name in results["languages"] else "Not measured."
    return found


def filled(text: str, found: dict[str, str]) -> str:
    """The document with the figures in it."""

    def section(match: re.Match[str]) -> str:
        name = match[1]
        return f"<!-- bench:{name} -->\n{found[name]}\n<!-- /bench:{name} -->"

    return re.sub(r"<!-- bench:(\w+) -->.*?<!-- /bench:\1 -->", section, text, flags=re.DOTALL)


def main() -> None:
    found = sections(json.loads(LATEST.read_text()))
    stale = []
    for path in DOCUMENTS:
        text = path.read_text()
        new = filled(text, found)
        if new != text:
            stale.append(path.relative_to(ROOT))
            if "--check" not in sys.argv:
                path.write_text(new)
    for path in stale:
        print(f"{path}: {'does not say what the figures say' if '--check' in sys.argv else 'written'}")
    sys.exit(1 if stale and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
