"""Models: the operations on items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, Unpack, overload

from ..actions import Operations
from ..calls import call_document, item_part, key_part
from ..errors import TableTheoryError
from ..options import (
    BatchOptions,
    GroupReadOptions,
    ReadOptions,
    Replaced,
    UpdateOptions,
    VersionedWriteOptions,
    WaitOptions,
    WriteOptions,
    Written,
)
from ..session import Session
from ..shapes import Shape
from ..values import Members, within
from .reads import AsyncQuery, AsyncScan

if TYPE_CHECKING:
    from .client import AsyncTableTheory

T = TypeVar("T")
Attributes = dict[str, Any]


class AsyncModel(Generic[T]):
    """The items of one model. Made by `AsyncTableTheory.model`.

    A key is given as its values (``notes.get("u#1", "n#1")``), as a tuple of them, or as an item that holds them.
    """

    def __init__(self, db: AsyncTableTheory, session: Session, name: str, shape: Shape[T]) -> None:
        self._db, self._session, self._shape = db, session, shape
        self._unchecked = True
        self.name = name
        """The name of the model in the schema."""
        self.op: Operations[T] = Operations(name, shape)
        """The operations of this model as parts of transactions and batches."""
        if session.opened:
            self._check()

    async def create(self, item: T | Mapping[str, Any], **options: Unpack[WriteOptions]) -> T:
        """Writes a new item, and gives it back with its creation time, update time and version.

        Raises `ConditionFailed` when there is one with this key.
        """
        result = await self._run("create", options, item=self._write(item))
        return self._shape.stamped(item, result.get("stamped", {}))

    @overload
    async def put(
        self,
        item: T | Mapping[str, Any],
        *,
        return_values: Literal["ALL_OLD"],
        **options: Unpack[VersionedWriteOptions],
    ) -> Replaced[T]: ...
    @overload
    async def put(
        self,
        item: T | Mapping[str, Any],
        *,
        return_values: Literal["NONE"] = ...,
        **options: Unpack[VersionedWriteOptions],
    ) -> T: ...
    async def put(self, item: Any, **options: Any) -> T | Replaced[T]:
        """Writes an item in place of whatever has its key, and gives it back as `create` does.

        With ``return_values="ALL_OLD"`` gives it together with the item that it replaced.
        """
        result = await self._run("put", options, item=self._write(item))
        new = self._shape.stamped(item, result.get("stamped", {}))
        return new if options.get("return_values", "NONE") == "NONE" else Replaced(new, self._read(result))

    @overload
    async def upsert(
        self, item: T | Mapping[str, Any], *, return_values: Literal["ALL_NEW"] = ..., **options: Unpack[WriteOptions]
    ) -> T: ...
    @overload
    async def upsert(
        self, item: T | Mapping[str, Any], *, return_values: Literal["ALL_OLD", "NONE"], **options: Unpack[WriteOptions]
    ) -> T | None: ...
    @overload
    async def upsert(
        self,
        item: T | Mapping[str, Any],
        *,
        return_values: Literal["UPDATED_NEW", "UPDATED_OLD"],
        **options: Unpack[WriteOptions],
    ) -> Attributes | None: ...
    async def upsert(self, item: Any, **options: Any) -> T | Attributes | None:
        """Writes the attributes of an item, whether it is there or not, and gives the whole item as it is then."""
        return self._returned(await self._run("upsert", options, item=self._write(item)), options)

    async def get(self, *key: Any, **options: Unpack[ReadOptions]) -> T:
        """Reads an item. Raises `ItemNotFound`."""
        result = await self._run("get", options, key=key_part(key))
        return self._shape.read(result["item"])

    async def find(self, *key: Any, **options: Unpack[ReadOptions]) -> T | None:
        """Reads an item, `None` when there is none."""
        return self._read(await self._run("find", options, key=key_part(key)))

    @overload
    async def update(
        self, *key: Any, return_values: Literal["ALL_NEW"] = ..., **options: Unpack[UpdateOptions]
    ) -> T: ...
    @overload
    async def update(
        self, *key: Any, return_values: Literal["ALL_OLD", "NONE"], **options: Unpack[UpdateOptions]
    ) -> T | None: ...
    @overload
    async def update(
        self, *key: Any, return_values: Literal["UPDATED_NEW", "UPDATED_OLD"], **options: Unpack[UpdateOptions]
    ) -> Attributes | None: ...
    async def update(self, *key: Any, **options: Any) -> T | Attributes | None:
        """Changes attributes of an item, and gives the whole item as it is then (or what `return_values` says).

        ``notes.update(note, set={"title": "ho"}, add={"views": 1}, expect_version=note["version"])``. Raises
        `VersionConflict` when the stored version is another one. Without `if_exists` it creates an item that is not
        there. ``notes.update(changes=(before, after))`` changes what differs between two states of an item.
        """
        members = {"key": key_part(key)} if key else {}  # `changes` may tell it
        return self._returned(await self._run("update", options, **members), options)

    @overload
    async def delete(
        self, *key: Any, return_values: Literal["ALL_OLD"], **options: Unpack[VersionedWriteOptions]
    ) -> T | None: ...
    @overload
    async def delete(
        self, *key: Any, return_values: Literal["NONE"] = ..., **options: Unpack[VersionedWriteOptions]
    ) -> None: ...
    async def delete(self, *key: Any, **options: Any) -> T | None:
        """Deletes an item, if it is there. With ``return_values="ALL_OLD"`` gives what was there, or `None`."""
        return self._read(await self._run("delete", options, key=key_part(key)))

    def query(self, *key: Any) -> AsyncQuery[T]:
        """The items of one partition: a builder, to be looped over, or asked for `page`, `all`, `first`, `count`.

        ``notes.query("u#1").where(S.sk.begins_with("n#")).limit(20)``. The key is the value of the partition attribute
        (of an index with several: their values), or a mapping: ``{"pk": "u#1", "sk": {"begins_with": "n#"}}``.
        """
        members = {"model": self.name, "key": Members(key[0]) if len(key) == 1 and isinstance(key[0], Mapping) else key}
        return AsyncQuery(self._db, self._shape, members)

    def scan(self) -> AsyncScan[T]:
        """All items of the table: a builder like that of `query`."""
        return AsyncScan(self._db, self._shape, {"model": self.name})

    async def wait_for(self, *key: Any, **options: Unpack[WaitOptions]) -> T:
        """Reads an item until it is there, or until it is as it should be (``until=S.status == "done"``).

        With `index` the key is that of the index. Raises `CallTimeout` when time is over.
        """
        result = await self._run("wait_for", options, key=key_part(key))
        return self._shape.read(result["item"])

    async def batch_get(
        self, keys: Iterable[Any], *, options: BatchOptions | None = None, **reading: Unpack[GroupReadOptions]
    ) -> list[T | None]:
        """Reads any number of items, in the order of their keys, `None` for those that are not there.

        Raises `BatchOperationFailed` with the keys that could not be read in `remaining`.
        """
        return (await self._db.batch_get([self.op.gets(keys, **reading)], **(options or {})))[0]

    async def batch_put(self, items: Iterable[T | Mapping[str, Any]], **options: Unpack[BatchOptions]) -> Written:
        """Writes any number of items, each by itself, and gives how many, and what was set on them.

        Raises `BatchOperationFailed` with those that were not, or may not have been, written in `remaining`.
        """
        return await self._db.batch_write([self.op.puts(items)], **options)

    async def batch_delete(self, keys: Iterable[Any], **options: Unpack[BatchOptions]) -> Written:
        """Deletes any number of items, each by itself, and gives how many. Errors as in `batch_put`."""
        return await self._db.batch_write([self.op.deletes(keys)], **options)

    async def _run(self, op: str, options: Mapping[str, Any], **members: Any) -> Attributes:
        call = call_document(op, self.name, options, **members)
        if self._unchecked:
            await self._db._open()
            self._check()
        return await self._db._run(call, options)

    def _check(self) -> None:
        model = self._session.model(self.name)
        if model is not None:
            self._shape.check(model)
        self._unchecked = False

    def _write(self, item: Any) -> Members:
        try:
            return item_part(item)
        except TableTheoryError as error:
            raise within(error, "item") from None

    def _read(self, result: Attributes) -> T | None:
        item = result.get("item")
        return None if item is None else self._shape.read(item)

    def _returned(self, result: Attributes, options: Mapping[str, Any]) -> T | Attributes | None:
        if str(options.get("return_values", "")).startswith("UPDATED"):
            attributes: Attributes | None = result.get("item")
            return attributes
        return self._read(result)
