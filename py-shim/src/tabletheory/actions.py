"""Operations that are not carried out by themselves: parts of transactions and batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, Unpack

from .calls import call_document, item_part, key_part, parts
from .errors import BatchOperationFailed, TableTheoryError
from .options import (
    CheckOptions,
    GroupReadOptions,
    OneReadOptions,
    OpDeleteOptions,
    OpUpdateOptions,
    OpVersionedWriteOptions,
    OpWriteOptions,
)
from .shapes import Shape
from .values import within

T = TypeVar("T")
R = TypeVar("R", covariant=True)
Kind = Literal["put", "create", "update", "delete", "check", "get"]


class Action(Generic[R]):
    """One operation on one item, made by `Model.op`. `R` is what it gives within `transact` and `transact_get`."""

    def __init__(
        self,
        kind: Kind,
        model: str,
        members: Callable[[], dict[str, Any]],
        value: Callable[[dict[str, Any] | None], R],
    ) -> None:
        self.kind, self.model = kind, model
        self._members, self._value = members, value

    def part(self, *place: str | int) -> dict[str, Any]:
        """It as a part of another call, where it stands at `place`."""
        try:
            return {"model": self.model, **self._members()}
        except TableTheoryError as error:
            raise within(error, *place) from None

    def document(self) -> bytes:
        """The call document of this operation alone."""
        return call_document(self.kind, self.model, {}, **self._members())

    def value(self, result: dict[str, Any] | None) -> R:
        """What it gives, from what a transaction stamped or read."""
        return self._value(result)


class Group(Generic[T]):
    """Several items of one model, made by `Model.op`: part of a batch."""

    def __init__(
        self,
        kind: Literal["put", "delete", "keys"],
        model: str,
        subjects: Sequence[Any],
        options: Mapping[str, Any],
        shape: Shape[T],
    ) -> None:
        self._kind, self._options, self._shape = kind, options, shape
        self.model = model
        """The name of the model."""
        self.subjects = list(subjects)
        """The items or keys."""

    def part(self, name: str, at: int) -> dict[str, Any]:
        """It as a part of a call."""
        make = item_part if self._kind == "put" else key_of
        made = []
        for position, each in enumerate(self.subjects):
            try:
                made.append(make(each))
            except TableTheoryError as error:
                raise within(error, name, at, self._kind, position) from None
        return {"model": self.model, self._kind: made, **parts(self._options)}

    def only(self, positions: Iterable[int]) -> Group[T]:
        """Some of its items or keys."""
        return Group(self._kind, self.model, [self.subjects[each] for each in positions], self._options, self._shape)

    def read(self, items: list[dict[str, Any] | None]) -> list[T | None]:
        """The items of a result."""
        return [None if each is None else self._shape.read(each) for each in items]

    def __repr__(self) -> str:
        return f"<Group {self._kind} {self.model}, {len(self.subjects)}>"


class Operations(Generic[T]):
    """The operations of one model, as parts of transactions (`transact`, `transact_get`) and batches."""

    def __init__(self, model: str, shape: Shape[T]) -> None:
        self._model, self._shape = model, shape

    def create(self, item: T | Mapping[str, Any], **options: Unpack[OpWriteOptions]) -> Action[T]:
        """Writes an item that must not be there yet. Gives it with what was stamped on it."""
        return self._write("create", item, options)

    def put(self, item: T | Mapping[str, Any], **options: Unpack[OpVersionedWriteOptions]) -> Action[T]:
        """Writes an item in place of whatever has its key. Gives it with what was stamped on it."""
        return self._write("put", item, options)

    def update(self, *key: Any, **options: Unpack[OpUpdateOptions]) -> Action[None]:
        """Changes attributes of an item."""
        return self._by_key("update", key, options)

    def delete(self, *key: Any, **options: Unpack[OpDeleteOptions]) -> Action[None]:
        """Deletes an item."""
        return self._by_key("delete", key, options)

    def check(self, *key: Any, **options: Unpack[CheckOptions]) -> Action[None]:
        """Changes nothing, but lets the transaction fail unless the item is as it should be."""
        return self._by_key("check", key, options)

    def get(self, *key: Any, **options: Unpack[OneReadOptions]) -> Action[T | None]:
        """Reads an item, in `transact_get`."""
        read = self._shape.read
        return Action(
            "get",
            self._model,
            lambda: {"key": key_part(key), **parts(options)},
            lambda item: None if item is None else read(item),
        )

    def puts(self, items: Iterable[T | Mapping[str, Any]]) -> Group[T]:
        """Writes items, in `batch_write`."""
        return Group("put", self._model, list(items), {}, self._shape)

    def deletes(self, keys: Iterable[Any]) -> Group[T]:
        """Deletes items, in `batch_write`. A key is a value, a tuple, or an item that holds it."""
        return Group("delete", self._model, list(keys), {}, self._shape)

    def gets(self, keys: Iterable[Any], **options: Unpack[GroupReadOptions]) -> Group[T]:
        """Reads items, in `batch_get`. A key is a value, a tuple, or an item that holds it."""
        return Group("keys", self._model, list(keys), options, self._shape)

    def _write(self, kind: Kind, item: Any, options: Mapping[str, Any]) -> Action[T]:
        stamp = self._shape.stamped
        return Action(
            kind,
            self._model,
            lambda: {"item": item_part(item), **parts(options)},
            lambda stamped: stamp(item, stamped or {}),
        )

    def _by_key(self, kind: Kind, key: tuple[Any, ...], options: Mapping[str, Any]) -> Action[None]:
        def members() -> dict[str, Any]:
            return {**({"key": key_part(key)} if key else {}), **parts(options)}

        return Action(kind, self._model, members, lambda _: None)


def key_of(key: Any) -> Any:
    """One key of a batch: a value, a tuple or list of values, or an item that holds it."""
    return key_part((key,))


def groups_part(name: str, groups: Sequence[Group[Any]], options: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a batch call."""
    progress = {"progress": True} if options.get("on_progress") else {}
    return {name: [each.part(name, at) for at, each in enumerate(groups)], **parts(options), **progress}


def put_remaining(error: BatchOperationFailed, groups: Sequence[Group[Any]]) -> None:
    """Puts what is left to do into the error of a batch, in the form in which it can be called again."""
    batch = error.batch or {}
    left = [tuple(each) for name in ("unwritten", "unknown", "unread") for each in batch.get(name, ())]
    parts_left = [each.only(sorted(at for of, at in left if of == group)) for group, each in enumerate(groups)]
    error.remaining = [each for each in parts_left if each.subjects]
