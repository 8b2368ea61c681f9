"""The client."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

from ..calls import call_document
from ..credentials import AsyncCredentialsProvider, Credentials
from ..errors import TableTheoryError
from ..options import CallOptions, ClientOptions, DeleteTableOptions, EnsureTableOptions, TableResult, endpoint_of
from ..session import Document, Schema, Session
from ..shapes import shape_of
from ..transport import AsyncTransport, Transport, kind_of
from ..transport.places import Trust, goes_through_proxy, tls_context
from ..values import dumps, encode, loads_plain
from .driver import EAGER, AsyncDriver, Progress
from .model import AsyncModel

if TYPE_CHECKING:
    from ..engine.operation import Clock
    from ..transport.aio_sockets import AsyncSocketTransport

T = TypeVar("T")


class AsyncTableTheory:
    """A schema document with the tables it describes.

    >>> async with AsyncTableTheory("notes.dms.yml") as db:
    ...     notes = db.model("Note")
    """

    def __init__(
        self,
        schema: Schema | None = None,
        *,
        document: Document | None = None,
        transport: Literal["socket", "http"] | AsyncTransport | Transport | AsyncSocketTransport | None = None,
        credentials: Credentials | AsyncCredentialsProvider | None = None,
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

        Raises `InvalidDocument` and `ConfigurationError` (an asyncio client: at its first use).
        """
        self._own_transport: AsyncTransport | AsyncSocketTransport | None = None
        if transport in (None, "socket"):
            transport = "http" if goes_through_proxy(endpoint_of(options)) else "socket"
        if transport == "socket":
            from ..transport.aio_sockets import AsyncSocketTransport

            transport = self._own_transport = AsyncSocketTransport(
                attempt_timeout=attempt_timeout, connect_timeout=connect_timeout, max_connections=max_connections, ca=ca
            )
        elif transport == "http":
            from ..transport.aio import AsyncHttpTransport

            context = tls_context(ca) if ca else None
            transport = self._own_transport = AsyncHttpTransport(
                attempt_timeout=attempt_timeout,
                connect_timeout=connect_timeout,
                max_idle=max_connections,
                ssl_context=context,
            )
        self._session = Session(schema, document, options, transport=kind_of(transport), clock=clock)
        provider = (lambda: credentials) if isinstance(credentials, Credentials) else credentials
        self._driver = AsyncDriver(self._session, transport, provider)
        self._timeout = timeout
        if EAGER:
            self._session.open()

    @overload
    def model(self, model: type[T]) -> AsyncModel[T]: ...
    @overload
    def model(self, model: str) -> AsyncModel[dict[str, Any]]: ...
    @overload
    def model(self, model: str, cls: type[T]) -> AsyncModel[T]: ...
    def model(self, model: Any, cls: Any = None) -> AsyncModel[Any]:
        """A model of the schema, by its name. Items are dicts, or objects of a dataclass or pydantic model `cls`.

        A class alone stands for the model of the same name. Raises `InvalidModel` when the class does not fit the
        model (an asyncio client that was not used yet: at the first call).
        """
        if isinstance(model, type):
            model, cls = model.__name__, model
        return AsyncModel(self, self._session, model, shape_of(cls))

    def describe(self) -> dict[str, Any]:
        """The compiled models, as in `models.schema.json`."""
        return self._session.describe()

    async def call(
        self,
        document: Mapping[str, Any] | str | bytes,
        *,
        timeout: float | None = None,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Runs a call document as it is, and gives its result document, both in plain JSON."""
        if isinstance(document, str):
            document = document.encode(errors="surrogatepass")
        text = document if isinstance(document, bytes) else dumps(encode(document, verbatim=True))
        result: dict[str, Any] = loads_plain(await self._driver.run(text, timeout or self._timeout, progress))
        return result

    async def ensure_table(self, model: str, **options: Unpack[EnsureTableOptions]) -> TableResult:
        """Creates the table of a model, with its indexes and TTL, unless it is there; waits until it can be used."""
        return await self._table("ensure_table", model, options)

    async def describe_table(self, model: str, **options: Unpack[CallOptions]) -> TableResult:
        """Describes the table of a model. Raises `TableNotFound`."""
        return await self._table("describe_table", model, options)

    async def delete_table(self, model: str, **options: Unpack[DeleteTableOptions]) -> TableResult:
        """Deletes the table of a model, with everything in it, if it is there; waits until it is gone."""
        return await self._table("delete_table", model, options)

    async def aclose(self) -> None:
        """Frees everything. Calls that are running fail with `Canceled`, later ones with `InvalidHandle`."""
        if self._session.close():
            await self._driver.aclose()
            if self._own_transport is not None:
                await self._own_transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _table(self, op: str, model: str, options: Mapping[str, Any]) -> TableResult:
        result = await self._run(call_document(op, model, options), options)
        return TableResult(result.get("table"), result.get("created"), result.get("deleted"))

    async def _open(self) -> None:
        await self._driver.open()

    async def _run(self, call: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
        """Runs a call; its result in native values."""
        stats = options.get("stats")
        try:
            text = await self._driver.run(call, options.get("timeout") or self._timeout)
        except TableTheoryError as error:
            if stats is not None and error.stats:
                stats.update(error.stats)
            raise
        return self._session.result(text, stats)
