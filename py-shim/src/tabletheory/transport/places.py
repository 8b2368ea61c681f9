"""What the blocking and the asyncio sockets have in common: where to connect to, and which certificates to trust."""

from __future__ import annotations

import os
import re
import select
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, host_error
from . import TransportFailure

if TYPE_CHECKING:
    import ssl

CONNECT_TIMEOUT = 3.0
"""Seconds for making a connection, TLS included, unless said otherwise."""
ATTEMPT_TIMEOUT = 10.0
"""Seconds for one request from the first byte to the last, connecting included, unless said otherwise."""
MAX_CONNECTIONS = 50
"""Connections to one endpoint at the same time, unless said otherwise. Further requests wait."""
IDLE_SECONDS = 15.0
"""How long an idle connection may be taken up again, unless said otherwise: not as long as servers keep it."""
RECEIVE = 64 << 10
"""Bytes to receive at once."""
COLLECT = 256 << 10
"""Bytes that may be collected before they are handed to the core, where it has said that so many are missing."""

Trust = str | os.PathLike[str] | bytes
"""Certificates in PEM form: a file, or their bytes."""


class Silence:
    """Tells whether anything came on an idle connection: bytes that nobody asked for, or its end."""

    __slots__ = ("_poll", "_sock")

    def __init__(self, sock: Any) -> None:
        self._sock, self._poll = sock, None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(sock, select.POLLIN)

    def is_kept(self) -> bool:
        """Whether nothing came."""
        return not (self._poll.poll(0) if self._poll else select.select([self._sock], [], [], 0)[0])


def place_of(url: str) -> tuple[bool, str, int]:
    """Whether a URL asks for TLS, its host, and its port. Raises `TransportFailure` for one that cannot be used."""
    found = _URL.match(url)
    port = int(found[3] or 0) if found else -1
    if found is None or not 0 <= port < 65536:
        raise TransportFailure("refused", "the endpoint is no http or https URL")
    secure = found[1].lower() == "https"
    return secure, found[2].strip("[]").lower(), port or (443 if secure else 80)


# `urllib` would do, but takes 4 ms to import; the core has read the URL before.
_URL = re.compile(r"(https?)://(\[[0-9a-f:.%]+\]|[^/:?#@\[\]\s]+)(?::(\d{1,5}))?(?=[/?#]|\Z)", re.IGNORECASE)


def tls_context(trust: Trust | None = None) -> ssl.SSLContext:
    """TLS settings that trust certain certificates only; without any those of `AWS_CA_BUNDLE`, else the system's.

    Raises `ConfigurationError`.
    """
    if isinstance(trust, bytes):
        return _context(None, trust.decode("ascii", "replace"))
    return _context(os.fspath(trust) if trust else os.environ.get("AWS_CA_BUNDLE") or None, None)


@lru_cache(maxsize=8)
def _context(file: str | None, text: str | None) -> ssl.SSLContext:
    """Reading the system's certificates takes tens of milliseconds: once for all clients of a process."""
    import ssl  # not needed for an endpoint without TLS

    try:
        context = ssl.create_default_context(cafile=file, cadata=text)
    except (OSError, ValueError) as error:
        named = f"the file `{file}`" if file else "the bytes given"
        raise host_error(
            ConfigurationError, f"there are no certificates in {named}", hint="they must be in PEM form"
        ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def goes_through_proxy(endpoint: str | None) -> bool:
    """Whether the environment may name a proxy for requests to an endpoint; `None` for the one of the region."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return False
    if endpoint is None:
        # Which host that is the core says with the request, and the HTTP transport heeds NO_PROXY by itself.
        return any(os.environ.get(name) for each in ("https_proxy", "all_proxy") for name in (each, each.upper()))
    from .proxy import proxy_of

    try:
        secure, host, port = place_of(endpoint)
        return proxy_of("https" if secure else "http", host, port) is not None
    except (TransportFailure, ValueError):
        return False  # the core says what is wrong with it


def what(error: BaseException) -> str:
    """The text of a failure."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
