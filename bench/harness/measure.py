"""The measurements.

All contenders of a language are in one process and take turns, so that they meet the same circumstances.
"""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass, replace
from typing import Any

from .languages import CONFINED, Language
from .processes import Stub, Worker

Result = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How much to do."""

    operations: tuple[str, ...]
    #: CPU time to spend warming up each contender, and on each of its turns, in ms.
    warm_ms: int
    slice_ms: int
    rounds: int
    #: Wall times: operations, how many side by side, turns, calls for each lane and turn.
    latency_operations: tuple[str, ...]
    concurrency: tuple[int, ...]
    latency_rounds: int
    lane_calls: int
    counted: tuple[str, ...]
    #: Operations after which memory is looked at: of ours, and of the others.
    resident: tuple[int, ...]
    resident_others: tuple[int, ...]
    cold_rounds: int
    #: Whether ours are also measured without a network.
    inside: bool


ALL = (
    *("put.twelve", "get.twelve", "update.twelve", "query.1", "query.100", "query.1000"),
    *("batch_write.25", "transact.10", "put.tiny", "get.tiny", "put.large", "get.large"),
)
FULL = Plan(
    operations=ALL,
    warm_ms=400,
    slice_ms=100,
    rounds=9,
    latency_operations=("put.twelve", "get.twelve"),
    concurrency=(1, 16, 64),
    latency_rounds=3,
    lane_calls=60,
    counted=("put.twelve", "get.twelve", "query.100"),
    resident=(10_000, 200_000, 1_000_000),
    resident_others=(10_000,),
    cold_rounds=15,
    inside=True,
)
LONG = replace(FULL, resident_others=FULL.resident)
SHORT = Plan(
    operations=("put.twelve", "get.twelve", "query.100"),
    warm_ms=300,
    slice_ms=60,
    rounds=3,
    latency_operations=("get.twelve",),
    concurrency=(16,),
    latency_rounds=1,
    lane_calls=20,
    counted=("put.twelve", "get.twelve"),
    resident=(),
    resident_others=(),
    cold_rounds=3,
    inside=False,
)

#: What the names of our contenders begin with.
OURS = "tabletheory"
#: Ours without a network.
INSIDE = "inside"


def say(text: str) -> None:
    print(text, flush=True)


def cpu(language: Language, plan: Plan, stub: Stub, processor: int | None) -> Result:
    """CPU time per call, one call at a time: medians, and all turns, so that ratios can be taken turn by turn."""
    results: Result = {}
    with Worker(language.worker, stub.env, processor) as worker:
        described = {"runtime": worker.ready["runtime"], "versions": worker.ready["versions"]}
        for operation in plan.operations:
            began = time.monotonic()
            contenders = [*language.contenders, *([INSIDE] if plan.inside else [])]
            present, failed = worker.present(stub, operation, contenders)
            results[operation] = dict.fromkeys(contenders) | {
                name: {"failed": message} for name, message in failed.items()
            }
            sizes = {contender: warm(worker, contender, operation, plan) for contender in present}
            rounds: dict[str, list[float]] = {contender: [] for contender in sizes}
            sent: dict[str, list[float]] = {contender: [0, 0] for contender in sizes}
            for _ in range(plan.rounds):
                for contender, calls in sizes.items():
                    before = stub.counts()
                    rounds[contender].append(worker.ask(contender, operation, calls)["cpu_us"] / calls)
                    after = stub.counts()
                    sent[contender][0] += after["requests"] - before["requests"]
                    sent[contender][1] += after["connections"] - before["connections"]
            for contender, calls in sizes.items():
                requests, connections = sent[contender]
                results[operation][contender] = {
                    "median": round(statistics.median(rounds[contender]), 2),
                    "rounds": [round(value, 2) for value in rounds[contender]],
                    "calls": calls,
                    "requests_per_call": round(requests / calls / plan.rounds, 3),
                    "connections": connections,
                }
            say(f"  {language.title}: {operation} ({time.monotonic() - began:.0f} s)")
        if stub.counts()["unsigned"]:
            raise RuntimeError(f"{language.title}: requests came without a signature")
    return {**described, "cpu": results}


def warm(worker: Worker, contender: str, operation: str, plan: Plan) -> int:
    """Lets compilers and caches do their work; returns how many calls make a turn."""
    calls, spent, per_call = 3, 0.0, 0.0
    while spent < plan.warm_ms * 1000:
        used = worker.ask(contender, operation, calls)["cpu_us"]
        spent += used
        per_call = max(used / calls, 0.5)
        calls = max(3, min(20_000, int(plan.warm_ms * 1000 / 3 / per_call)))
    return max(3, min(50_000, int(plan.slice_ms * 1000 / per_call)))


def latency(language: Language, plan: Plan, stub: Stub) -> Result:
    """Wall time of calls, when several are on their way at once. Not pinned: the stub has a processor of its own."""
    results: Result = {}
    with Worker(language.worker, stub.env, None) as worker:
        for operation in plan.latency_operations:
            present, _ = worker.present(stub, operation, language.contenders)
            for contender in present:
                worker.ask(contender, operation, 300)
            results[operation] = {}
            for side_by_side in plan.concurrency:
                samples: dict[str, list[int]] = {contender: [] for contender in present}
                for _ in range(plan.latency_rounds):
                    for contender in present:
                        calls = plan.lane_calls * max(side_by_side, 5)
                        answer = worker.ask(contender, operation, calls, concurrency=side_by_side, latencies=True)
                        samples[contender] += answer["latencies_us"]
                quantiles = {name: statistics.quantiles(values, n=100) for name, values in samples.items()}
                results[operation][str(side_by_side)] = {
                    name: {"p50": round(values[49]), "p99": round(values[98])} for name, values in quantiles.items()
                }
    say(f"  {language.title}: wall times")
    return results


def allocations(language: Language, plan: Plan, stub: Stub) -> Result:
    """What a call allocates, in a process of its own."""
    results: Result = {}
    with Worker(language.allocation_worker(), stub.env, None) as worker:
        for operation in plan.counted:
            results[operation] = {}
            present, _ = worker.present(stub, operation, language.contenders)
            for contender in present:
                worker.ask(contender, operation, 200)
                calls = 20 if operation.startswith("query") else 200
                answer = worker.ask(contender, operation, calls, allocations=True)
                if "peak_bytes" in answer:
                    results[operation][contender] = {"peak_bytes": answer["peak_bytes"]}
                elif "allocated_bytes" in answer:
                    found = {"bytes": round(answer["allocated_bytes"] / calls)}
                    if "allocations" in answer:
                        found["count"] = round(answer["allocations"] / calls, 1)
                    results[operation][contender] = found
    say(f"  {language.title}: allocations")
    return results


def resident(language: Language, plan: Plan, stub: Stub) -> Result:
    """Memory after so many operations (puts and gets in turn), each library in a process of its own."""
    results: Result = {}
    runs = [(contender, contender, language.worker) for contender in language.contenders]
    if language.confined:
        runs.append((CONFINED, OURS, [language.worker[0], *language.confined[0], *language.worker[1:]]))
    for name, contender, command in runs:
        with Worker(command, stub.env, None) as worker:
            found: Result = {"0": worker.resident_kb()}
            done = 0
            for goal in plan.resident if contender.startswith(OURS) else plan.resident_others:
                while done < goal:
                    calls = min(1000, (goal - done) // 2)
                    worker.ask(contender, "put.twelve", calls)
                    worker.ask(contender, "get.twelve", calls)
                    done += 2 * calls
                found[str(goal)] = highest(worker, contender)
            results[name] = found
    if plan.resident:
        say(f"  {language.title}: memory")
    return results


def scaling(language: Language, stub: Stub) -> Result:
    """How many times as many calls there are in a second when two are under way at once: on two processors, and
    without a network, which would need one of its own."""
    results: Result = {}
    if not language.threads or (os.cpu_count() or 1) < 2:
        return results
    with Worker(language.worker, stub.env, None) as worker:
        for operation in ("put.twelve", "get.twelve", "query.100"):
            calls, wall = 100, 0.0
            while wall < 200_000:
                calls *= 2
                wall = worker.ask(INSIDE, operation, calls)["wall_us"]
            turns = []
            for _ in range(9):
                one, two = (worker.ask(INSIDE, operation, calls, concurrency=n)["wall_us"] for n in (1, 2))
                turns.append(one / two)
            results[operation] = round(statistics.median(turns), 2)
    say(f"  {language.title}: two at once")
    return results


def highest(worker: Worker, contender: str) -> int:
    """The most of some looks, a few calls apart: a collection may just have been."""
    looks = []
    for _ in range(8):
        worker.ask(contender, "put.twelve", 250)
        looks.append(worker.resident_kb() or 0)
    return max(looks)


def cold(language: Language, plan: Plan, stub: Stub) -> Result:
    """Start of a process to the end of its first call: wall and CPU time of the process as a whole."""
    walls: dict[str, list[float]] = {name: [] for name in language.cold}
    used: dict[str, list[float]] = {name: [] for name in language.cold}
    for turn in range(plan.cold_rounds + 1):
        for name, command in language.cold.items():
            began = time.perf_counter()
            process = subprocess.Popen(command, env=stub.env)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError(f"`{' '.join(command)}` ended with {process.returncode}")
            # The first turn fills caches: of files, of compiled code.
            if turn:
                walls[name].append(wall * 1000)
                used[name].append((usage.ru_utime + usage.ru_stime) * 1000)
    say(f"  {language.title}: cold starts")

    def summary(values: list[float]) -> Result:
        return {"best": round(min(values), 1), "median": round(statistics.median(values), 1)}

    return {name: {"wall_ms": summary(walls[name]), "cpu_ms": summary(used[name])} for name in language.cold}
