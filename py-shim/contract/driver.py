"""The driver of the contract tests (`contract-tests/DRIVER.md`), over the public API of the package.

``--asyncio`` drives `AsyncTableTheory` instead of `TableTheory`.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from translate import TREES, condition, figures, native_members, options_of, plain, plain_error, subject, values
from world import Clock, Script, provider

import tabletheory
from tabletheory import Replaced, Stats, TableTheoryError
from tabletheory.testing import LOCAL_CREDENTIALS
from tabletheory.values import loads_plain

ASYNC = "--asyncio" in sys.argv
HOST = "python"
TRANSITION = (("actual", "update"), ("event", "create"))
PASSED_ON = ("region", "endpoint", "numbers", "capacity", "strict", "retry", "cursor")
LIFECYCLE = {"created_at", "updated_at", "version"}


class Driver:
    """One client at a time."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.script: Script | None = None
        self.db: Any = None
        self.runner = asyncio.Runner() if ASYNC else None

    def wait(self, value: Any) -> Any:
        """The result of a call, which is a coroutine in the asyncio API."""
        if self.runner is None:
            return value

        async def awaited() -> Any:
            return await value if inspect.isawaitable(value) else value

        return self.runner.run(awaited())

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        self.close()
        options: dict[str, Any] = {name: request[name] for name in PASSED_ON if name in request}
        tables = request.get("tables", {})
        options |= {f"table_{name}": tables[name] for name in ("prefix", "names") if name in tables}
        if "credentials" in request:
            options["credentials"] = provider(request["credentials"])
        if "call_timeout_ms" in request:
            options["timeout"] = request["call_timeout_ms"] / 1000
        if "attempt_timeout_ms" in request:
            options["attempt_timeout"] = request["attempt_timeout_ms"] / 1000
        if "ca_file" in request:
            options["ca"] = request["ca_file"]
        self.script = Script(self.clock) if request["transport"] == "scripted" else None
        if self.script is not None:
            options["transport"] = self.script
        elif request["transport"] == "sdk":
            options["transport"] = self.boto(request)
        else:
            options["transport"] = request["transport"]
        make = tabletheory.AsyncTableTheory if ASYNC else tabletheory.TableTheory
        self.db = make(document=request["dms"], clock=self.clock, **options)
        if ASYNC:
            self.wait(asyncio.to_thread(self.db.describe))
        return {"opened": True}

    def boto(self, request: dict[str, Any]) -> tabletheory.BotoTransport:
        import boto3

        given = request.get("credentials") or [LOCAL_CREDENTIALS.document()]
        client = boto3.client(
            "dynamodb",
            region_name=request.get("region"),
            endpoint_url=request.get("endpoint"),
            aws_access_key_id=given[0]["access_key_id"],
            aws_secret_access_key=given[0]["secret_access_key"],
            aws_session_token=given[0].get("session_token"),
        )
        return tabletheory.BotoTransport(client)

    def call(self, document: dict[str, Any]) -> dict[str, Any]:
        members = {name: value for name, value in document.items() if name not in ("op", "model")}
        stats = Stats()
        result = self.carry_out(document["op"], document.get("model", ""), members, stats)
        return {**result, "stats": slots(stats)}

    def carry_out(self, op: str, model: str, members: dict[str, Any], stats: Stats) -> dict[str, Any]:
        if op in ("query", "scan"):
            return self.read(op, model, members, stats)
        if op in ("batch_get", "batch_write", "transact", "transact_get"):
            return self.several(op, members, stats)
        if op == "transition_append_event":
            actual, event = (self.action(kind, members.pop(name)) for name, kind in TRANSITION)
            made = self.wait(self.db.transition_append_event(actual, event, **options_of(members), stats=stats))
            return {"stamped": [None, self.stamped(event.model, made)]}
        if op == "validate_provenance":
            self.wait(self.db.validate_provenance(members.get("provenance"), members.get("confidence"), stats=stats))
            return {}
        if op.endswith("_table"):
            found = self.wait(getattr(self.db, op)(model, **options_of(members), stats=stats))
            result = {"table": found.table, "created": found.created, "deleted": found.deleted}
            return {name: value for name, value in result.items() if value is not None}
        given = subject(members)
        item = self.wait(getattr(self.db.model(model), op)(*given, **options_of(members), stats=stats))
        return self.result(op, model, item, members)

    def read(self, op: str, model: str, members: dict[str, Any], stats: Stats) -> dict[str, Any]:
        items = self.db.model(model)
        builder = items.query(*subject(members)) if op == "query" else items.scan()
        heard: list[Any] = []
        pages = members.pop("pages", None)
        counts = members.pop("count", False)
        if counts:
            builder = builder.count_only()
        for name, value in members.items():
            if name == "projection":
                builder = builder.projection(*value)
            elif name == "progress":
                builder = builder.on_progress(heard.append) if value else builder
            else:
                value = condition(value) if name in TREES else value
                builder = getattr(builder, "after" if name == "cursor" else name)(value)
        page = self.wait(builder.page(pages=pages, stats=stats))
        result = {name: getattr(page, name) for name in ("cursor", "remaining", "count", "scanned", "pages")}
        if page.progress is not None:
            result["progress"] = slots(heard[-1] if heard else page.progress)
        return result if counts else {"items": values(page.items), **result}

    def several(self, op: str, members: dict[str, Any], stats: Stats) -> dict[str, Any]:
        name = {"batch_get": "gets", "batch_write": "writes", "transact": "actions", "transact_get": "gets"}[op]
        groups = members.pop(name)
        if op.startswith("batch"):
            return self.batch(op, [self.group(each) for each in groups], members, stats)
        made = [self.action(*(each.popitem() if op == "transact" else ("get", each))) for each in groups]
        found = self.wait(getattr(self.db, op)(made, **options_of(members), stats=stats))
        if op == "transact_get":
            return {"items": values(found)}
        return {
            "stamped": [each and self.stamped(action.model, each) for action, each in zip(made, found, strict=True)]
        }

    def batch(self, op: str, groups: list[Any], members: dict[str, Any], stats: Stats) -> dict[str, Any]:
        heard: list[Any] = []
        progress = {"on_progress": heard.append} if members.pop("progress", False) else {}
        found = self.wait(getattr(self.db, op)(groups, **options_of(members), **progress, stats=stats))
        told = {"progress": slots(heard[-1])} if heard else {}
        if op == "batch_write":
            return {"written": int(found), "stamped": values(found.stamped), **told}
        return {"results": [values(each) for each in found], **told}

    def group(self, members: dict[str, Any]) -> Any:
        operations = self.db.model(members.pop("model")).op
        kinds = {"put": operations.puts, "delete": operations.deletes, "keys": operations.gets}
        (kind,) = set(kinds) & set(members)
        return kinds[kind]([native_members(each) for each in members.pop(kind)], **options_of(members))

    def action(self, kind: str, members: dict[str, Any]) -> Any:
        operations = self.db.model(members.pop("model")).op
        return getattr(operations, kind)(*subject(members), **options_of(members))

    def result(self, op: str, model: str, item: Any, document: dict[str, Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if op in ("create", "put"):
            item, old = item if isinstance(item, Replaced) else (item, None)
            out["stamped"] = self.stamped(model, item)
            item = old
        if op == "find" or item is not None or "OLD" in document.get("return_values", ""):
            out["item"] = item and {name: plain(value) for name, value in item.items()}
        return out

    def stamped(self, model: str, item: dict[str, Any]) -> dict[str, Any]:
        description = next(each for each in self.db.describe()["models"] if each["name"] == model)
        names = [each["attribute"] for each in description["attributes"] if set(each["roles"]) & LIFECYCLE]
        return {name: plain(item[name]) for name in names if name in item}

    def close(self) -> None:
        if self.db is not None:
            self.wait(self.db.aclose() if ASYNC else self.db.close())
        self.db = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "hello" in request:
            return {"hello": {"protocol": 1, "host": HOST, "version": tabletheory.__version__}}
        if "close" in request:
            self.close()
            return {"closed": True}
        if "open" in request:
            return self.attempt(lambda: self.open(request["open"]))
        if not {"call", "raw", "explain"} & set(request):
            return {"driver_error": "unknown request"}
        self.clock.begin(request.get("moment"))
        if self.script is not None:
            self.script.entries, self.script.requests = list(request.get("script", [])), []
        if "explain" in request:
            out = self.attempt(lambda: {"result": figures(self.wait(self.db.explain(request["explain"])))})
        elif "call" in request:
            out = self.attempt(lambda: {"result": self.call(request["call"])})
        else:
            out = self.attempt(lambda: {"result": self.wait(self.db.call(request["raw"]))})
        if "moment" in request or self.script is not None:
            out["waits"] = self.clock.waits
        if self.script is not None:
            out["requests"] = self.script.requests
        return out

    def attempt(self, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return action()
        except TableTheoryError as error:
            return {"error": plain_error(error.document)}


def slots(figures: Any) -> dict[str, Any]:
    """The members of an object of figures."""
    return {name: getattr(figures, name) for name in type(figures).__slots__}


class Exact(json.JSONEncoder):
    """Writes the digits that `Decimal` holds as `$number`."""

    def default(self, o: Any) -> Any:
        return {"$number": str(o)} if isinstance(o, Decimal) else super().default(o)


def main() -> None:
    driver = Driver()
    for line in sys.stdin.buffer:
        try:
            answer = driver.answer(loads_plain(line))
        except Exception as error:
            answer = {"driver_error": f"{type(error).__name__}: {error}"}
        sys.stdout.buffer.write(json.dumps(answer, cls=Exact, ensure_ascii=False).encode(errors="replace") + b"\n")
        sys.stdout.buffer.flush()
    driver.close()


if __name__ == "__main__":
    main()
