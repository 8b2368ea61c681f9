"""Writes calls: in one pass where that is exact, else by way of plain JSON, which also finds out what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from .errors import TableTheoryError
from .expressions import Operand, Size
from .values import SCALARS, Members, Plain, Writers, dumps, encode, within


def write_call(call: Mapping[str, Any], writer: Writers | None = None) -> bytes:
    """Writes a call document from values of Python, `Members` and `Plain`.

    Raises `InvalidValue` with the path of what cannot be written.
    """
    text = _by_hand(call) if _orjson is None else _by_orjson(call, writer)
    if text is not None:
        return text
    plain = {}
    for name, value in call.items():
        try:
            plain[name] = encode(value, writer)
        except TableTheoryError as error:
            raise within(error, name) from None
    return dumps(plain)


def _by_hand(call: Mapping[str, Any]) -> bytes | None:
    """Writes a call of the usual types. `None`: there is another one in it, or something that cannot be written."""
    try:
        return _members(call).encode()
    except (KeyError, TypeError, ValueError, RecursionError, TableTheoryError):
        return None


def _members(members: Mapping[str, Any]) -> str:
    known = _names.get
    return (
        "{"
        + ",".join(
            [
                (known(name) or _name(name)) + (_text(value) if type(value) is str else _WRITERS[type(value)](value))
                for name, value in members.items()
            ]
        )
        + "}"
    )


def _name(name: Any) -> str:
    if type(name) is not str:
        raise TypeError
    if len(_names) >= _MOST_NAMES:
        _names.clear()
    text = _names[name] = _text(name) + ":"
    return text


def _mapping(value: dict[Any, Any]) -> str:
    text = _members(value)
    # A lone name that begins so stands for something else.
    return '{"$' + text[2:] if len(value) == 1 and text[2] == "$" else text


def _elements(values: Any) -> str:
    each = [_text(value) if type(value) is str else _WRITERS[type(value)](value) for value in values]
    return "[" + ",".join(each) + "]"


def _set(values: Any) -> str:
    return '{"$set":' + _elements(values) + "}"


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError
    return '{"$number":"' + str(value) + '"}'


def _scalar(value: Any) -> str:
    """A scalar in plain JSON is a number, or an object whose text needs no escaping."""
    plain = SCALARS[type(value)](value)
    if type(plain) is float:
        return float.__repr__(plain)
    ((name, text),) = plain.items()
    return f'{{"{name}":"{text}"}}'


_text: Callable[[str], str] = encode_basestring
_names: dict[str, str] = {}
"""Names of attributes with their quotes: the same few all the time."""
_MOST_NAMES = 4096
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: int.__repr__,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
    dict: _mapping,
    list: _elements,
    tuple: _elements,
    set: _set,
    frozenset: _set,
    Members: lambda value: _members(value.members),
    Plain: lambda value: dumps(value.document).decode(),
    **dict.fromkeys(SCALARS, _scalar),
    Decimal: _decimal,
}

try:
    import orjson as _orjson
except ImportError:  # the standard library does the same in three times the time
    _orjson = None  # type: ignore[assignment]


def _by_orjson(call: Mapping[str, Any], writer: Writers | None) -> bytes | None:
    """Writes a call in one pass, or gives `None` where only the exact way knows what to write, or what is wrong.

    That is found out afterwards, from the text: objects whose first name begins with ``$`` that were not put there by
    us, and ``null``, which orjson also writes for NaN.
    """
    ours = nulls = 0

    def write(value: Any) -> Any:
        nonlocal ours, nulls
        kind = type(value)
        if kind is Members:
            return value.members
        if kind is Plain:
            text = dumps(value.document)
            ours += text.count(_DOLLAR)
            nulls += text.count(b"null")
            return _orjson.Fragment(text)
        if kind is set or kind is frozenset:
            ours += 1
            return {"$set": list(value)}
        scalar = SCALARS.get(kind)
        if scalar is not None:
            ours += 1
            return scalar(value)
        found = writer(kind) if writer else None
        if found is not None:
            return found(value)
        if isinstance(value, Operand | Size):
            ours += 1
            return value.tree(_as_it_is)
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError

    try:
        text = _orjson.dumps(call, write, _ORJSON_OPTIONS)
    except (TypeError, TableTheoryError):
        return None
    return text if text.count(_DOLLAR) == ours and text.count(b"null") == nulls else None


def _as_it_is(value: Any) -> Any:
    return value


_DOLLAR = b'{"$'
_ORJSON_OPTIONS = _orjson.OPT_PASSTHROUGH_DATACLASS | _orjson.OPT_PASSTHROUGH_DATETIME if _orjson is not None else 0
