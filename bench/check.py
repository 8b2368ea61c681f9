"""Holds figures against the goals in goals.json; ends with 1 when one is missed, or when a ratio was not measured.

    bench/check.py [FILE]    default: the newer of bench/results/latest.json and target/bench/quick.json

A goal on figures that the run did not take (memory after a million operations, the long queries of a quick run) is
listed as not taken.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.languages import LANGUAGES
from harness.places import BENCH, LATEST, QUICK, ROOT
from harness.tables import OPERATIONS, ratio, table


@dataclass
class Finding:
    what: str
    goal: str
    found: str
    verdict: str


def verdict(value: float | None, good: bool, missing: str) -> str:
    return missing if value is None else "met" if good else "MISSED"


def findings(goals: dict[str, Any], results: dict[str, Any]) -> Iterator[Finding]:
    languages = results["languages"]

    def title(goal: dict[str, Any], theirs: bool = True) -> str:
        language = LANGUAGES[goal["language"]]
        titles = language.titles()
        text = f"{language.title}, {titles[goal['ours']]}"
        return f"{text} ÷ {titles[goal['theirs']]}" if theirs else text

    for goal in goals["ratio"]:
        cpu = languages.get(goal["language"], {}).get("cpu", {})
        for operation, most in goal["at_most"].items():
            value = ratio(cpu.get(operation, {}), goal["ours"], goal["theirs"])
            found = "–" if value is None else f"{value:.3f}"
            yield Finding(
                f"{title(goal)}, {OPERATIONS[operation]}",
                f"≤ {most}",
                found,
                verdict(value, (value or 0) <= most, "ABSENT"),
            )
    for kind in ("cold_ratio", "cold_more_ms"):
        for goal in goals[kind]:
            cold = languages.get(goal["language"], {}).get("cold", {})
            value = None
            if goal["ours"] in cold and goal["theirs"] in cold:
                ours, theirs = (cold[goal[side]]["wall_ms"]["best"] for side in ("ours", "theirs"))
                value = ours / theirs if kind == "cold_ratio" else ours - theirs
            most = goal["at_most"]
            shown = f"≤ {most}" if kind == "cold_ratio" else f"≤ {most} ms more"
            found = "–" if value is None else f"{value:.3f}" if kind == "cold_ratio" else f"{value:.0f}"
            yield Finding(
                f"{title(goal)}, start to first reply", shown, found, verdict(value, (value or 0) <= most, "not taken")
            )
    for goal in goals["linear"]:
        cpu = languages.get(goal["language"], {}).get("cpu", {})
        medians = [(cpu.get(goal[size], {}).get(goal["ours"]) or {}).get("median") for size in ("more", "fewer")]
        value = medians[0] / medians[1] if all(medians) else None
        found = "–" if value is None else f"{value:.1f}"
        most = goal["at_most"]
        what = f"{title(goal, False)}, {OPERATIONS[goal['more']]} ÷ {OPERATIONS[goal['fewer']]}"
        yield Finding(what, f"≤ {most}", found, verdict(value, (value or 0) <= most, "not taken"))
    for goal in goals["scaling"]:
        for operation, least in goal["at_least"].items():
            value = languages.get(goal["language"], {}).get("scaling", {}).get(operation)
            found = "–" if value is None else f"{value:.2f}"
            what = f"{LANGUAGES[goal['language']].title}, TableTheory, {OPERATIONS[operation]}"
            what += ", two at once ÷ one at a time"
            yield Finding(what, f"≥ {least}", found, verdict(value, (value or 0) >= least, "not taken"))
    for goal in goals["resident"]:
        memory = languages.get(goal["language"], {}).get("resident_kb", {}).get(goal["ours"], {})
        figures = [memory.get(str(goal[size])) for size in ("more", "fewer")]
        value = figures[0] / figures[1] if all(figures) else None
        found = "–" if value is None else f"{value:.3f}"
        good = abs((value or 1) - 1) <= goal["within"]
        yield Finding(
            f"{title(goal, False)}, memory {goal['more']:,} ÷ {goal['fewer']:,} operations",
            f"1 ± {goal['within']}",
            found,
            verdict(value, good, "not taken"),
        )
    for name, most in goals["size"].items():
        value = results["component"][name]
        yield Finding(f"component, {name}", f"≤ {most:,}", f"{value:,}", verdict(value, value <= most, ""))


def main() -> None:
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
    else:
        there = [path for path in (LATEST, QUICK) if path.exists()]
        if not there:
            sys.exit("bench: there are no figures; `make bench` takes them")
        path = max(there, key=lambda path: path.stat().st_mtime)
    results = json.loads(path.read_text())
    found = list(findings(json.loads((BENCH / "goals.json").read_text()), results))
    rows = [[finding.what, finding.goal, finding.found, finding.verdict] for finding in found]
    print(table(["goal", "wanted", "found", ""], rows))
    missed = [finding for finding in found if finding.verdict in ("MISSED", "ABSENT")]
    met = sum(finding.verdict == "met" for finding in found)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    print(
        f"\n{shown}, taken {results['taken']}: {met} goals met, "
        f"{len(missed)} missed or absent, {len(found) - met - len(missed)} not taken"
    )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
