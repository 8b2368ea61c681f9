"""Call and result documents in the types of Python, and back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import tabletheory
from tabletheory import Condition, S
from tabletheory.values import encode

TREES = ("condition", "where", "filter", "until")
TERMS: dict[str, Callable[[Any, Any], Any]] = {
    "$plus": tabletheory.plus,
    "$minus": tabletheory.minus,
    "$list_append": tabletheory.concat,
}
VALUES = ("set", "set_if_not_exists", "append", "prepend", "add", "delete")


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
        if name in TREES:
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
