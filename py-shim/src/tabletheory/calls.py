"""Call documents: what every method call ends as. Options have the names of their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import InvalidValue, TableTheoryError, host_error
from .expressions import Attribute, Condition
from .shapes import encode_value, members_of, writer_of
from .values import Members, Plain, encode, within
from .writing import write_call

_NOT_OF_THE_CALL = ("timeout", "stats", "on_progress")
_TREES = ("condition", "until")
_PATHS = ("projection", "remove", "protected_attributes")
_VALUES_BY_PATH = ("set", "set_if_not_exists", "append", "prepend", "add", "delete")
_AS_THEY_ARE = frozenset((str, int, bool))


def call_document(op: str, model: str, options: Mapping[str, Any], **members: Any) -> bytes:
    """Writes a call. `members` are parts of the call already, `options` as the caller gave them."""
    document: dict[str, Any] = {"op": op, "model": model, **members}
    if options:
        document |= parts(options)
    return written(document)


def written(document: Mapping[str, Any]) -> bytes:
    """Writes a call that is made of parts."""
    return write_call(document, writer_of)


def parts(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as parts of a call. Raises `InvalidValue`."""
    out = {}
    for name, value in options.items():
        if name not in _NOT_OF_THE_CALL:
            try:
                out[name] = value if type(value) in _AS_THEY_ARE else _part(name, value)
            except TableTheoryError as error:
                raise within(error, name) from None
    return out


def key_part(key: tuple[Any, ...]) -> Any:
    """A key given as values (``"u#1", "n#1"``), as one tuple or list of them, or as an item that holds them."""
    if len(key) != 1:
        return key
    given = key[0]
    if type(given) is str or isinstance(given, list | tuple):
        return [given] if type(given) is str else given
    members = given if isinstance(given, Mapping) else members_of(given)
    return [given] if members is None else Members(members)


def item_part(item: Any) -> Members:
    """An item as a part of a call. Raises `InvalidValue`."""
    members = item if isinstance(item, Mapping) else members_of(item)
    if members is None:
        hint = "pass a dict, a dataclass or a pydantic model"
        raise host_error(InvalidValue, f"an item must not be of type `{type(item).__qualname__}`", hint=hint)
    return Members(members)


def condition_tree(*conditions: Condition | Mapping[str, Any]) -> Plain:
    """One condition tree of several that all have to hold."""
    trees = [each.tree(encode_value) if isinstance(each, Condition) else _verbatim(each) for each in conditions]
    return Plain(trees[0] if len(trees) == 1 else {"$and": trees})


def _part(name: str, value: Any) -> Any:
    if name in _TREES:
        return condition_tree(value)
    if name in _PATHS and not isinstance(value, str):
        return Plain([each.path if isinstance(each, Attribute) else _verbatim(each) for each in value])
    if name in _VALUES_BY_PATH and isinstance(value, Mapping):
        return Members(value)
    if name == "changes":
        before, after = value
        return {"from": None if before is None else item_part(before), "to": item_part(after)}
    return Plain(_verbatim(value))


def _verbatim(value: Any) -> Any:
    return encode(value, writer_of, verbatim=True)
