"""The driver of the contract tests (`contract-tests/DRIVER.md`), over the public API of the package.

``--asyncio`` drives `AsyncTableTheory` instead of `TableTheory`.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import tabletheory
from tabletheory import (
    Condition,
    Credentials,
    Replaced,
    Request,
    Response,
    S,
    Stats,
    TableTheoryError,
    TransportFailure,
)
from tabletheory.testing import LOCAL_CREDENTIALS
from tabletheory.values import encode, loads_plain

ASYNC = "--asyncio" in sys.argv
HOST = "python"


class Clock:
    """The scripted clock of a call with a moment, else the real one."""

    def __init__(self) -> None:
        self.moment: tuple[int, bytes] | None = None
        self.waits: list[int] = []

    def begin(self, moment: Mapping[str, str] | None) -> None:
        self.moment = (int(moment["nanos"]), bytes.fromhex(moment["seed"])) if moment else None
        self.waits = []

    def advance(self, milliseconds: int) -> None:
        if self.moment is not None:
            self.moment = (self.moment[0] + milliseconds * 1_000_000, self.moment[1])

    def now_ns(self) -> int:
        return self.moment[0] if self.moment else time.time_ns()

    def entropy(self) -> bytes:
        return self.moment[1] if self.moment else os.urandom(16)

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds * 1000))
        if self.moment is None:
            time.sleep(seconds)
        else:
            self.advance(self.waits[-1])

    async def asleep(self, seconds: float) -> None:
        if self.moment is None:
            self.waits.append(round(seconds * 1000))
            await asyncio.sleep(seconds)
        else:
            self.sleep(seconds)


class Script:
    """The scripted transport."""

    signs = False

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.entries: list[dict[str, Any]] = []
        self.requests: list[dict[str, str]] = []

    def send(self, request: Request, timeout: float | None = None) -> Response:
        seen = {"action": request.action, "url": request.url, "head": request.head, "body": request.body.decode()}
        self.requests.append(seen)
        if not self.entries:
            raise TransportFailure("refused", "script used up")
        entry = self.entries.pop(0)
        self.clock.advance(entry.get("delay_ms", 0))
        if "failure" in entry:
            raise TransportFailure(entry["failure"], entry.get("message", ""))
        body = base64.b64decode(entry["body_base64"]) if "body_base64" in entry else entry.get("body", "").encode()
        return Response(entry["status"], entry.get("head", "").encode("latin-1"), body)

    async def asend(self, request: Request, timeout: float | None = None) -> Response:
        return self.send(request, timeout)

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def provider(given: list[dict[str, Any]]) -> Callable[[], Credentials | None]:
    """Hands out one after the other, the last one again and again."""
    left = [Credentials(**each) for each in given]
    return lambda: (left.pop(0) if len(left) > 1 else left[0]) if left else None


def native(value: Any) -> Any:
    """Plain JSON in the types that a user of this package would write."""
    if isinstance(value, list):
        return [native(each) for each in value]
    if isinstance(value, Decimal):
        near = float(value)
        return near if repr(near) == str(value) else value  # 2.50 has a digit that a float forgets
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name == "$set" and isinstance(inner, list):
            return {native(each) for each in inner}
        if name == "$binary":
            return base64.b64decode(inner)
        if name == "$number":
            return int(inner) if inner.lstrip("-").isdigit() else Decimal(inner)
        if name == "$time":
            return moment(inner)
        if name.startswith("$$"):
            return {name[1:]: native(inner)}
    return {name: native(inner) for name, inner in value.items()}


def moment(text: str) -> Any:
    """A `datetime`, where that holds the instant: it has microseconds, and needs a time zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    fraction = re.search(r"\.(\d+)", text)
    exact = fraction is None or not fraction[1][6:].strip("0")
    return when if exact and when.tzinfo is not None else text


def plain(value: Any) -> Any:
    """Native values in plain JSON."""
    return encode(value)


COMPARISONS: dict[str, Callable[[Any, Any], Condition]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "between": lambda left, right: left.between(*right),
    "in": lambda left, right: left.is_in(right),
    "begins_with": lambda left, right: left.begins_with(right),
    "contains": lambda left, right: left.contains(right),
    "not_contains": lambda left, right: left.not_contains(right),
    "exists": lambda left, right: left.exists() if right else left.not_exists(),
    "type": lambda left, right: left.is_type(right),
}
FITS: dict[str, Callable[[Any], bool]] = {
    "between": lambda right: isinstance(right, list) and len(right) == 2,
    "in": lambda right: isinstance(right, list),
    "exists": lambda right: isinstance(right, bool),
}


class NotAnExpression(Exception):
    """The tree is none that `S` could make: it goes through as it is."""


def operand(value: Any) -> Any:
    if isinstance(value, dict) and list(value) == ["$path"]:
        return S[value["$path"]]
    if isinstance(value, dict) and list(value) == ["$size"] and isinstance(value["$size"], str):
        return S[value["$size"]].size()
    return [operand(each) for each in value] if isinstance(value, list) else native(value)


def tests(left: Any, wanted: Any) -> Iterator[Condition]:
    if not isinstance(wanted, dict):
        yield left == wanted
        return
    for operator, right in wanted.items():
        if operator == "size" and hasattr(left, "size"):
            yield from tests(left.size(), right)
        elif operator in COMPARISONS and FITS.get(operator, lambda _: True)(right):
            yield COMPARISONS[operator](left, operand(right))
        else:
            raise NotAnExpression


def parts(tree: Any) -> Iterator[Condition]:
    if not isinstance(tree, dict) or not tree:
        raise NotAnExpression
    for path, wanted in tree.items():
        if path == "$not":
            yield ~joined(list(parts(wanted)), "&")
        elif path in ("$and", "$or"):
            if not isinstance(wanted, list) or len(wanted) < 2:
                raise NotAnExpression
            yield joined([joined(list(parts(each)), "&") for each in wanted], "&" if path == "$and" else "|")
        elif path.startswith("$") or wanted == {}:
            raise NotAnExpression
        else:
            yield from tests(S[path], wanted)


def joined(conditions: list[Condition], operator: str) -> Condition:
    whole = conditions[0]
    for each in conditions[1:]:
        whole = whole & each if operator == "&" else whole | each
    return whole


def condition(tree: Any) -> Any:
    try:
        return joined(list(parts(tree)), "&")
    except (NotAnExpression, TypeError, AttributeError, ValueError):
        return tree


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
        # What the builders leave out of their results is asked for without them.
        scans_segments = document["op"] == "scan" and {"parallel", "segments"} & set(document)
        if scans_segments or document["op"] == "batch_write":
            whole: dict[str, Any] = self.wait(self.db.call(document))
            return whole
        result = self.carry_out(document["op"], document.get("model", ""), members, stats)
        return {**result, "stats": {name: getattr(stats, name) for name in Stats.__slots__}}

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
        if members.pop("progress", False):
            builder = builder.on_progress(heard.append)
        if members.pop("count", False):
            builder = builder.count_only()
        if "segments" in members:
            builder = builder.segments(members.pop("segments"), members.pop("parallel", None))
        for name, value in members.items():
            if name == "projection":
                builder = builder.projection(*value)
            else:
                value = condition(value) if name in TREES else value
                builder = getattr(builder, "after" if name == "cursor" else name)(value)
        page = self.wait(builder.page(pages=pages, stats=stats))
        result = {name: getattr(page, name) for name in ("cursor", "remaining", "count", "scanned", "pages")}
        if heard:
            result["progress"] = {name: getattr(heard[-1], name) for name in type(heard[-1]).__slots__}
        return result if "count" in builder.__dict__["_members"] else {"items": values(page.items), **result}

    def several(self, op: str, members: dict[str, Any], stats: Stats) -> dict[str, Any]:
        name = {"batch_get": "gets", "batch_write": "writes", "transact": "actions", "transact_get": "gets"}[op]
        groups = members.pop(name)
        if op.startswith("batch"):
            made = [self.group(each) for each in groups]
        else:
            made = [self.action(*(each.popitem() if op == "transact" else ("get", each))) for each in groups]
        found = self.wait(getattr(self.db, op)(made, **options_of(members), stats=stats))
        if op == "batch_write":
            return {"written": found}
        if op == "batch_get":
            return {"results": [values(each) for each in found]}
        if op == "transact_get":
            return {"items": values(found)}
        return {
            "stamped": [each and self.stamped(action.model, each) for action, each in zip(made, found, strict=True)]
        }

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


def subject(members: dict[str, Any]) -> tuple[Any, ...]:
    """The item or key of a call, as arguments."""
    if "item" in members:
        return (native_members(members.pop("item")),)
    key = members.pop("key", None)
    if isinstance(key, list) and key and not isinstance(key[0], list | dict):
        return tuple(native(each) for each in key)
    return () if key is None else (native_members(key),)


def native_members(value: Any) -> Any:
    """An item, or a key: the names in it are not escaped."""
    return {name: native(inner) for name, inner in value.items()} if isinstance(value, dict) else native(value)


def options_of(members: dict[str, Any]) -> dict[str, Any]:
    """Members of a call as options of the API."""
    options: dict[str, Any] = {}
    for name, value in members.items():
        if name == "progress":
            options["on_progress"] = lambda _: None
        elif name in TREES:
            options[name] = condition(value)
        elif name == "changes" and isinstance(value, dict):
            options[name] = tuple(native_members(value.get(side)) for side in ("from", "to"))
        elif name in VALUES and isinstance(value, dict):
            options[name] = {path: operation(inner) for path, inner in value.items()}
        else:
            options[name] = value
    return options


def operation(value: Any) -> Any:
    """What an update sets: a value, or an operand made of attributes."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        if name == "$path" and isinstance(inner, str):
            return S[inner]
        if isinstance(inner, list) and len(inner) == 2:
            if name == "$if_not_exists" and isinstance(inner[0], str):
                return S[inner[0]].if_not_exists(operation(inner[1]))
            if name in TERMS:
                return TERMS[name](*(operation(each) for each in inner))
    return native(value)


def values(items: Any) -> list[Any]:
    """Items in plain JSON."""
    return [each and {name: plain(value) for name, value in each.items()} for each in items]


def figures(explanation: Any) -> Any:
    """An explanation with ordinary numbers."""
    return json.loads(json.dumps(explanation, default=float))


def plain_error(given: Mapping[str, Any]) -> dict[str, Any]:
    """An error document in plain JSON."""
    document = dict(given)
    if document.get("item") is not None:
        document["item"] = values([document["item"]])[0]
    if "reasons" in document:
        document["reasons"] = [
            {**each, "item": values([each["item"]])[0]} if each.get("item") else each for each in document["reasons"]
        ]
    if "results" in document.get("batch", {}):
        document["batch"] = {**document["batch"], "results": [values(each) for each in document["batch"]["results"]]}
    return document


TREES = ("condition", "where", "filter", "until")
TRANSITION = (("actual", "update"), ("event", "create"))
TERMS: dict[str, Callable[[Any, Any], Any]] = {
    "$plus": tabletheory.plus,
    "$minus": tabletheory.minus,
    "$list_append": tabletheory.concat,
}
PASSED_ON = ("region", "endpoint", "numbers", "capacity", "strict", "retry", "cursor")
VALUES = ("set", "set_if_not_exists", "append", "prepend", "add", "delete")
LIFECYCLE = {"created_at", "updated_at", "version"}


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
