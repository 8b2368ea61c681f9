"""Measures TableTheory beside what its users would pick instead, prints tables, and writes the figures as JSON.

    bench/run.py                  everything, about half an hour
    bench/run.py --quick          the goals' figures, roughly, in less than three minutes
    bench/run.py --long           also memory after a million operations of the others (hours)
    bench/run.py --only node go   some languages; others keep the figures that they have

A full run writes bench/results/latest.json, a quick one target/bench/quick.json.
"""

import argparse
import contextlib
import dataclasses
import datetime
import gzip
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import measure, tables
from harness.languages import BUILD, LANGUAGES, RELEASE, build_common
from harness.places import LATEST, QUICK, ROOT
from harness.processes import Stub, least_busy_processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer operations, fewer turns")
    parser.add_argument("--long", action="store_true", help="a million operations for the memory of the others, too")
    parser.add_argument("--only", nargs="+", choices=LANGUAGES, default=list(LANGUAGES), metavar="LANGUAGE")
    parser.add_argument("--memory", action="store_true", help="only memory after many operations; other figures stay")
    parser.add_argument("--turns", type=int, help="turns of each library, for CPU times")
    parser.add_argument("--no-pin", action="store_true", help="let the system place client and server")
    parser.add_argument("--no-build", action="store_true", help="run what was built before")
    arguments = parser.parse_args()
    plan = measure.SHORT if arguments.quick else measure.LONG if arguments.long else measure.FULL
    if arguments.turns:
        plan = dataclasses.replace(plan, rounds=arguments.turns)
    path = QUICK if arguments.quick else LATEST
    if not arguments.no_build:
        build_common()
        for name in arguments.only:
            BUILD[name]()
    processor = None if arguments.no_pin else least_busy_processor()
    results: dict[str, Any] = {"languages": {}}
    if arguments.memory or set(arguments.only) != set(LANGUAGES):
        with contextlib.suppress(FileNotFoundError):
            results = json.loads(path.read_text())
    results |= {
        "format": 1,
        "taken": datetime.date.today().isoformat(),
        "machine": machine(),
        "pinned": processor is not None,
        "turns": plan.rounds,
        "core_us": core(),
        "component": component(),
    }
    for name in arguments.only:
        if arguments.memory:
            with Stub() as stub:
                results["languages"][name]["resident_kb"] = measure.resident(LANGUAGES[name], plan, stub)
        else:
            results["languages"][name] = language(name, plan, processor)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print("\n" + tables.everything(results))
    print(f"\nwritten to {path.relative_to(ROOT)}")
    if failures := tables.failures(results):
        sys.exit("\n".join(["", "failed:", *failures]))


def language(name: str, plan: measure.Plan, processor: int | None) -> measure.Result:
    """All figures of one language."""
    subject = LANGUAGES[name]
    with Stub(processor) as stub:
        found = measure.cpu(subject, plan, stub, processor)
    with Stub() as stub:
        found["latency_us"] = measure.latency(subject, plan, stub)
        found["allocated"] = measure.allocations(subject, plan, stub)
        found["resident_kb"] = measure.resident(subject, plan, stub) if plan.resident else {}
        found["scaling"] = measure.scaling(subject, stub) if plan.inside else {}
        found["cold"] = measure.cold(subject, plan, stub)
    return found


def core() -> dict[str, float]:
    """The core by itself, in µs per operation."""
    printed = subprocess.run([str(RELEASE / "bench")], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in re.findall(r"^([\w.]+) +([\d.]+)$", printed, re.MULTILINE)}


def component() -> dict[str, int]:
    """The size of the component in the packages."""
    content = (ROOT / "go-shim" / "internal" / "engine" / "tabletheory.wasm").read_bytes()
    return {"bytes": len(content), "gzipped": len(gzip.compress(content, 9, mtime=0))}


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    processor = platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return {"processor": processor, "processors": os.cpu_count(), "system": platform.system()}


if __name__ == "__main__":
    main()
