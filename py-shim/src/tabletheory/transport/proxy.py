"""Which way a request goes, by the proxy conventions: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from . import TransportFailure


@dataclass(frozen=True, slots=True)
class Route:
    """Where to connect to, and how the request names its target."""

    secure: bool
    host: str
    port: int
    host_header: str
    proxy: tuple[str, int] | None = None
    proxy_authorization: str | None = None

    def target(self, url: SplitResult) -> str:
        """The request target: the whole URL for an unencrypted request through a proxy, else the path."""
        path = url.path or "/"
        return f"http://{self.host_header}{path}" if self.proxy and not self.secure else path


def route(url: SplitResult) -> Route:
    """Finds the way to a URL. Raises `TransportFailure` for one that cannot be used."""
    try:
        port = url.port
    except ValueError:
        port = -1
    if url.scheme not in ("http", "https") or not url.hostname or port == -1:
        raise TransportFailure("refused", "the endpoint is no http or https URL")
    secure = url.scheme == "https"
    host = url.hostname
    host_header = f"[{host}]" if ":" in host else host
    host_header = host_header if port is None else f"{host_header}:{port}"
    port = port or (443 if secure else 80)
    proxy = proxy_of(url.scheme, host, port)
    if proxy is None:
        return Route(secure, host, port, host_header)
    if proxy.scheme != "http" or not proxy.hostname:
        raise TransportFailure("refused", "the proxy of the environment is no http URL")
    authorization = None
    if proxy.username is not None:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        authorization = "Basic " + base64.b64encode(user.encode()).decode("ascii")
    return Route(secure, host, port, host_header, (proxy.hostname, proxy.port or 80), authorization)


def proxy_of(scheme: str, host: str, port: int) -> SplitResult | None:
    """The proxy that the environment names for a place."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # slow to import, rarely needed

    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(f"{host}:{port}"):
        return None
    return urlsplit(address if "://" in address else "http://" + address)
