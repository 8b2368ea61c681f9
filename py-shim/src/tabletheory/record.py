"""Values with names: compared, shown and copied by them, as dataclasses are.

`dataclasses` itself takes as long to import as a twentieth of a program's start, and each class that it makes a
millisecond more. Its functions (`fields`, `asdict`, `replace`) work with these classes all the same.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn


class _Fields:
    """`__dataclass_fields__`, made when somebody asks."""

    def __get__(self, _: object, owner: type[Record]) -> dict[str, Any]:
        import dataclasses

        hidden = owner._hidden
        named = [
            (name, owner.__annotations__[name], dataclasses.field(repr=name not in hidden)) for name in owner.__slots__
        ]
        return {each.name: each for each in dataclasses.fields(dataclasses.make_dataclass(owner.__name__, named))}


class Record:
    """A class whose slots are its members, in the order of its constructor."""

    __slots__: tuple[str, ...] = ()
    __match_args__: tuple[str, ...] = ()
    __dataclass_fields__: ClassVar[Any] = _Fields()
    _hidden: ClassVar[tuple[str, ...]] = ()
    """Members that its text form leaves out."""

    def __init_subclass__(cls) -> None:
        cls.__match_args__ = cls.__slots__  # type: ignore[misc]  # of each class by itself

    def _members(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._members() == other._members()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__ if name not in self._hidden)
        return f"{type(self).__qualname__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._members()


class FrozenRecord(Record):
    """One that stays as it was made."""

    __slots__ = ()

    def _fill(self, *members: Any) -> None:
        """Sets the members, in their order: for constructors."""
        name: str
        for name, member in zip(self.__slots__, members, strict=True):
            object.__setattr__(self, name, member)

    def __hash__(self) -> int:
        return hash(self._members())

    def __setattr__(self, name: str, _: object) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")
