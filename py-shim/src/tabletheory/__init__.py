"""TableTheory: a DynamoDB data layer that behaves the same in Python, Node, Go and Rust.

Importing it loads neither the core nor any SDK, and asyncio only when `AsyncTableTheory` is named.
"""

from typing import TYPE_CHECKING, Any

from . import errors
from ._sync.client import TableTheory
from ._sync.model import Model
from ._sync.reads import Query, Scan
from .actions import Action, Group, Operations
from .credentials import Credentials
from .errors import *  # noqa: F403
from .expressions import Attribute, Condition, Operand, S, concat, minus, plus
from .options import BatchProgress, Page, Replaced, ScanProgress, Stats, TableResult, Written
from .session import __version__
from .shapes import attribute
from .transport import AsyncTransport, Request, Response, Transport, TransportFailure

if TYPE_CHECKING:
    from ._async.client import AsyncTableTheory
    from ._async.model import AsyncModel
    from ._async.reads import AsyncQuery, AsyncScan
    from .transport.aio import AsyncHttpTransport
    from .transport.aio_sockets import AsyncSocketTransport
    from .transport.boto import BotoTransport
    from .transport.http import HttpTransport
    from .transport.sockets import SocketTransport

__all__ = [
    "Action",
    "AsyncHttpTransport",
    "AsyncModel",
    "AsyncQuery",
    "AsyncScan",
    "AsyncSocketTransport",
    "AsyncTableTheory",
    "AsyncTransport",
    "Attribute",
    "BatchProgress",
    "BotoTransport",
    "Condition",
    "Credentials",
    "Group",
    "HttpTransport",
    "Model",
    "Operand",
    "Operations",
    "Page",
    "Query",
    "Replaced",
    "Request",
    "Response",
    "S",
    "Scan",
    "ScanProgress",
    "SocketTransport",
    "Stats",
    "TableResult",
    "TableTheory",
    "Transport",
    "TransportFailure",
    "Written",
    "__version__",
    "attribute",
    "concat",
    "minus",
    "plus",
]
__all__ += errors.__all__

_LATER = {
    "AsyncHttpTransport": ".transport.aio",
    "AsyncModel": "._async.model",
    "AsyncQuery": "._async.reads",
    "AsyncScan": "._async.reads",
    "AsyncSocketTransport": ".transport.aio_sockets",
    "AsyncTableTheory": "._async.client",
    "BotoTransport": ".transport.boto",
    "HttpTransport": ".transport.http",
    "SocketTransport": ".transport.sockets",
}


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(module, __name__), name)
    return value
