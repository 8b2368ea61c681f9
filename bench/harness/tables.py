"""Figures as tables, in Markdown: on the terminal and in the documents alike."""

import json
import statistics
from typing import Any

from .languages import LANGUAGES
from .measure import INSIDE
from .places import INSTRUCTIONS

#: What a library is compared with in the tables, and ours.
AGAINST = {
    "node": [("tabletheory", "document")],
    "python": [("tabletheory", "table"), ("tabletheory", "pydynox")],
    "go": [("tabletheory", "sdk"), ("tabletheory", "guregu")],
    "rust": [("tabletheory-sdk", "sdk"), ("tabletheory", "sdk")],
}

OPERATIONS = {
    "put.twelve": "put",
    "get.twelve": "get",
    "update.twelve": "update with condition",
    "query.1": "query, 1 item",
    "query.100": "query, 100 items",
    "query.1000": "query, 1,000 items",
    "batch_write.25": "batch write, 25",
    "transact.10": "transaction, 10",
    "put.tiny": "put, tiny",
    "get.tiny": "get, tiny",
    "put.large": "put, 100 KB",
    "get.large": "get, 100 KB",
}

#: What is only measured of the core.
CORE_ALONE = {
    "delete.twelve": "delete",
    "batch_get.100": "batch get, 100",
    "transact.100": "transaction, 100",
}


def ratio(figures: dict[str, Any], ours: str, theirs: str) -> float | None:
    """Median of the ratios of each turn; None when either is absent."""
    one, other = (turns(figures.get(contender)) for contender in (ours, theirs))
    return statistics.median(mine / other for mine, other in zip(one, other, strict=True)) if one and other else None


def turns(figure: dict[str, Any] | None) -> list[float]:
    return (figure or {}).get("rounds", [])


def median(figure: dict[str, Any] | None) -> str:
    return "failed" if figure and "failed" in figure else number((figure or {}).get("median"))


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:" for _ in head[1:]]], *rows]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def cell(text: str, column: int, line: int) -> str:
        if line == 1:
            return "-" * widths[column] if column == 0 else "-" * (widths[column] - 1) + ":"
        return text.ljust(widths[column]) if column == 0 else text.rjust(widths[column])

    return "\n".join(
        "| " + " | ".join(cell(text, column, line) for column, text in enumerate(row)) + " |"
        for line, row in enumerate(lines)
    )


def cpu(results: dict[str, Any], name: str) -> str:
    language, found = LANGUAGES[name], results["languages"][name]["cpu"]
    pairs = AGAINST[name]
    head = [
        "CPU µs per call",
        *language.contenders.values(),
        *[f"{language.contenders[o]} ÷ {language.contenders[t]}" for o, t in pairs],
    ]
    rows = []
    for operation, title in OPERATIONS.items():
        if operation not in found:
            continue
        figures = found[operation]
        row = [title, *[median(figures.get(contender)) for contender in language.contenders]]
        for ours, theirs in pairs:
            value = ratio(figures, ours, theirs)
            row.append("–" if value is None else f"{value:.2f}")
        rows.append(row)
    return table(head, rows)


def stages(results: dict[str, Any], name: str) -> str:
    """Where the time of a call goes: what is left when the network is taken away, and what the network costs."""
    rows = []
    for operation, figures in results["languages"][name]["cpu"].items():
        whole, inside, floor = ((figures.get(which) or {}).get("median") for which in ("tabletheory", INSIDE, "floor"))
        if whole and inside and floor:
            rows.append(
                [OPERATIONS[operation], number(whole), number(inside), number(max(whole - inside, 0)), number(floor)]
            )
    head = ["TableTheory, CPU µs per call", "whole", "answered at once", "network: the rest", "network: bare POST"]
    return table(head, rows) if rows else ""


def failures(results: dict[str, Any]) -> list[str]:
    """What failed, with the error of its library."""
    found = []
    for subject in results["languages"].values():
        for figures in subject["cpu"].values():
            found += [figure["failed"] for figure in figures.values() if figure and "failed" in figure]
    return found


def latency(results: dict[str, Any], name: str) -> str:
    language, found = LANGUAGES[name], results["languages"][name]["latency_us"]
    rows = []
    for operation, levels in found.items():
        for side_by_side, figures in levels.items():
            values = [
                f"{figures[c]['p50']:,} / {figures[c]['p99']:,}" if c in figures else "–" for c in language.contenders
            ]
            rows.append([f"{OPERATIONS[operation]}, {side_by_side} at once", *values])
    return table(["wall µs, p50 / p99", *language.contenders.values()], rows)


def allocated(results: dict[str, Any], name: str) -> str:
    language, found = LANGUAGES[name], results["languages"][name]["allocated"]

    def text(figure: dict[str, Any] | None) -> str:
        if not figure:
            return "–"
        if "count" in figure:
            return f"{figure['count']:,.0f} / {figure['bytes'] / 1024:,.1f}"
        return f"{figure.get('bytes', figure.get('peak_bytes', 0)) / 1024:,.1f}"

    what = {"python": "KiB, highest during a call", "node": "KiB per call"}.get(name, "allocations / KiB per call")
    rows = [
        [OPERATIONS[operation], *[text(figures.get(c)) for c in language.contenders]]
        for operation, figures in found.items()
    ]
    return table([what, *language.contenders.values()], rows)


def resident(results: dict[str, Any], name: str) -> str:
    language, found = LANGUAGES[name], results["languages"][name]["resident_kb"]
    after = sorted({count for figures in found.values() for count in figures}, key=int)
    columns = {c: title for c, title in language.titles().items() if c in language.contenders or c in found}
    rows = []
    for count in after:
        title = "nothing loaded" if count == "0" else f"after {int(count):,} operations"
        rows.append(
            [
                title,
                *[f"{found[c][count] / 1024:,.0f}" if found.get(c, {}).get(count) else "–" for c in columns],
            ]
        )
    return table(["resident, MiB", *columns.values()], rows)


def cold(results: dict[str, Any], name: str) -> str:
    language, found = LANGUAGES[name], results["languages"][name]["cold"]
    shown = [contender for contender in language.contenders if contender in found]
    rows = []
    for title, figure, which in [
        ("wall, best", "wall_ms", "best"),
        ("wall, median", "wall_ms", "median"),
        ("CPU, median", "cpu_ms", "median"),
    ]:
        rows.append([title, *[f"{found[contender][figure][which]:,.0f}" for contender in shown]])
    return table(["start to first reply, ms", *[language.contenders[contender] for contender in shown]], rows)


def scaling(results: dict[str, Any], name: str) -> str:
    found = results["languages"][name].get("scaling") or {}
    rows = [[OPERATIONS[operation], f"{times:.2f}"] for operation, times in found.items()]
    head = ["calls per second, two at once ÷ one at a time", "TableTheory, answered at once"]
    return table(head, rows) if rows else ""


def language(results: dict[str, Any], name: str) -> str:
    """All tables of a language."""
    found = results["languages"][name]
    parts = [cpu(results, name)]
    if text := stages(results, name):
        parts.append(text)
    parts.append(cold(results, name))
    if found["allocated"]:
        parts.append(allocated(results, name))
    if found["resident_kb"]:
        parts.append(resident(results, name))
    if found["latency_us"]:
        parts.append(latency(results, name))
    if text := scaling(results, name):
        parts.append(text)
    return "\n\n".join(parts)


def core(results: dict[str, Any]) -> str:
    """The core by itself: time when compiled natively, and instructions of the component."""
    counted = json.loads(INSTRUCTIONS.read_text())["operations"]
    rows = [
        [title, number(results["core_us"].get(name)), f"{counted[name]['instructions'] / 1000:,.0f}"]
        for name, title in (OPERATIONS | CORE_ALONE).items()
        if name in counted
    ]
    return table(["core by itself", "native, µs", "component, 1,000 instructions"], rows)


def summary(results: dict[str, Any]) -> str:
    """For the README: what a call costs, before and after."""
    shown = ("put.twelve", "get.twelve", "query.100")
    rows = []
    for name, pairs in AGAINST.items():
        found = results["languages"].get(name)
        for ours, theirs in pairs if found else []:
            language = LANGUAGES[name]
            row = [f"{language.title}: {language.contenders[ours]} instead of {language.contenders[theirs]}"]
            for operation in shown:
                figures = found["cpu"].get(operation, {})
                value = ratio(figures, ours, theirs)
                row.append("–" if value is None else f"{median(figures[theirs])} → {median(figures[ours])}")
            cold = found["cold"]
            both = [f"{cold[side]['wall_ms']['median']:.0f}" for side in (theirs, ours)]
            rows.append([*row, " → ".join(both)])
    return table(["", "put", "get", "query, 100 items", "start to first reply, ms"], rows)


def everything(results: dict[str, Any]) -> str:
    parts = [core(results)]
    for name, subject in LANGUAGES.items():
        if name in results["languages"]:
            parts.append(f"{subject.title} ({results['languages'][name]['runtime']})\n\n{language(results, name)}")
    return "\n\n".join(parts)
