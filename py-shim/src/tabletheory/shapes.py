"""Items in the types of Python: dicts, dataclasses (nested too), pydantic models.

A `None` in a dataclass or pydantic model means that the attribute is absent; a `None` in a dict is written as NULL.
"""

from __future__ import annotations

import functools
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

from .errors import InvalidModel, InvalidValue, NumberPrecisionLoss, TableTheoryError, host_error
from .values import Writer, encode, within

T = TypeVar("T")
Reader = Callable[[Any], Any]


def attribute(name: str, **options: Any) -> Any:
    """A dataclass field that is stored under another name: ``created_at: str = attribute("createdAt", default="")``.

    `options` are those of `dataclasses.field`.
    """
    import dataclasses  # not for those who have no such class

    metadata = {**(options.pop("metadata", None) or {}), "tabletheory": name}
    return dataclasses.field(metadata=metadata, **options)


class Shape(Generic[T]):
    """How items of one type are read. This one is for dicts."""

    def read(self, attributes: dict[str, Any]) -> T:
        """An item from its attributes in native values."""
        return typing.cast(T, attributes)

    def read_all(self, items: list[dict[str, Any]]) -> list[T]:
        """The items of a page."""
        if type(self) is Shape:
            return typing.cast(list[T], items)
        out = []
        for at, each in enumerate(items):
            try:
                out.append(self.read(each))
            except TableTheoryError as error:
                raise within(error, "items", at) from None
        return out

    def stamped(self, item: Any, stamped: dict[str, Any]) -> T:
        """A copy of an item with the attributes that the core has set."""
        members = item if isinstance(item, Mapping) else members_of(item) or {}
        return typing.cast(T, {**members, **stamped})

    def check(self, model: Mapping[str, Any]) -> None:
        """Raises `InvalidModel` unless the type fits the model."""


class DataclassShape(Shape[T]):
    """Items that are instances of a dataclass."""

    def __init__(self, cls: type[T]) -> None:
        self._cls: Any = cls
        self._plan: _Plan = _plan(cls)  # type: ignore[arg-type]  # classes are hashable

    def read(self, attributes: dict[str, Any]) -> T:
        """As `Shape.read`."""
        return typing.cast(T, self._plan.read(attributes))

    def stamped(self, item: Any, stamped: dict[str, Any]) -> T:
        """As `Shape.stamped`."""
        if not isinstance(item, self._cls):
            return self.read({**(item if isinstance(item, Mapping) else members_of(item) or {}), **stamped})
        import dataclasses

        return typing.cast(T, dataclasses.replace(item, **self._plan.arguments(stamped)))

    def check(self, model: Mapping[str, Any]) -> None:
        """As `Shape.check`."""
        _check(self._cls, (each.attribute for each in self._plan.fields), model)


class PydanticShape(Shape[T]):
    """Items that are instances of a pydantic model. pydantic is never imported: the class brings what is needed."""

    def __init__(self, cls: Any) -> None:
        self._cls = cls
        self._names = {
            field.serialization_alias or field.alias or name: name for name, field in cls.model_fields.items()
        }

    def read(self, attributes: dict[str, Any]) -> T:
        """As `Shape.read`."""
        return typing.cast(T, _validated(self._cls, attributes))

    def stamped(self, item: Any, stamped: dict[str, Any]) -> T:
        """As `Shape.stamped`."""
        whole = _validated(self._cls, {**(item if isinstance(item, Mapping) else members_of(item) or {}), **stamped})
        if not isinstance(item, self._cls):
            return typing.cast(T, whole)
        names = [self._names[name] for name in stamped if name in self._names]
        return typing.cast(T, item.model_copy(update={name: getattr(whole, name) for name in names}))

    def check(self, model: Mapping[str, Any]) -> None:
        """As `Shape.check`."""
        _check(self._cls, self._names, model)


def shape_of(cls: type[T] | None) -> Shape[T]:
    """The shape for a type: `None` and `dict` for dicts."""
    if cls is None or cls is dict:
        return Shape()
    if _is_dataclass(cls):
        return DataclassShape(cls)
    if _is_pydantic(cls):
        return PydanticShape(cls)
    hint = "use a dataclass, a pydantic model, or no class at all for dicts"
    raise host_error(InvalidModel, f"items cannot be of type `{cls.__qualname__}`", hint=hint)


def writer_of(cls: type) -> Writer | None:
    """How objects of a type that is no mapping are written."""
    if _is_dataclass(cls):
        return _plan(cls).write
    return _dumped if _is_pydantic(cls) else None


def members_of(item: Any) -> Mapping[str, Any] | None:
    """The attributes of a dataclass instance or pydantic model."""
    write = writer_of(type(item))
    return write(item) if write else None


def encode_value(value: Any) -> Any:
    """One value, of any type that is supported, in plain JSON."""
    return encode(value, writer_of)


def _is_dataclass(cls: Any) -> bool:
    return hasattr(cls, "__dataclass_fields__")


def _is_pydantic(cls: type) -> bool:
    return hasattr(cls, "model_fields") and hasattr(cls, "model_validate") and hasattr(cls, "model_dump")


def _dumped(item: Any) -> Mapping[str, Any]:
    return typing.cast(Mapping[str, Any], item.model_dump(by_alias=True, exclude_none=True))


def _validated(cls: Any, attributes: Mapping[str, Any]) -> Any:
    try:
        return cls.model_validate(attributes)
    except ValueError as error:
        # Its own text quotes the values.
        faults = error.errors(include_input=False, include_url=False) if hasattr(error, "errors") else []
        path = "".join(f"/{each}" for each in faults[0]["loc"]) if faults else None
        kinds = ", ".join(dict.fromkeys(fault["type"] for fault in faults)) or "invalid"
        raise host_error(
            InvalidValue, f"the stored item does not fit `{cls.__qualname__}`: {kinds}", path=path
        ) from None


def _check(cls: type, names: Iterable[str], model: Mapping[str, Any]) -> None:
    known = {each["attribute"] for each in model["attributes"]}
    given = list(names)
    keys = [part["attribute"] for part in (model["keys"]["partition"], model["keys"].get("sort")) if part]
    problems = [f"the model has no attribute `{name}`" for name in given if name not in known]
    problems += [f"the key attribute `{name}` is missing" for name in keys if name not in given]
    if problems:
        text = f"`{cls.__qualname__}` does not fit the model `{model['name']}`: {'; '.join(problems)}"
        raise host_error(InvalidModel, text, hint='name attributes with `attribute("…")`, or with aliases in pydantic')


class _Field(NamedTuple):
    name: str
    attribute: str
    read: Reader | None
    optional: bool
    has_default: bool
    init: bool


class _Plan:
    """What is known of a dataclass, found out once."""

    def __init__(self, cls: Any) -> None:
        import dataclasses

        self.cls = cls
        hints = typing.get_type_hints(cls)
        self.fields = [
            _Field(
                each.name,
                each.metadata.get("tabletheory", each.name),
                _reader(hints[each.name]),
                _is_optional(hints[each.name]),
                each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING,
                each.init,
            )
            for each in dataclasses.fields(cls)
        ]

    def write(self, item: Any) -> dict[str, Any]:
        values = ((each.attribute, getattr(item, each.name)) for each in self.fields)
        return {name: value for name, value in values if value is not None}

    def arguments(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        out = {}
        for each in self.fields:
            if each.attribute in attributes and each.init:
                value = attributes[each.attribute]
                if each.read is not None:
                    try:
                        value = each.read(value)
                    except TableTheoryError as error:
                        raise within(error, each.attribute) from None
                out[each.name] = value
        return out

    def read(self, attributes: Any) -> Any:
        if not isinstance(attributes, Mapping):
            raise _unfit(attributes, self.cls.__qualname__)
        arguments = self.arguments(attributes)
        for each in self.fields:
            if each.name not in arguments and each.init and not each.has_default:
                if not each.optional:
                    hint = "give the field a default, or make it optional"
                    message = f"the item has no attribute for the field `{each.name}` of `{self.cls.__qualname__}`"
                    raise host_error(InvalidValue, message, path=f"/{each.attribute}", hint=hint)
                arguments[each.name] = None
        return self.cls(**arguments)


@functools.cache
def _plan(cls: Any) -> _Plan:
    return _Plan(cls)


def _is_optional(hint: Any) -> bool:
    return hint is Any or hint is None or type(None) in typing.get_args(hint)


def _reader(hint: Any) -> Reader | None:
    """How a value is read into a field of an annotated type. `None`: as it is."""
    while typing.get_origin(hint) is typing.Annotated or isinstance(hint, typing.NewType):
        hint = typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint.__supertype__
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (only, *more) = [each for each in arguments if each is not type(None)]
        read = None if more else _reader(only)
        return read and (lambda value: None if value is None else read(value))
    kind = origin or hint
    if _is_dataclass(kind):
        return lambda value: _plan(kind).read(value)  # found when used, so that types may contain themselves
    if not isinstance(kind, type) or kind is object:
        return None
    if kind in (list, tuple, set, frozenset):
        return functools.partial(_read_elements, kind, _reader(arguments[0]) if arguments else None)
    if issubclass(kind, Mapping) and kind is not dict:
        kind = dict
    if kind is dict:
        return functools.partial(_read_dict, _reader(arguments[1]) if len(arguments) == 2 else None)
    if issubclass(kind, Enum):
        return functools.partial(_convert, kind, kind)
    if _is_pydantic(kind):
        return functools.partial(_validated, kind)
    uuid = sys.modules.get("uuid")  # loaded by whoever names its types
    if uuid is not None and kind is uuid.UUID:
        return functools.partial(_convert, kind, kind)
    return _READERS.get(kind)


def _read_elements(kind: Any, read: Reader | None, value: Any) -> Any:
    if not isinstance(value, list | set):
        raise _unfit(value, kind.__name__)
    if read is None:
        return kind(value)
    out = []
    for at, each in enumerate(value):
        try:
            out.append(read(each))
        except TableTheoryError as error:
            raise within(error, at) from None
    return kind(out)


def _read_dict(read: Reader | None, value: Any) -> Any:
    if not isinstance(value, dict):
        raise _unfit(value, "dict")
    if read is None:
        return value
    out = {}
    for name, each in value.items():
        try:
            out[name] = read(each)
        except TableTheoryError as error:
            raise within(error, name) from None
    return out


def _convert(kind: type, convert: Reader, value: Any) -> Any:
    try:
        return convert(value)
    except (ValueError, TypeError, ArithmeticError):
        raise _unfit(value, kind.__qualname__) from None


def _exactly(kind: type) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise _unfit(value, kind.__name__)
        return value

    return read


def _read_int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, Decimal):
        raise host_error(NumberPrecisionLoss, "a number with a fraction does not fit `int`", hint="use `Decimal`")
    raise _unfit(value, "int")


def _read_float(value: Any) -> float:
    if type(value) is bool or not isinstance(value, int | Decimal):
        raise _unfit(value, "float")
    try:
        near = float(value)
    except OverflowError:
        near = float("inf")
    # The digits that Python would show for it: 0.1 is 0.1.
    if near in (float("inf"), float("-inf")) or Decimal(repr(near)) != value:
        raise host_error(NumberPrecisionLoss, "a number does not fit `float` exactly", hint="use `Decimal`")
    return near


def _read_decimal(value: Any) -> Decimal:
    if isinstance(value, bool | set | list | dict | bytes):
        raise _unfit(value, "Decimal")
    return typing.cast(Decimal, _convert(Decimal, Decimal, value))


def _read_datetime(value: Any) -> datetime:
    if isinstance(value, int) and type(value) is not bool:
        return typing.cast(datetime, _convert(datetime, lambda seconds: datetime.fromtimestamp(seconds, UTC), value))
    if not isinstance(value, str):
        raise _unfit(value, "datetime")
    return typing.cast(datetime, _convert(datetime, datetime.fromisoformat, value))


_READERS: dict[Any, Reader] = {
    int: _read_int,
    float: _read_float,
    Decimal: _read_decimal,
    datetime: _read_datetime,
    str: _exactly(str),
    bool: _exactly(bool),
    bytes: _exactly(bytes),
}


def _unfit(value: Any, kind: str) -> TableTheoryError:
    found = "null" if value is None else f"of type `{type(value).__qualname__}`"
    hint = "make the field optional" if value is None else None
    return host_error(InvalidValue, f"the stored value is {found}, the field takes `{kind}`", hint=hint)
