"""Credentials: given, from the environment, or from the provider chain of boto3, in this order.

The environment is read without loading any SDK. botocore is imported only when nothing was given and nothing is set.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .record import FrozenRecord

_SHORT_LEASE_MS = 6 * 60_000


class Credentials(FrozenRecord):
    """What requests are signed with. Its text form shows no secret."""

    __slots__ = ("access_key_id", "secret_access_key", "session_token", "expires_ms")
    _hidden = ("secret_access_key", "session_token")
    access_key_id: str
    secret_access_key: str
    session_token: str | None
    expires_ms: int | None
    """When they expire, in milliseconds since the Unix epoch. A provider is asked again five minutes before."""

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        expires_ms: int | None = None,
    ) -> None:
        self._fill(access_key_id, secret_access_key, session_token, expires_ms)

    def document(self) -> dict[str, Any]:
        """The credentials document of the boundary."""
        given = zip(self.__slots__, self._members(), strict=True)
        return {name: value for name, value in given if value is not None}


CredentialsProvider = Callable[[], Credentials | None]
"""Gives current credentials, or `None` when it has none."""
AsyncCredentialsProvider = Callable[[], Credentials | Awaitable[Credentials | None] | None]
"""The same for `AsyncTableTheory`, where it may also be a coroutine function."""

_ENVIRONMENT = "looked at the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


class DefaultCredentials:
    """The environment first, then boto3's provider chain: profiles, SSO, containers, instances."""

    def __init__(self) -> None:
        self._chain: Any = None
        self.where = f"{_ENVIRONMENT}, then at the provider chain of boto3"
        """Where it looked, for the error text."""

    def of_environment(self) -> Credentials | None:
        """The credentials of the environment variables."""
        key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        return Credentials(key, secret, os.environ.get("AWS_SESSION_TOKEN") or None) if key and secret else None

    def __call__(self) -> Credentials | None:
        """Gives current credentials."""
        found = self.of_environment()
        if found is not None:
            return found
        if self._chain is None:
            try:
                from botocore.session import Session
            except ImportError:
                self.where = f"{_ENVIRONMENT}; for profiles, SSO and roles: `pip install tabletheory[boto3]`"
                return None
            self._chain = Session().get_credentials()
        if self._chain is None:
            return None
        now = self._chain.get_frozen_credentials()  # renews them when they are about to expire
        # No public way tells when they expire, so temporary ones are asked for again and again, which costs nothing.
        expires = int(time.time() * 1000) + _SHORT_LEASE_MS if now.token else None
        return Credentials(now.access_key, now.secret_key, now.token, expires)
