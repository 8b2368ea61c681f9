"""Options of a client and of its calls, and how they become settings of the core."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, NamedTuple, Self, TypedDict, TypeVar

from .expressions import Condition
from .record import FrozenRecord, Record

T = TypeVar("T")


class Stats(Record):
    """What a call took. Pass one as ``stats=``: it is filled in when the call ends, with a result or with an error."""

    __slots__ = ("attempts", "retries", "waited_ms", "request_id", "capacity")
    attempts: int
    """Requests made."""
    retries: int
    """Requests made again."""
    waited_ms: int
    """Milliseconds of back-off in total."""
    request_id: str | None
    """The service's id of the last request."""
    capacity: dict[str, Any] | None
    """Consumed capacity units (`total`, `read`, `write`, `table`), where the service said so."""

    def __init__(
        self,
        attempts: int = 0,
        retries: int = 0,
        waited_ms: int = 0,
        request_id: str | None = None,
        capacity: dict[str, Any] | None = None,
    ) -> None:
        self.attempts = attempts
        self.retries = retries
        self.waited_ms = waited_ms
        self.request_id = request_id
        self.capacity = capacity

    def update(self, document: Mapping[str, Any]) -> None:
        """Takes over the figures of a result or error document."""
        for name, value in document.items():
            if name in self.__slots__:
                setattr(self, name, value)


class TableResult(FrozenRecord):
    """What a table operation found or did."""

    __slots__ = ("table", "created", "deleted")
    table: dict[str, Any] | None
    """Name, status, keys, indexes and so on, as the service describes them."""
    created: bool | None
    """`ensure_table`: whether it was created now."""
    deleted: bool | None
    """`delete_table`: whether it was there."""

    def __init__(self, table: dict[str, Any] | None, created: bool | None = None, deleted: bool | None = None) -> None:
        self._fill(table, created, deleted)


class Replaced(NamedTuple, Generic[T]):
    """What ``put(item, return_values="ALL_OLD")`` gives: ``new, old = notes.put(…)``."""

    new: T
    """The item as written, with its creation time, update time and version."""
    old: T | None
    """The item that it replaced."""


class RetryOptions(TypedDict, total=False):
    """How the core retries. Left out: its defaults."""

    max_attempts: int
    base_ms: int
    max_backoff_ms: int
    budget: int


class CursorOptions(TypedDict, total=False):
    """Signed cursors, for those that leave the house."""

    keys: Sequence[bytes | str]
    """At least 32 random bytes each, as they are or in base64. The first one signs, all of them are accepted."""
    required: bool
    """Whether cursors without a signature are refused. Default: yes."""


class ClientOptions(TypedDict, total=False):
    """Options of a client that are settings of the core."""

    region: str | None
    """AWS region; else `AWS_REGION`, else `AWS_DEFAULT_REGION`."""
    endpoint: str | None
    """URL of the service; else `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`, else the one of the region."""
    table_prefix: str
    """Put in front of the table names of the schema."""
    table_names: Mapping[str, str]
    """Table names by model, used as they are."""
    retry: RetryOptions
    """Retry settings."""
    capacity: Literal["none", "total", "indexes"]
    """Which consumed capacity to ask for. Default: total."""
    numbers: Literal["exact", "double", "string"]
    """How numbers are read: `int` and `Decimal` (default), `int` and `float` (an error if that loses digits), `str`."""
    strict: bool
    """Whether warnings of the schema document are errors."""
    cursor: CursorOptions
    """Signs cursors."""


class CallOptions(TypedDict, total=False):
    """Options of every call."""

    timeout: float | None
    """Seconds for the whole call, retries included. Default: the client's."""
    stats: Stats | None
    """To be filled in when the call ends."""


class ReadOptions(CallOptions, total=False):
    """Options of `get` and `find`."""

    consistent: bool
    """Read strongly consistently."""
    projection: Sequence[str]
    """Paths of the attributes to read. A typed item needs defaults for the others."""
    raw: bool
    """Also give attributes that the schema does not know."""


class QueryOptions(CallOptions, total=False):
    """Options of the calls of a query or scan."""

    cursor: str | None
    """Where to go on: the cursor of a page."""
    pages: int | None
    """Most pages of DynamoDB to read in this call; `None`: as many as it takes."""


class Page(FrozenRecord, Generic[T]):
    """Some of the items of a query or scan."""

    __slots__ = ("items", "cursor", "remaining", "count", "scanned", "pages", "stats", "progress")
    items: list[T]
    """The items."""
    cursor: str | None
    """Where to go on; `None` at the end."""
    remaining: int | None
    """How many items of the limit are still wanted; `None` without a limit."""
    count: int
    """How many items there are in it, or were counted."""
    scanned: int
    """How many items DynamoDB looked at."""
    pages: int
    """How many pages of DynamoDB it took."""
    stats: Stats
    """What it took."""
    progress: ScanProgress | None
    """How far a scan has come with it: of one in segments, or one with `on_progress`."""

    def __init__(
        self,
        items: list[T],
        cursor: str | None,
        remaining: int | None,
        count: int,
        scanned: int,
        pages: int,
        stats: Stats,
        progress: ScanProgress | None = None,
    ) -> None:
        self._fill(items, cursor, remaining, count, scanned, pages, stats, progress)


class ScanProgress(FrozenRecord):
    """How far a scan has come."""

    __slots__ = ("items", "pages", "scanned", "segments", "segments_done", "capacity")
    items: int
    """Items given, or counted."""
    pages: int
    """Pages read."""
    scanned: int
    """Items that DynamoDB looked at."""
    segments: int
    """Segments of the whole scan."""
    segments_done: int
    """Segments that are read to their end."""
    capacity: float | None
    """Capacity units, where the service told."""

    def __init__(
        self, items: int, pages: int, scanned: int, segments: int, segments_done: int, capacity: float | None
    ) -> None:
        self._fill(items, pages, scanned, segments, segments_done, capacity)


class BatchProgress(FrozenRecord):
    """How far a batch has come."""

    __slots__ = ("done", "total", "unprocessed")
    done: int
    """Items written or read."""
    total: int
    """Items of the call."""
    unprocessed: int
    """Items that the service has put off, and that are tried again."""

    def __init__(self, done: int, total: int, unprocessed: int) -> None:
        self._fill(done, total, unprocessed)


class Written(int):
    """How many items a batch has written and deleted."""

    stamped: Sequence[dict[str, Any] | None]
    """By group of the call, what was set on its items: creation time, update time, and the version of those that came
    without one. `None` for deletions."""

    def __new__(cls, count: int, stamped: Sequence[dict[str, Any] | None] = ()) -> Self:
        """Made by `batch_write`."""
        made = super().__new__(cls, count)
        made.stamped = stamped
        return made


class WaitOptions(CallOptions, total=False):
    """Options of `wait_for`."""

    until: Condition | Mapping[str, Any]
    """What the item has to be like. Default: it has to be there."""
    index: str
    """Look for it in an index."""
    projection: Sequence[str]
    """Paths of the attributes to read."""
    consistent: bool
    """Read strongly consistently; not on a global index."""
    raw: bool
    """Also give attributes that the schema does not know."""
    timeout_ms: int
    """Milliseconds to wait at most. Default: ten seconds. 0: look once."""
    base_ms: int
    """Bound of the first wait, in milliseconds; it doubles from look to look. Default: 100."""
    max_ms: int
    """Bound of every wait, in milliseconds. Default: five seconds."""


class BatchOptions(CallOptions, total=False):
    """Options of batches."""

    parallel: int
    """Requests side by side, 1 to 64. Default: 4."""
    on_progress: Callable[[BatchProgress], object]
    """Hears after each request how far the batch has come; of the last one that all is done."""


class TransactOptions(CallOptions, total=False):
    """Options of `transact`."""

    token: str
    """1 to 36 characters: with the same token the service carries out a transaction once within ten minutes."""


class OpWriteOptions(TypedDict, total=False):
    """Options of a `create` within a transaction: see `WriteOptions`."""

    condition: Condition | Mapping[str, Any]
    return_old_on_failure: bool


class OpVersionedWriteOptions(OpWriteOptions, total=False):
    """Options of a `put` within a transaction: see `VersionedWriteOptions`."""

    expect_version: int


class OpDeleteOptions(OpVersionedWriteOptions, total=False):
    """Options of a `delete` within a transaction: see `VersionedWriteOptions`."""


class CheckOptions(OpVersionedWriteOptions, total=False):
    """Options of a `check` within a transaction: what has to hold."""


class OpUpdateOptions(OpVersionedWriteOptions, total=False):
    """Options and clauses of an `update` within a transaction: see `UpdateOptions`."""

    set: Mapping[str, Any]
    set_if_not_exists: Mapping[str, Any]
    append: Mapping[str, Any]
    prepend: Mapping[str, Any]
    remove: Sequence[str]
    add: Mapping[str, Any]
    delete: Mapping[str, Any]
    changes: tuple[Any, Any]
    if_exists: bool
    protected_attributes: Sequence[str]


class OneReadOptions(TypedDict, total=False):
    """Options of a `get` within `transact_get`."""

    projection: Sequence[str]
    raw: bool


class GroupReadOptions(OneReadOptions, total=False):
    """Options of `gets` within `batch_get`."""

    consistent: bool


class WriteOptions(CallOptions, total=False):
    """Options of `create` and `upsert`."""

    condition: Condition | Mapping[str, Any]
    """Write only if this holds: ``S.views > 3``, or a condition tree in plain JSON."""
    return_old_on_failure: bool
    """Have the error carry the item that failed the condition."""


class VersionedWriteOptions(WriteOptions, total=False):
    """Options of `put` and `delete`."""

    expect_version: int
    """Write only if this is the stored version."""


class UpdateOptions(VersionedWriteOptions, total=False):
    """Options and clauses of `update`. Clauses name paths. None at all touches version and update time only."""

    set: Mapping[str, Any]
    """Values to set, or what they are made of: ``{"views": S.views + 1}``."""
    set_if_not_exists: Mapping[str, Any]
    """Values to set where there is none yet."""
    append: Mapping[str, Sequence[Any]]
    """Elements to put at the end of lists."""
    prepend: Mapping[str, Sequence[Any]]
    """Elements to put at the beginning of lists."""
    remove: Sequence[str]
    """Attributes to remove."""
    add: Mapping[str, Any]
    """Numbers to add, or elements to add to sets."""
    delete: Mapping[str, Any]
    """Elements to take out of sets."""
    changes: tuple[Any, Any]
    """An item as it was read (or `None`), and as it is to be: what differs is set or removed, nothing else."""
    if_exists: bool
    """Refuse to create the item."""
    protected_attributes: Sequence[str]
    """Attributes that this call must not change."""


class EnsureTableOptions(CallOptions, total=False):
    """Options of `ensure_table`."""

    wait: bool
    """Wait until the table can be used. Default: yes."""
    timeout_ms: int
    """Milliseconds to wait at most. Default: five minutes."""
    billing: Literal["PAY_PER_REQUEST"] | Mapping[str, int]
    """``PAY_PER_REQUEST``, or provisioned units: ``{"read": 5, "write": 5}``."""
    deletion_protection: bool
    """Protect the table from being deleted."""


class DeleteTableOptions(CallOptions, total=False):
    """Options of `delete_table`."""

    wait: bool
    """Wait until the table is gone. Default: yes."""
    timeout_ms: int
    """Milliseconds to wait at most. Default: five minutes."""


TransportKind = Literal["socket", "http", "sdk"]
"""What the core does for a transport: speak HTTP, sign requests, or neither."""


def settings(options: ClientOptions, *, transport: TransportKind, version: str) -> dict[str, Any]:
    """The settings document of the core, after the conventions of the environment."""
    passed_on = ("retry", "capacity", "numbers", "strict")
    out: dict[str, Any] = {name: value for name, value in options.items() if name in passed_on}
    if "cursor" in options:
        keys = [
            each if isinstance(each, str) else b64encode(each).decode() for each in options["cursor"].get("keys", ())
        ]
        out["cursor"] = {**options["cursor"], "keys": keys}
    out["user_agent"] = f"tabletheory-python/{version}"
    out["tables"] = {"prefix": options.get("table_prefix", ""), "names": dict(options.get("table_names", {}))}
    out["transport"] = transport
    if transport == "sdk":
        return out
    region = options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = endpoint_of(options)
    return {**out, **({"region": region} if region else {}), **({"endpoint": endpoint} if endpoint else {})}


def endpoint_of(options: ClientOptions) -> str | None:
    """The endpoint that was named, in the options or by the conventions of the environment."""
    if options.get("endpoint"):
        return options["endpoint"]
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
