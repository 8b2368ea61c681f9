"""Call documents: what every method call ends as. Options have the names of their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import TableTheoryError
from .expressions import Attribute, Condition
from .shapes import encode_value, members_of, writer_of
from .values import dumps, encode, encode_members, within

_NOT_OF_THE_CALL = ("timeout", "stats")
_PATHS = ("projection", "remove", "protected_attributes")
_VALUES_BY_PATH = ("set", "set_if_not_exists", "append", "prepend", "add", "delete")


def call_document(op: str, model: str, options: Mapping[str, Any], **members: Any) -> bytes:
    """Writes a call. `members` are in plain JSON already, `options` in values of Python."""
    document: dict[str, Any] = {"op": op, "model": model, **members}
    for name, value in options.items():
        if name not in _NOT_OF_THE_CALL:
            try:
                document[name] = _option(name, value)
            except TableTheoryError as error:
                raise within(error, name) from None
    return dumps(document)


def key_document(key: tuple[Any, ...]) -> Any:
    """A key given as values (``"u#1", "n#1"``), as one tuple or list of them, or as an item that holds them."""
    given = key[0] if len(key) == 1 else key
    try:
        if isinstance(given, list | tuple):
            return encode(given)
        members = given if isinstance(given, Mapping) else members_of(given)
        return encode_members(members, writer_of) if members is not None else [encode_value(given)]
    except TableTheoryError as error:
        raise within(error, "key") from None


def _option(name: str, value: Any) -> Any:
    if name == "condition":
        return value.tree(encode_value) if isinstance(value, Condition) else encode(value, writer_of, verbatim=True)
    if name in _PATHS and not isinstance(value, str):
        return [each.path if isinstance(each, Attribute) else encode(each, verbatim=True) for each in value]
    if name in _VALUES_BY_PATH and isinstance(value, Mapping):
        return encode_members(value, writer_of)
    return encode(value, verbatim=True)
