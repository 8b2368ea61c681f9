"""The measured languages: how to build and start their programs, and what the contenders are called."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .places import BENCH, ROOT, TARGET, VENV

#: Ours with little room for young objects.
CONFINED = "tabletheory-confined"

RELEASE = ROOT / "target" / "release"
#: Of the Rust programs, which are a workspace of their own, with other features of shared dependencies.
RUST = TARGET / "rust" / "release"


@dataclass(frozen=True)
class Language:
    name: str
    title: str
    #: Name in the protocol, name in the tables. The floor is first, ours are last.
    contenders: dict[str, str]
    worker: list[str]
    #: Arguments in front of the worker's for the pass that counts allocations.
    counting: list[str]
    #: Start to first reply, by contender.
    cold: dict[str, list[str]] = field(default_factory=dict)
    folder: Path = BENCH
    #: Whether two calls of one program can run on two processors.
    threads: bool = False
    #: Arguments that hold the runtime's room for young objects down, and what a column with them is called.
    confined: tuple[list[str], str] | None = None

    def titles(self) -> dict[str, str]:
        """What all that is measured is called in tables."""
        return self.contenders | ({CONFINED: self.confined[1]} if self.confined else {})

    def allocation_worker(self) -> list[str]:
        return [self.worker[0], *self.counting, *self.worker[1:]]


def run(command: list[str], folder: Path, **environment: str) -> None:
    """Runs a build step; its output is shown when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"bench: `{' '.join(command)}` failed\n{done.stdout}")


def cargo(folder: Path, release: Path, *arguments: str) -> None:
    run(["cargo", "build", "--quiet", "--release", *arguments], folder, CARGO_TARGET_DIR=str(release.parent))


def build_common() -> None:
    """The stub, and the core by itself."""
    TARGET.mkdir(parents=True, exist_ok=True)
    cargo(ROOT, RELEASE, "--package", "bench-stub", "--package", "bench")


def build_node() -> None:
    folder = BENCH / "node"
    marker = folder / "node_modules" / ".package-lock.json"
    if not marker.exists() or marker.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error"], folder)
        marker.touch()


def build_python() -> None:
    requirements = BENCH / "python" / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    marker = VENV / ".requirements"
    if marker.exists() and marker.read_text() == digest:
        return
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], BENCH)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", str(requirements)], BENCH)
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT / "py-shim")], BENCH)
    marker.write_text(digest)


def build_go() -> None:
    folder = BENCH / "go"
    run(["go", "build", "-o", str(TARGET / "go-worker"), "."], folder)
    for name in LANGUAGES["go"].cold:
        run(["go", "build", "-o", str(TARGET / f"go-cold-{name}"), f"./cold/{name}"], folder)


def build_rust() -> None:
    cargo(BENCH / "rust", RUST, "--locked", "--bins")


def _node(name: str) -> list[str]:
    return ["node", str(BENCH / "node" / "cold" / f"{name}.mjs")]


def _python(name: str) -> list[str]:
    return [str(VENV / "bin" / "python"), str(BENCH / "python" / "cold" / f"{name}.py")]


LANGUAGES = {
    language.name: language
    for language in [
        Language(
            "node",
            "Node",
            {
                "floor": "bare POST",
                "client": "SDK v3 client",
                "document": "SDK v3 DocumentClient",
                "electrodb": "ElectroDB",
                "toolbox": "dynamodb-toolbox",
                "tabletheory": "TableTheory",
            },
            ["node", str(BENCH / "node" / "worker.mjs")],
            ["--expose-gc", "--min-semi-space-size=512", "--max-semi-space-size=512"],
            {name: _node(name) for name in ("floor", "client", "document", "electrodb", "toolbox", "tabletheory")},
            confined=(["--max-semi-space-size=1"], "TableTheory, young objects in 1 MiB"),
        ),
        Language(
            "python",
            "Python",
            {
                "floor": "bare POST",
                "client": "boto3 client",
                "table": "boto3 Table",
                "pynamodb": "PynamoDB",
                "pydynox": "pydynox",
                "pydynox-dicts": "pydynox, dicts",
                "tabletheory": "TableTheory",
            },
            [str(VENV / "bin" / "python"), str(BENCH / "python" / "worker.py")],
            [],
            {
                "floor": _python("floor"),
                "client": _python("client"),
                "table": _python("table"),
                "pynamodb": _python("pynamo"),
                "pydynox": _python("pydynox_models"),
                "tabletheory": _python("ours"),
            },
        ),
        Language(
            "go",
            "Go",
            {
                "floor": "bare POST",
                "sdk": "SDK v2 + attributevalue",
                "guregu": "guregu/dynamo",
                "tabletheory": "TableTheory",
            },
            [str(TARGET / "go-worker")],
            [],
            {name: [str(TARGET / f"go-cold-{name}")] for name in ("floor", "sdk", "guregu", "tabletheory")},
            threads=True,
        ),
        Language(
            "rust",
            "Rust",
            {
                "floor": "bare POST",
                "sdk": "SDK + serde_dynamo",
                "tabletheory-sdk": "TableTheory through the SDK",
                "tabletheory": "TableTheory",
            },
            [str(RUST / "worker")],
            [],
            {
                name: [str(RUST / f"cold_{name.replace('-', '_')}")]
                for name in ("floor", "sdk", "tabletheory-sdk", "tabletheory")
            },
            threads=True,
        ),
    ]
}

BUILD = {"node": build_node, "python": build_python, "go": build_go, "rust": build_rust}
