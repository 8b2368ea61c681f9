"""`tabletheory local`, a DynamoDB on this machine, as long as a test needs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from types import TracebackType
from typing import Any, Self

from ..credentials import Credentials

LOCAL_CREDENTIALS = Credentials("local", "local")
"""Credentials that a local DynamoDB accepts."""
LOCAL_REGION = "eu-west-1"
"""The region of `Local.options`."""


class Local:
    """Runs ``tabletheory local``, a DynamoDB on this machine in memory, as long as the ``with`` block lasts.

    The program is the one of the environment variable `TABLETHEORY_LOCAL`, else `tabletheory` on the path.
    """

    def __init__(self, *arguments: str, program: str | None = None) -> None:
        """`arguments`: further ones, for instance ``"--file", "data.sqlite"``."""
        found = program or os.environ.get("TABLETHEORY_LOCAL") or shutil.which("tabletheory")
        if not found:
            raise FileNotFoundError("no `tabletheory` on the path: set TABLETHEORY_LOCAL to where the program is")
        self._command = [found, "local", "--port", "0", "--stop-with-stdin", *arguments]
        self._process: subprocess.Popen[str] | None = None
        self.endpoint = ""
        """Its URL."""

    @property
    def options(self) -> dict[str, Any]:
        """Options for a client: ``TableTheory("notes.dms.yml", **local.options)``."""
        return {"endpoint": self.endpoint, "region": LOCAL_REGION, "credentials": LOCAL_CREDENTIALS}

    def start(self) -> Self:
        """Starts it, and waits until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)  # noqa: S603
        line = self._process.stdout.readline() if self._process.stdout else ""
        match = re.search(r"https?://[^\s\"]+", line)
        if match is None:
            self.stop()
            raise RuntimeError("`tabletheory local` did not start")
        self.endpoint = match[0]
        return self

    def stop(self) -> None:
        """Stops it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdout, process.stdin):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
