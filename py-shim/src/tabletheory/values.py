"""Values of Python and the plain JSON of the core.

| Python | plain JSON |
|---|---|
| `str`, `bool`, `None`, `int`, `float` | as they are; NaN and infinities are refused |
| `decimal.Decimal` | ``{"$number": "1.50"}``, all digits |
| `bytes`, `bytearray`, `memoryview` | ``{"$binary": "…"}`` |
| `set`, `frozenset` | ``{"$set": […]}`` |
| aware `datetime.datetime` | ``{"$time": "…Z"}`` |
| `uuid.UUID` | its text; comes back as `str` |
| `enum.Enum` | its value |
| mapping with `str` keys, `list`, `tuple` | object, array |
| dataclass, pydantic model | object of its fields |

On the way back numbers are `int` or `decimal.Decimal`, never `float`.
"""

from __future__ import annotations

import base64
import json
import math
import sys
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from .errors import InvalidValue, TableTheoryError, host_error
from .expressions import Operand, Size

_PLAIN = frozenset((str, int, bool, type(None)))
# Far above what any document may be: only keeps Python's own stack out of danger. The core counts levels.
_DEEPEST = 100

Writer = Callable[[Any], Mapping[str, Any]]
"""Gives the attributes of an object that is no mapping: a dataclass, a pydantic model."""
Writers = Callable[[type], Writer | None]
"""Finds the writer of a type."""


class Members:
    """In a call: an item, or an update clause. Its own names are never escaped, its values are those of Python."""

    __slots__ = ("members",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.members = members


class Plain:
    """In a call: a part that is plain JSON already."""

    __slots__ = ("document",)

    def __init__(self, document: Any) -> None:
        self.document = document


def encode(value: Any, writer: Writers | None = None, *, verbatim: bool = False) -> Any:
    """Turns a value into plain JSON, made of dicts, lists and scalars.

    `writer` finds the writer of further types. `verbatim` leaves one-member objects with a ``$`` name as they are: for
    texts that are written in plain JSON already. Raises `InvalidValue`, its path relative to the value.
    """
    try:
        return _Encoder(writer, verbatim).encode(value, 0)
    except _TooDeepError:
        raise _too_deep(value) from None


def encode_members(members: Mapping[str, Any], writer: Writers | None = None) -> dict[str, Any]:
    """Turns the values of an item, or of an update clause, into plain JSON. Its own names are never escaped."""
    try:
        return _Encoder(writer, False).members(members, 0)
    except _TooDeepError:
        raise _too_deep(members) from None


class _Encoder:
    __slots__ = ("verbatim", "writer")

    def __init__(self, writer: Writers | None, verbatim: bool) -> None:
        self.writer, self.verbatim = writer, verbatim

    def encode(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is dict:
            return self.mapping(value, depth)
        if kind is list:
            return self.elements(value, depth)
        scalar = SCALARS.get(kind)
        if scalar is not None:
            return scalar(value)
        if kind is set or kind is frozenset:
            return {"$set": self.elements(value, depth)}
        if kind is Members:
            return self.members(value.members, depth)
        if kind is Plain:
            return value.document
        if isinstance(value, Operand | Size):
            return value.tree(lambda each: self.encode(each, depth + 1))
        return self.other(value, kind, depth)

    def other(self, value: Any, kind: type, depth: int) -> Any:
        if isinstance(value, Enum):
            return self.encode(value.value, depth)
        uuid = sys.modules.get("uuid")  # loaded by whoever has such a value
        if uuid is not None and isinstance(value, uuid.UUID):
            return str(value)
        for known, scalar in SCALARS.items():
            if isinstance(value, known):
                return scalar(value)
        if isinstance(value, str | int):
            return value
        if isinstance(value, Mapping):
            return self.mapping(value, depth)
        if isinstance(value, list | tuple):
            return self.elements(value, depth)
        if isinstance(value, set | frozenset):
            return {"$set": self.elements(value, depth)}
        write = self.writer(kind) if self.writer else None
        if write is not None:
            return self.mapping(write(value), depth)
        if isinstance(value, date):
            raise _invalid("a `date` without a time is not supported", "write `value.isoformat()`, or a `datetime`")
        raise _invalid(f"values of type `{kind.__qualname__}` are not supported")

    def mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        out = self.members(value, depth)
        if len(out) == 1 and not self.verbatim:
            (name,) = out
            if name[:1] == "$":
                return {"$" + name: out[name]}
        return out

    def members(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        out = {}
        name: Any = ""
        if depth >= _DEEPEST:
            raise _TooDeepError
        depth += 1
        try:
            for name, member in value.items():
                if type(name) is not str and not isinstance(name, str):
                    raise _invalid(f"a name in a map is of type `{type(name).__qualname__}`, not `str`")
                kind = type(member)
                out[name] = member if kind in _PLAIN else self.encode(member, depth)
        except TableTheoryError as error:
            raise within(error, name) from None
        return out

    def elements(self, values: Any, depth: int) -> list[Any]:
        at = 0
        if depth >= _DEEPEST:
            raise _TooDeepError
        depth += 1
        try:
            out = []
            for value in values:
                out.append(self.encode(value, depth))
                at += 1
        except TableTheoryError as error:
            raise within(error, at) from None
        return out


class _TooDeepError(Exception):
    pass


def _too_deep(value: Any) -> TableTheoryError:
    circle = _circle(value, {}, set())
    if circle is None:
        return _invalid(f"a document is nested more than {_DEEPEST} levels deep")
    return within(_invalid("a value contains itself"), *circle)


def _circle(value: Any, above: dict[int, str | int], done: set[int]) -> list[str | int] | None:
    """Path of the first container that also stands above itself."""
    value = value.members if isinstance(value, Members) else value
    if not isinstance(value, Mapping | list | tuple) or id(value) in done or len(above) > _DEEPEST:
        return None
    if id(value) in above:
        return list(above.values())[:-1]
    for name, child in value.items() if isinstance(value, Mapping) else enumerate(value):
        found = _circle(child, {**above, id(value): name}, done)
        if found is not None:
            return found
    done.add(id(value))
    return None


def _float(value: float) -> float:
    if not math.isfinite(value):
        raise _invalid("a number must be finite")
    return value


def _decimal(value: Decimal) -> dict[str, str]:
    if not value.is_finite():
        raise _invalid("a number must be finite")
    return {"$number": str(value)}


def _binary(value: bytes | bytearray | memoryview) -> dict[str, str]:
    return {"$binary": base64.b64encode(value).decode("ascii")}


def _time(value: datetime) -> dict[str, str]:
    if value.utcoffset() is None:
        raise _invalid("a `datetime` has no time zone", "make it aware, for instance `datetime.now(UTC)`")
    return {"$time": value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"}


SCALARS: dict[type, Callable[[Any], Any]] = {
    float: _float,
    Decimal: _decimal,
    bytes: _binary,
    bytearray: _binary,
    memoryview: _binary,
    datetime: _time,
}


def dumps(document: Any) -> bytes:
    """Writes plain JSON as UTF-8. Raises `InvalidValue` with a path for what no JSON text can hold."""
    try:
        return _WRITER.encode(document).encode()
    except (UnicodeEncodeError, ValueError):
        _blame(document)
        raise


def _blame(value: Any) -> None:
    """Finds the text with half a surrogate pair, or the number that is too long for Python to write."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _invalid("a text holds half of a surrogate pair, which UTF-8 cannot express") from None
    elif isinstance(value, int):
        try:
            str(value)
        except ValueError:
            raise _invalid("an integer has too many digits") from None
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        try:
            _blame(name)
            _blame(member)
        except InvalidValue as error:
            raise within(error, name if _writable(name) else "") from None


def _writable(name: Any) -> bool:
    return not isinstance(name, str) or name.isprintable()


def _native(members: dict[str, Any]) -> Any:
    """An object on its way from the core. Called for the innermost objects first."""
    if len(members) == 1:
        # The usual ones first: this runs for every object of a page.
        value = members.get("$set")
        if value is not None:
            return set(value)
        value = members.get("$binary")
        if value is not None:
            return a2b_base64(value)
        ((name, value),) = members.items()
        if name[:1] == "$":
            if name == "$number":
                return number(value)
            return {name[1:]: value}
    return members


def number(text: str) -> int | Decimal:
    """A number in the type of Python that holds all its digits."""
    try:
        return int(text)
    except ValueError:
        return Decimal(text)


_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_NATIVE = json.JSONDecoder(object_hook=_native, parse_float=Decimal)
_FLOATS = json.JSONDecoder(object_hook=_native)
_EXACT = json.JSONDecoder(parse_float=Decimal)


def loads(text: bytes, *, floats: bool = False) -> Any:
    """Reads a text of the core into native values: sets, bytes, `int` and `Decimal` (or `float`)."""
    # Not `decode`, which looks for white space around the text: the core writes none.
    return (_FLOATS if floats else _NATIVE).raw_decode(text.decode())[0]


def loads_plain(text: bytes) -> Any:
    """Reads a text of the core and leaves plain JSON as it is."""
    return _EXACT.decode(text.decode())


def within(error: TableTheoryError, *segments: str | int) -> TableTheoryError:
    """Puts segments in front of the path of an error."""
    escaped = "".join("/" + str(each).replace("~", "~0").replace("/", "~1") for each in segments)
    return type(error)({**error.document, "path": escaped + (error.path or "")})


def _invalid(message: str, hint: str | None = None) -> TableTheoryError:
    return host_error(InvalidValue, message, hint=hint)
