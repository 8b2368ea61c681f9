"""Where things are, and what the measured programs are given as environment."""

import os
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
TARGET = ROOT / "target" / "bench"
VENV = ROOT / ".tools" / "bench-venv"
#: Figures that are published, and those of a short run.
LATEST = BENCH / "results" / "latest.json"
QUICK = TARGET / "quick.json"
#: What the component takes for an operation, counted.
INSTRUCTIONS = BENCH / "instructions.json"

#: Kept of the caller's environment. Nothing of AWS: settings of a user must not change what is measured.
KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "GOPATH",
    "GOMODCACHE",
    "GOCACHE",
    "GOPROXY",
    "GOSUMDB",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "NODE_EXTRA_CA_CERTS",
)


def environment(port: int | None = None) -> dict[str, str]:
    """The same credentials, region and endpoint for every library, read by each from the environment."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env["PATH"] = f"{ROOT / '.tools' / 'bin'}:{env.get('PATH', os.defpath)}"
    env["TABLETHEORY_CACHE_DIR"] = str(TARGET / "cache")
    env["BENCH_SCHEMA"] = str(BENCH / "bench.dms.yml")
    env["BENCH_FLOOR"] = str(TARGET / "floor.json")
    # Pinning to one processor must not make the Go runtime a single-threaded one: servers are not.
    env["GOMAXPROCS"] = str(max(2, os.cpu_count() or 2))
    env |= {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if port is not None:
        env["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://127.0.0.1:{port}"
    return env
