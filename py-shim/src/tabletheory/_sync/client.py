# Made from `_async/client.py` by `tools/make_sync.py`. Change it there.
"""The client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

from ..actions import Action, Group, groups_part, put_remaining
from ..calls import call_document, parts, written
from ..credentials import Credentials, CredentialsProvider
from ..errors import BatchOperationFailed, TableTheoryError
from ..options import (
    BatchOptions,
    CallOptions,
    ClientOptions,
    DeleteTableOptions,
    EnsureTableOptions,
    TableResult,
    TransactOptions,
    Written,
    endpoint_of,
)
from ..progress import batch_listener
from ..session import Document, Schema, Session
from ..shapes import shape_of
from ..transport import Transport, kind_of
from ..transport.places import Trust, goes_through_proxy, tls_context
from ..values import Plain, dumps, encode, loads_plain
from .driver import EAGER, Driver, Progress
from .model import Model

if TYPE_CHECKING:
    from ..engine.operation import Clock
    from ..transport.sockets import SocketTransport

T = TypeVar("T")
R = TypeVar("R")


class TableTheory:
    """A schema document with the tables it describes.

    >>> with TableTheory("notes.dms.yml") as db:
    ...     notes = db.model("Note")
    """

    def __init__(
        self,
        schema: Schema | None = None,
        *,
        document: Document | None = None,
        transport: Literal["socket", "http"] | Transport | SocketTransport | None = None,
        credentials: Credentials | CredentialsProvider | None = None,
        timeout: float | None = None,
        attempt_timeout: float = 10.0,
        connect_timeout: float = 3.0,
        max_connections: int = 50,
        ca: Trust | None = None,
        clock: Clock | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Takes the path of a DMS document, or its content as `document` (text, bytes, or a mapping).

        `transport`: ``"socket"`` (the core speaks HTTP over connections that are kept open; the default), ``"http"``
        (the standard library's HTTP client; also used where the environment names a proxy), or an object.
        `credentials`: default the environment, then boto3's provider chain. `timeout`: seconds for each whole call,
        retries included; default none.

        For the transports that the client makes: `attempt_timeout`, `connect_timeout`: seconds for one request from
        connecting to the last byte, and for connecting. `max_connections`: to one endpoint; further requests wait (of
        ``"http"``: those that are kept). `ca`: a file or bytes in PEM form, the only certificates to trust. `clock`:
        for tests. Further options: see `ClientOptions`.

        Raises `InvalidDocument` and `ConfigurationError`.
        """
        self._own_transport: Transport | SocketTransport | None = None
        if transport in (None, "socket"):
            transport = "http" if goes_through_proxy(endpoint_of(options)) else "socket"
        if transport == "socket":
            from ..transport.sockets import SocketTransport

            transport = self._own_transport = SocketTransport(
                attempt_timeout=attempt_timeout, connect_timeout=connect_timeout, max_connections=max_connections, ca=ca
            )
        elif transport == "http":
            from ..transport.http import HttpTransport

            context = tls_context(ca) if ca else None
            transport = self._own_transport = HttpTransport(
                attempt_timeout=attempt_timeout,
                connect_timeout=connect_timeout,
                max_idle=max_connections,
                ssl_context=context,
            )
        self._session = Session(schema, document, options, transport=kind_of(transport), clock=clock)
        provider = (lambda: credentials) if isinstance(credentials, Credentials) else credentials
        self._driver = Driver(self._session, transport, provider)
        self._timeout = timeout
        if EAGER:
            self._session.open()

    @overload
    def model(self, model: type[T]) -> Model[T]: ...
    @overload
    def model(self, model: str) -> Model[dict[str, Any]]: ...
    @overload
    def model(self, model: str, cls: type[T]) -> Model[T]: ...
    def model(self, model: Any, cls: Any = None) -> Model[Any]:
        """A model of the schema, by its name. Items are dicts, or objects of a dataclass or pydantic model `cls`.

        A class alone stands for the model of the same name. Raises `InvalidModel` when the class does not fit the
        model.
        """
        if isinstance(model, type):
            model, cls = model.__name__, model
        return Model(self, self._session, model, shape_of(cls))

    def describe(self) -> dict[str, Any]:
        """The compiled models, as in `models.schema.json`."""
        return self._session.describe()

    def call(
        self,
        document: Mapping[str, Any] | str | bytes,
        *,
        timeout: float | None = None,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Runs a call document as it is, and gives its result document, both in plain JSON."""
        text = _text(document)
        result: dict[str, Any] = loads_plain(self._driver.run(text, timeout or self._timeout, progress))
        return result

    def batch_write(self, groups: Sequence[Group[Any]], **options: Unpack[BatchOptions]) -> Written:
        """Writes and deletes any number of items, each by itself, and gives how many, and what was set on them.

        ``db.batch_write([notes.op.puts(items), users.op.deletes(keys)])``. Raises `BatchOperationFailed`: its `batch`
        says what was written, what was not and what is unknown, its `remaining` are the groups to call again.
        """
        result = self._batch("batch_write", "writes", groups, options)
        return Written(result["written"], result["stamped"])

    def batch_get(self, groups: Sequence[Group[Any]], **options: Unpack[BatchOptions]) -> list[list[Any]]:
        """Reads any number of items, by group, in the order of their keys, `None` for those that are not there.

        ``db.batch_get([notes.op.gets(keys), users.op.gets(others)])``. Errors as in `batch_write`.
        """
        result = self._batch("batch_get", "gets", groups, options)
        return [group.read(items) for group, items in zip(groups, result["results"], strict=True)]

    def transact(self, actions: Sequence[Action[Any]], **options: Unpack[TransactOptions]) -> list[Any]:
        """Carries out up to 100 writes and checks, all of them or none.

        ``db.transact([notes.op.put(note), counters.op.update("n", add={"n": 1})])``. Gives for each action what it has
        to give: for `create` and `put` the item with what was stamped on it. Raises `TransactionFailed`, whose
        `reasons` say which actions were refused and why; also `ConditionFailed` where a condition was not met.
        """
        made = [{each.kind: each.part("actions", at, each.kind)} for at, each in enumerate(actions)]
        result = self._run(written({"op": "transact", "actions": made, **parts(options)}), options)
        return [action.value(each) for action, each in zip(actions, result["stamped"], strict=True)]

    def transact_get(self, actions: Sequence[Action[R]], **options: Unpack[CallOptions]) -> list[R]:
        """Reads up to 100 items as of one moment: ``db.transact_get([notes.op.get(key), users.op.get(other)])``."""
        made = [each.part("gets", at) for at, each in enumerate(actions)]
        result = self._run(written({"op": "transact_get", "gets": made, **parts(options)}), options)
        return [action.value(each) for action, each in zip(actions, result["items"], strict=True)]

    def transition_append_event(self, actual: Action[None], event: Action[T], **options: Unpack[TransactOptions]) -> T:
        """Changes a state and appends the event that tells of it, both or neither. Gives the event."""
        made = {"actual": actual.part("actual"), "event": event.part("event")}
        result = self._run(written({"op": "transition_append_event", **made, **parts(options)}), options)
        return event.value(result["stamped"][1])

    def validate_provenance(
        self, provenance: Mapping[str, Any] | None, confidence: Mapping[str, Any] | None, **options: Unpack[CallOptions]
    ) -> None:
        """Sends nothing. Raises `RejectedDeployAuthorityEvidence` unless evidence of a deployment is authoritative."""
        given = {"provenance": provenance, "confidence": confidence}
        members = {name: Plain(encode(value)) for name, value in given.items() if value is not None}
        self._run(written({"op": "validate_provenance", **members}), options)

    def explain(self, call: Mapping[str, Any] | str | bytes | Action[Any]) -> dict[str, Any]:
        """What a call would do, without sending anything.

        Takes a call document in plain JSON or an operation of `Model.op`; queries and scans have a method of the same
        name. Gives `requests` (action and body, as they would go out), `follows`, `index`, `key_condition`, `filter`,
        `index_advice`, `cost` and `warnings`. Raises the error that the call would be refused with.
        """
        self._open()
        text = call.document() if isinstance(call, Action) else _text(call)
        explanation: dict[str, Any] = loads_plain(self._session.explain(text))
        return explanation

    def ensure_table(self, model: str, **options: Unpack[EnsureTableOptions]) -> TableResult:
        """Creates the table of a model, with its indexes and TTL, unless it is there; waits until it can be used."""
        return self._table("ensure_table", model, options)

    def describe_table(self, model: str, **options: Unpack[CallOptions]) -> TableResult:
        """Describes the table of a model. Raises `TableNotFound`."""
        return self._table("describe_table", model, options)

    def delete_table(self, model: str, **options: Unpack[DeleteTableOptions]) -> TableResult:
        """Deletes the table of a model, with everything in it, if it is there; waits until it is gone."""
        return self._table("delete_table", model, options)

    def close(self) -> None:
        """Frees everything. Calls that are running fail with `Canceled`, later ones with `InvalidHandle`."""
        if self._session.close():
            self._driver.close()
            if self._own_transport is not None:
                self._own_transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _table(self, op: str, model: str, options: Mapping[str, Any]) -> TableResult:
        result = self._run(call_document(op, model, options), options)
        return TableResult(result.get("table"), result.get("created"), result.get("deleted"))

    def _open(self) -> None:
        self._driver.open()

    def _batch(self, op: str, name: str, groups: Sequence[Group[Any]], options: Mapping[str, Any]) -> dict[str, Any]:
        call = written({"op": op, **groups_part(name, groups, options)})
        hear = batch_listener(options.get("on_progress"))
        try:
            result = self._run(call, options, hear)
        except BatchOperationFailed as error:
            put_remaining(error, groups)
            raise
        if hear is not None:
            hear(result["progress"])
        return result

    def _run(self, call: bytes, options: Mapping[str, Any], progress: Progress | None = None) -> dict[str, Any]:
        """Runs a call; its result in native values."""
        stats = options.get("stats")
        try:
            text = self._driver.run(call, options.get("timeout") or self._timeout, progress)
        except TableTheoryError as error:
            if stats is not None and error.stats:
                stats.update(error.stats)
            raise
        return self._session.result(text, stats)


def _text(document: Mapping[str, Any] | str | bytes) -> bytes:
    """A call document as it is."""
    if isinstance(document, str):
        return document.encode(errors="surrogatepass")
    return document if isinstance(document, bytes) else dumps(encode(document, verbatim=True))
