"""TableTheory: a DynamoDB data layer that behaves the same in Python, Node, Go and Rust.

Importing it loads neither the core nor any SDK, and asyncio only when `AsyncTableTheory` is named.
"""

from typing import TYPE_CHECKING, Any

from . import errors
from ._sync.client import TableTheory
from ._sync.model import Model
from .credentials import Credentials
from .errors import *  # noqa: F403
from .expressions import Attribute, Condition, S
from .options import Replaced, Stats, TableResult
from .session import __version__
from .shapes import attribute
from .transport import AsyncTransport, Request, Response, Transport, TransportFailure

if TYPE_CHECKING:
    from ._async.client import AsyncTableTheory
    from ._async.model import AsyncModel
    from .transport.aio import AsyncHttpTransport
    from .transport.boto import BotoTransport
    from .transport.http import HttpTransport

__all__ = [
    "AsyncHttpTransport",
    "AsyncModel",
    "AsyncTableTheory",
    "AsyncTransport",
    "Attribute",
    "BotoTransport",
    "Condition",
    "Credentials",
    "HttpTransport",
    "Model",
    "Replaced",
    "Request",
    "Response",
    "S",
    "Stats",
    "TableResult",
    "TableTheory",
    "Transport",
    "TransportFailure",
    "__version__",
    "attribute",
]
__all__ += errors.__all__

_LATER = {
    "AsyncHttpTransport": ".transport.aio",
    "AsyncModel": "._async.model",
    "AsyncTableTheory": "._async.client",
    "BotoTransport": ".transport.boto",
    "HttpTransport": ".transport.http",
}


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(module, __name__), name)
    return value
