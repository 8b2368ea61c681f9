"""Runs what `bench/run.py` asks for, one JSON line per command (see bench/README.md).

Libraries are loaded when first used.
"""

import json
import platform
import sys
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from itertools import repeat
from typing import Any

#: Name in the results: module in `contenders`, and distribution.
CONTENDERS = {
    "floor": ("floor", None),
    "client": ("client", "boto3"),
    "table": ("table", "boto3"),
    "pynamodb": ("pynamo", "pynamodb"),
    "pydynox": ("pydynox_models", "pydynox"),
    "pydynox-dicts": ("pydynox_dicts", "pydynox"),
    "tabletheory": ("ours", "tabletheory"),
    "inside": ("inside", "tabletheory"),
}
OPENED: dict[str, dict[str, Callable[[], Any]]] = {}


def operation(contender: str, name: str) -> Callable[[], Any] | None:
    if contender not in OPENED:
        OPENED[contender] = import_module(f"contenders.{CONTENDERS[contender][0]}").open()
    return OPENED[contender].get(name)


def run(call: Callable[[], Any], calls: int, latencies: list[int] | None) -> None:
    if latencies is None:
        for _ in repeat(None, calls):
            call()
        return
    clock = time.perf_counter_ns
    for _ in repeat(None, calls):
        began = clock()
        call()
        latencies.append((clock() - began) // 1000)


def side_by_side(call: Callable[[], Any], calls: int, concurrency: int, latencies: list[int] | None) -> None:
    failures: list[BaseException] = []

    def lane() -> None:
        try:
            run(call, calls // concurrency, latencies)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=lane) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def measure(call: Callable[[], Any], command: dict[str, Any]) -> dict[str, Any]:
    calls, concurrency = command["calls"], command.get("concurrency", 1)
    latencies: list[int] | None = [] if command.get("latencies") else None
    began, before = time.perf_counter_ns(), time.process_time_ns()
    if concurrency == 1:
        run(call, calls, latencies)
    else:
        side_by_side(call, calls, concurrency, latencies)
    cpu, wall = time.process_time_ns() - before, time.perf_counter_ns() - began
    return {"cpu_us": cpu / 1000, "wall_us": wall / 1000, "latencies_us": latencies}


def allocations(call: Callable[[], Any], calls: int) -> dict[str, Any]:
    """How far the traced memory rises during one call: CPython does not count what it allocates and frees at once."""
    run(call, 20, None)
    tracemalloc.start()
    run(call, 3, None)
    peaks = []
    for _ in range(calls):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        call()
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return {"peak_bytes": sorted(peaks)[len(peaks) // 2]}


def answer(command: dict[str, Any]) -> dict[str, Any]:
    try:
        call = operation(command["contender"], command["operation"])
        if call is None:
            return {"absent": True}
        return allocations(call, command["calls"]) if command.get("allocations") else measure(call, command)
    except Exception:
        return {"error": traceback.format_exc()}


def main() -> None:
    versions = {name: version(distribution) for name, (_, distribution) in CONTENDERS.items() if distribution}
    ready = {"runtime": f"Python {platform.python_version()}", "contenders": list(CONTENDERS), "versions": versions}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
