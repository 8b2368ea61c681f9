"""Patterns of access, one to a file. `python examples/python/patterns/main.py put-get` runs one of them.

Region, endpoint and credentials come from the environment, as AWS users expect: AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB,
AWS_ACCESS_KEY_ID, …
"""

import runpy
import sys
from pathlib import Path

from tabletheory import TableTheory

HERE = Path(__file__).resolve().parent


def main(name: str) -> None:
    pattern = runpy.run_path(str(HERE / f"{name}.py"))
    schema, model = pattern.get("SCHEMA", "notes.dms.yml"), pattern.get("MODEL", "Note")
    with TableTheory(HERE.parent.parent / schema, table_prefix=f"python-{name}-") as db:
        db.ensure_table(model)
        pattern["run"](db)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (HERE / f"{sys.argv[1]}.py").is_file():
        sys.exit("name one of the files, for instance `put-get`")
    main(sys.argv[1])
