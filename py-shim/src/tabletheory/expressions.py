"""Conditions in the language's own operators: ``S.sk.begins_with("n#") & (S.views > 3) | ~S.tags.exists()``.

And what an update sets from what is there: ``set={"views": S.views + 1}``. They become condition trees and operands of
a call document; the core makes the expression. Nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Encode = Callable[[Any], Any]


class Condition:
    """A condition. Combine with ``&``, ``|`` and ``~`` (not with ``and``, ``or``, ``not``)."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Callable[[Encode], dict[str, Any]]) -> None:
        self._tree = tree

    def tree(self, encode: Encode) -> dict[str, Any]:
        """The condition tree, its operands written by `encode`."""
        return self._tree(encode)

    def __and__(self, other: Condition) -> Condition:
        return _join("$and", self, other)

    def __or__(self, other: Condition) -> Condition:
        return _join("$or", self, other)

    def __invert__(self) -> Condition:
        return Condition(lambda encode: {"$not": self.tree(encode)})

    def __bool__(self) -> bool:
        raise TypeError("a condition has no truth value: combine conditions with `&`, `|` and `~`, in parentheses")


def _join(operator: str, left: Condition, right: Condition) -> Condition:
    if not isinstance(right, Condition):
        return NotImplemented

    def tree(encode: Encode) -> dict[str, Any]:
        trees = [left.tree(encode), right.tree(encode)]
        flat = [part for each in trees for part in (each[operator] if list(each) == [operator] else [each])]
        return {operator: flat}

    return Condition(tree)


class _Comparable:
    __slots__ = ()

    def _compare(self, operator: str, operand: Any) -> Condition:
        raise NotImplementedError

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("eq", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("ne", other)

    def __lt__(self, other: Any) -> Condition:
        return self._compare("lt", other)

    def __le__(self, other: Any) -> Condition:
        return self._compare("lte", other)

    def __gt__(self, other: Any) -> Condition:
        return self._compare("gt", other)

    def __ge__(self, other: Any) -> Condition:
        return self._compare("gte", other)

    def between(self, low: Any, high: Any) -> Condition:
        """At least `low` and at most `high`."""
        return self._compare("between", (low, high))

    def is_in(self, values: Iterable[Any]) -> Condition:
        """Equal to one of the values."""
        return self._compare("in", list(values))

    __hash__ = object.__hash__


class Operand:
    """What an update sets an attribute to: ``S.views + 1``, ``S.log.if_not_exists([]).concat(["x"])``."""

    __slots__ = ()

    def tree(self, encode: Encode) -> dict[str, Any]:
        """The operand as it stands in call documents, the values in it written by `encode`."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Operand:
        """The sum. Attributes in it must be there: use `if_not_exists` where they may not."""
        return Term("$plus", self, other)

    def __radd__(self, other: Any) -> Operand:
        return Term("$plus", other, self)

    def __sub__(self, other: Any) -> Operand:
        """The difference."""
        return Term("$minus", self, other)

    def __rsub__(self, other: Any) -> Operand:
        return Term("$minus", other, self)

    def concat(self, other: Any) -> Operand:
        """A list with the elements of another one at its end."""
        return Term("$list_append", self, other)


class Term(Operand):
    """An operation of two operands."""

    __slots__ = ("_left", "_operator", "_right")

    def __init__(self, operator: str, left: Any, right: Any) -> None:
        self._operator, self._left, self._right = operator, left, right

    def tree(self, encode: Encode) -> dict[str, Any]:
        """As `Operand.tree`."""
        return {self._operator: [encode(self._left), encode(self._right)]}


def plus(left: Any, right: Any) -> Operand:
    """The sum of two operands or values: as ``S.views + 1``, for what no operator stands between."""
    return Term("$plus", left, right)


def minus(left: Any, right: Any) -> Operand:
    """The difference of two operands or values."""
    return Term("$minus", left, right)


def concat(left: Any, right: Any) -> Operand:
    """A list with the elements of two: ``concat(["first"], S.log)``."""
    return Term("$list_append", left, right)


class _Default(Term):
    __slots__ = ()

    def tree(self, encode: Encode) -> dict[str, Any]:
        return {self._operator: [self._left, encode(self._right)]}


class Attribute(_Comparable, Operand):
    """An attribute, or a place in a document: ``S.meta["owner"]``, ``S.log[0]``. Compare it to get a condition."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path
        """The path as it stands in call documents."""

    def __getitem__(self, member: str | int) -> Attribute:
        return Attribute(f"{self.path}[{member}]" if isinstance(member, int) else f"{self.path}.{_quoted(member)}")

    def begins_with(self, prefix: str | bytes) -> Condition:
        """Begins with a text or with bytes."""
        return self._compare("begins_with", prefix)

    def contains(self, part: Any) -> Condition:
        """Contains a part of the text, an element of the set, or an element of the list."""
        return self._compare("contains", part)

    def not_contains(self, part: Any) -> Condition:
        """The opposite of `contains`."""
        return self._compare("not_contains", part)

    def exists(self) -> Condition:
        """The attribute is there."""
        return self._compare("exists", True)

    def not_exists(self) -> Condition:
        """The attribute is not there."""
        return self._compare("exists", False)

    def is_type(self, name: str) -> Condition:
        """Has a type, by the name that DynamoDB gives it."""
        return self._compare("type", name)

    def if_not_exists(self, default: Any) -> Operand:
        """For updates: the value of this attribute, or another one where it is not there."""
        return _Default("$if_not_exists", self.path, default)

    def tree(self, encode: Encode) -> dict[str, Any]:
        """As `Operand.tree`."""
        return {"$path": self.path}

    def size(self) -> Size:
        """Characters, bytes, or elements; to be compared: ``S.tags.size() > 3``."""
        return Size(self.path)

    def _compare(self, operator: str, operand: Any) -> Condition:
        return _comparison(self.path, operator, operand, lambda test: test)

    def __repr__(self) -> str:
        return f"S[{self.path!r}]"


class Size(_Comparable):
    """The size of an attribute. May also be what another one is compared with: ``S.most >= S.tags.size()``."""

    __slots__ = ("_path",)

    def tree(self, encode: Encode) -> dict[str, Any]:
        """The size as it stands in call documents."""
        return {"$size": self._path}

    def __init__(self, path: str) -> None:
        self._path = path

    def _compare(self, operator: str, operand: Any) -> Condition:
        return _comparison(self._path, operator, operand, lambda test: {"size": test})


def _comparison(path: str, operator: str, operand: Any, wrap: Callable[[Any], Any]) -> Condition:
    def tree(encode: Encode) -> dict[str, Any]:
        return {path: wrap({operator: encode(operand)})}

    return Condition(tree)


def _quoted(name: str) -> str:
    return f"`{name}`" if any(each in name for each in ".[]") else name


class _Attributes:
    """Makes attributes: ``S.title``, or ``S["title"]`` for a path in the notation of call documents."""

    def __getattr__(self, name: str) -> Attribute:
        if name.startswith("__"):
            raise AttributeError(name)
        return Attribute(name)

    def __getitem__(self, path: str) -> Attribute:
        return Attribute(path)


S = _Attributes()
"""Attributes, for conditions: ``S.views > 3``."""
