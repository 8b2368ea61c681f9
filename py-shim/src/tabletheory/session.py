"""What `TableTheory` and `AsyncTableTheory` have in common: the schema with its settings, opened in the core."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import InvalidDocument, InvalidHandle, TableTheoryError, from_document, host_error
from .options import ClientOptions, Stats, TransportKind, settings
from .transport import TransportFailure
from .values import dumps, loads

if TYPE_CHECKING:
    from .engine.operation import Clock, Operation
    from .engine.pool import Client, Pool

__version__ = "0.1.0"

Schema = str | os.PathLike[str]
Document = str | bytes | Mapping[str, Any]


class Session:
    """A schema and its settings. Safe for many threads."""

    def __init__(
        self,
        schema: Schema | None,
        document: Document | None,
        options: ClientOptions,
        *,
        transport: TransportKind,
        clock: Clock | None,
    ) -> None:
        if (schema is None) == (document is None):
            raise TypeError("pass either the path of a schema document, or `document=`")
        unknown = [name for name in options if name not in ClientOptions.__annotations__]
        if unknown:
            raise TypeError(f"there is no option `{unknown[0]}`")
        self._schema, self._document = schema, document
        self._settings = dumps(settings(options, transport=transport, version=__version__))
        self._floats = options.get("numbers") == "double"
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._pool: Pool | None = None
        self._clock = clock
        self._models: dict[str, Any] = {}
        self.closed = False

    @property
    def opened(self) -> bool:
        """Whether the schema was compiled."""
        return self._client is not None

    def open(self) -> None:
        """Loads the core if this process has not done it yet, and compiles the schema. Raises `InvalidDocument`."""
        self._refuse_closed()
        with self._lock:
            if self._client is not None:
                return
            # Imported here, so that importing the package loads neither wasmtime nor the core.
            from .engine.calls import BrokenInstanceError
            from .engine.operation import Operation, SystemClock, broken
            from .engine.pool import PROGRAM, Client

            client, pool = Client(self._bytes(), self._settings), PROGRAM.pool
            self._clock = self._clock or SystemClock()
            try:
                instance = pool.acquire()
                try:
                    described = instance.describe(client.handle(instance))
                finally:
                    pool.release(instance)
            except BrokenInstanceError as error:
                raise broken(error, sent=False) from error
            self._models = json.loads(described)
            self._client, self._pool, self._operation = client, pool, Operation
            self._free = weakref.finalize(self, pool.forget, client.number)
            self._free.atexit = False

    def operation(self, deadline: float | None) -> Operation:
        """Makes the operation of one call, to be closed by the same thread."""
        self._refuse_closed()
        if self._client is None or self._pool is None or self._clock is None:
            raise RuntimeError("the session is not open")
        return self._operation(self, self._pool, self._client, self._clock, deadline)

    def explain(self, call: bytes) -> bytes:
        """The explanation of a call. Raises the error that it would be refused with."""
        operation = self.operation(None)
        try:
            return operation.explain(call)
        finally:
            operation.close()

    def end(self, step: Any, failure: TransportFailure | None) -> bytes:
        """The result document of a last step. Raises its error, with the last failure of a request as its cause."""
        if step.failed:
            raise self.error(step) from failure
        document: bytes = step.document
        return document

    def error(self, step: Any) -> TableTheoryError:
        """The error of a last step."""
        return from_document(loads(step.document))

    @property
    def clock(self) -> Clock:
        """Time and randomness of the calls."""
        if self._clock is None:
            raise RuntimeError("the session is not open")
        return self._clock

    def describe(self) -> dict[str, Any]:
        """The compiled models."""
        self.open()
        return self._models

    def model(self, name: str) -> dict[str, Any] | None:
        """The description of one model. `None`: there is none, as the core will say at the first call."""
        return next((model for model in self.describe()["models"] if model["name"] == name), None)

    def result(self, text: bytes, stats: Stats | None) -> dict[str, Any]:
        """A result document in native values."""
        document: dict[str, Any] = loads(text, floats=self._floats)
        if stats is not None:
            stats.update(document["stats"])
        return document

    def close(self) -> bool:
        """Frees the schema in the core; running calls fail with `Canceled`. Says whether it was open until now."""
        with self._lock:
            was_open, self.closed = not self.closed, True
            if self._client is not None:
                self._free()
        return was_open

    def _refuse_closed(self) -> None:
        if self.closed:
            raise host_error(InvalidHandle, "the client is closed", hint="make a new one; a closed one stays closed")

    def _bytes(self) -> bytes:
        document = self._document
        if self._schema is not None:
            try:
                with open(self._schema, "rb") as file:
                    return file.read()
            except OSError as error:
                name = os.fspath(self._schema)
                why = error.strerror or type(error).__name__
                raise host_error(InvalidDocument, f"the schema document `{name}` cannot be read: {why}") from error
        if isinstance(document, bytes):
            return document
        return document.encode(errors="surrogatepass") if isinstance(document, str) else dumps(document)
