"""The stub and the workers as processes."""

import http.client
import json
import os
import re
import select
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from .languages import RELEASE
from .places import environment

#: Seconds for one answer. The longest turns take one or two.
PATIENCE = 180


def least_busy_processor() -> int | None:
    """A processor to pin to; None where that is not possible."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = os.sched_getaffinity(0)

    def idle() -> dict[int, int]:
        lines = re.findall(r"^cpu(\d+) (.*)", Path("/proc/stat").read_text(), re.MULTILINE)
        return {int(number): int(fields.split()[3]) for number, fields in lines}

    before = idle()
    time.sleep(0.3)
    after = idle()
    return max(allowed, key=lambda number: after.get(number, 0) - before.get(number, 0))


class Process:
    """A program that writes a JSON line when it is ready, and ends with its standard input."""

    def __init__(self, command: list[str], env: dict[str, str], processor: int | None) -> None:
        # In the parent, for a moment: the child inherits it before its runtime counts processors.
        allowed = os.sched_getaffinity(0) if processor is not None else set()
        if processor is not None:
            os.sched_setaffinity(0, {processor})
        try:
            self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        finally:
            if processor is not None:
                os.sched_setaffinity(0, allowed)
        self.command = command
        self.ready = self.read()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        # There is one line per command, so nothing waits in the buffer.
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            self.process.kill()
            raise RuntimeError(f"`{self.command[-1]}` has not answered for {PATIENCE} s")
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"`{self.command[-1]}` ended with {self.process.wait()}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Stub(Process):
    """The server. Its control connection stays open, so that it counts once."""

    def __init__(self, processor: int | None = None) -> None:
        super().__init__([str(RELEASE / "bench-stub")], environment(), processor)
        self.port: int = self.ready["port"]
        self.control = http.client.HTTPConnection("127.0.0.1", self.port)
        requests = self.ask("/floor")
        self.env = environment(self.port)
        Path(self.env["BENCH_FLOOR"]).write_text(json.dumps(requests))

    def ask(self, path: str) -> dict[str, Any]:
        self.control.request("GET", path)
        return json.loads(self.control.getresponse().read())

    def counts(self) -> dict[str, Any]:
        return self.ask("/counts")


class Absent(Exception):
    """The library does not have the operation."""


class Failed(Exception):
    """The library has the operation, but it failed."""


class Worker(Process):
    """A program with all libraries of a language."""

    def ask(self, contender: str, operation: str, calls: int, **more: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(
            json.dumps({"contender": contender, "operation": operation, "calls": calls, **more}) + "\n"
        )
        self.process.stdin.flush()
        answer = self.read()
        if "error" in answer:
            raise Failed(f"{contender}, {operation}: {answer['error']}")
        if answer.get("absent"):
            raise Absent
        return answer

    def present(self, stub: Stub, operation: str, contenders: Iterable[str]) -> tuple[list[str], dict[str, str]]:
        """Who has the operation, and who failed at it. The stub compares each request with what it ought to be."""
        present, failed = [], {}
        stub.ask("/verify/on")
        for contender in contenders:
            try:
                self.ask(contender, operation, 1)
                present.append(contender)
            except Absent:
                pass
            except Failed as failure:
                failed[contender] = str(failure)
        stub.ask("/verify/off")
        return present, failed

    def resident_kb(self) -> int | None:
        """Memory in use, in KiB; None where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found[1]) if found else None
