"""Queries and scans: builders that only put together a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, Unpack

from ..calls import condition_tree, parts, written
from ..errors import TableTheoryError
from ..expressions import Attribute, Condition
from ..options import Page, QueryOptions, ScanProgress, Stats
from ..progress import ScanListener, scan_progress
from ..shapes import Shape
from ..values import within

if TYPE_CHECKING:
    from .client import AsyncTableTheory

T = TypeVar("T")


class AsyncRead(Generic[T]):
    """What queries and scans have in common. Every method gives another builder, and leaves this one as it is."""

    _op = ""

    def __init__(self, db: AsyncTableTheory, shape: Shape[T], members: Mapping[str, Any]) -> None:
        self._db, self._shape, self._members = db, shape, members

    def index(self, name: str) -> Self:
        """Reads an index instead of the table."""
        return self._with(index=name)

    def filter(self, *conditions: Condition | Mapping[str, Any]) -> Self:
        """Gives only items that meet all conditions. What does not has been read, and paid for, all the same."""
        return self._also("filter", conditions)

    def projection(self, *paths: str | Attribute) -> Self:
        """Reads only these attributes. A typed item needs defaults for the others."""
        return self._with(projection=[each.path if isinstance(each, Attribute) else each for each in paths])

    def consistent(self, consistent: bool = True) -> Self:
        """Reads strongly consistently; not on a global index."""
        return self._with(consistent=consistent)

    def limit(self, items: int) -> Self:
        """How many items are wanted, over all pages. Default: all."""
        return self._with(limit=items)

    def page_size(self, items: int) -> Self:
        """How many items DynamoDB looks at for one page. Default: as many as 1 MB holds."""
        return self._with(page_size=items)

    def raw(self, raw: bool = True) -> Self:
        """Also gives attributes that the schema does not know."""
        return self._with(raw=raw)

    def after(self, cursor: str | None) -> Self:
        """Goes on where a page ended; from the beginning for `None`."""
        return self._with(cursor=cursor)

    async def page(self, **options: Unpack[QueryOptions]) -> Page[T]:
        """One page: with a limit as many items as that, from as many pages of DynamoDB as it takes; else one of those.

        Raises `InvalidCursor` when the cursor is malformed or belongs to another query.
        """
        turn = {} if "limit" in self._members or "pages" in options else {"pages": self._turn()}
        return await self._page(options, turn, self._listener())

    async def pages(self, **options: Unpack[QueryOptions]) -> AsyncIterator[Page[T]]:
        """The pages of DynamoDB, each read when it is asked for. Leave the loop to stop."""
        given: dict[str, Any] = {**options}
        turn: dict[str, Any] = {"pages": given.pop("pages", self._turn())}
        listener = self._listener()
        while True:
            page = await self._page(given, turn, listener)
            yield page
            if page.cursor is None or page.remaining == 0:
                return
            given["cursor"] = page.cursor
            if page.remaining is not None:
                turn["limit"] = page.remaining

    async def items(self, **options: Unpack[QueryOptions]) -> AsyncIterator[T]:
        """The items one after the other, read page by page. Leave the loop to stop."""
        async for page in self.pages(**options):
            for item in page.items:
                yield item

    def __aiter__(self) -> AsyncIterator[T]:
        """As `items`."""
        return self.items()

    async def all(self, **options: Unpack[QueryOptions]) -> list[T]:
        """All items in one list. For many of them a loop needs less memory."""
        return (await self._page(options, {}, self._listener())).items

    async def first(self, **options: Unpack[QueryOptions]) -> T | None:
        """The first item; `None` when there is none."""
        page = await self._page(options, {"limit": 1}, self._listener())
        return page.items[0] if page.items else None

    async def count(self, **options: Unpack[QueryOptions]) -> int:
        """How many items there are. They are read, and paid for, but stay away."""
        return (await self.count_only()._page(options, {}, self._listener())).count

    def count_only(self) -> Self:
        """Pages without items, but with their number."""
        return self._with(count=True)

    async def explain(self) -> dict[str, Any]:
        """What it would do, without sending anything: see `AsyncTableTheory.explain`."""
        return await self._db.explain(self.document())

    def document(self, **members: Any) -> bytes:
        """The call document."""
        document: dict[str, Any] = {"op": self._op, **self._members, **members}
        return written({name: value for name, value in document.items() if value is not None})

    def _turn(self) -> int:
        """Pages that are read at once."""
        return 1

    def _listener(self) -> ScanListener | None:
        """Who hears how far it has come."""
        return None

    def _with(self, **members: Any) -> Self:
        return type(self)(self._db, self._shape, {**self._members, **members})

    def _also(self, name: str, conditions: tuple[Any, ...]) -> Self:
        before = (self._members[name].document,) if name in self._members else ()
        try:
            return self._with(**{name: condition_tree(*before, *conditions)})
        except TableTheoryError as error:
            raise within(error, name) from None

    async def _page(
        self, options: Mapping[str, Any], members: Mapping[str, Any], listener: ScanListener | None
    ) -> Page[T]:
        result = await self._run(options, members, listener)
        stats = Stats()
        stats.update(result["stats"])
        items = self._shape.read_all(result.get("items", []))
        cursor, remaining, count = result["cursor"], result["remaining"], result["count"]
        progress = scan_progress(result["progress"]) if "progress" in result else None
        return Page(items, cursor, remaining, count, result["scanned"], result["pages"], stats, progress)

    async def _run(
        self, options: Mapping[str, Any], members: Mapping[str, Any], listener: ScanListener | None
    ) -> dict[str, Any]:
        if listener is not None:
            listener.begin()
        result = await self._db._run(self.document(**{**parts(options), **members}), options, listener)
        if listener is not None and "progress" in result:
            listener(result["progress"])
        return result


class AsyncQuery(AsyncRead[T]):
    """Items of one partition of a table or index, in the order of their sort key. Made by `AsyncModel.query`.

    ``async for note in notes.query("u#1").where(S.sk.begins_with("n#") & (S.views > 3)).limit(20): …``
    """

    _op = "query"

    def where(self, *conditions: Condition | Mapping[str, Any]) -> Self:
        """Conditions: those on sort attributes choose what is read, others what is given of it, as `filter` does."""
        return self._also("where", conditions)

    def order(self, order: Literal["asc", "desc"]) -> Self:
        """By the sort key: ``asc`` (default) or ``desc``."""
        return self._with(order=order)


class AsyncScan(AsyncRead[T]):
    """All items of a table or index. Made by `AsyncModel.scan`."""

    _op = "scan"
    _hear: Callable[[ScanProgress], object] | None = None

    def segments(self, segments: int, parallel: int | None = None) -> Self:
        """Divides the table into so many segments, and reads several side by side: see `parallel`."""
        scan = self._with(segments=segments)
        return scan if parallel is None else scan.parallel(parallel)

    def parallel(self, segments: int) -> Self:
        """How many segments are read side by side. Default: up to 4."""
        return self._with(parallel=segments)

    def segment(self, segment: int) -> Self:
        """Reads only this segment, from 0: for scans that several processes share."""
        return self._with(segment=segment)

    def on_progress(self, hear: Callable[[ScanProgress], object]) -> Self:
        """Tells how far the scan has come, each time that something has come, the last time included."""
        scan = self._with(progress=True)
        scan._hear = hear
        return scan

    def _turn(self) -> int:
        segments = self._members.get("segments")
        if not isinstance(segments, int) or "segment" in self._members:
            return 1
        return self._members.get("parallel") or max(min(segments, 4), 1)

    def _with(self, **members: Any) -> Self:
        scan = super()._with(**members)
        scan._hear = self._hear
        return scan

    def _listener(self) -> ScanListener | None:
        return ScanListener(self._hear) if self._hear is not None else None
