"""Requests through your own boto3 client, with everything that you configured on it.

By documented events only: ``before-call`` puts the core's bytes into the request before boto3 signs it, ``needs-retry``
takes the response as it came and says that there is nothing to retry, because that is the core's to decide. boto3 is
imported only when used.
"""

from __future__ import annotations

import threading
from typing import Any

from ..errors import ConfigurationError, host_error
from . import FailureKind, Request, Response, TransportFailure


class BotoTransport:
    """Sends through a boto3 DynamoDB client. `AsyncTableTheory` runs it in threads."""

    signs = True

    def __init__(self, client_or_session: Any) -> None:
        """Takes a client (``boto3.client("dynamodb")``), or a session, of boto3 or botocore.

        Calls that you make with the client yourself are not touched.
        """
        self._client = _client(client_or_session)
        self._local = threading.local()
        self._methods = {action: method for method, action in self._client.meta.method_to_api_mapping.items()}
        self._placeholders: dict[str, Any] = {}
        events = self._client.meta.events
        events.register_last("before-call.dynamodb", self._before_call)
        # First, because botocore takes the first answer that is not None.
        events.register_first("needs-retry.dynamodb", self._needs_retry)

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """As `Transport.send`. The time-outs are those of the client's own configuration."""
        from botocore import exceptions

        method = self._methods.get(request.action)
        if method is None:
            raise TransportFailure("refused", f"this boto3 does not know `{request.action}`: install a newer one")
        self._local.body, self._local.response = request.body, None
        try:
            getattr(self._client, method)(**self._placeholder(request.action))
        except exceptions.ClientError:
            pass  # an answer, and the core's to understand
        except (exceptions.BotoCoreError, exceptions.HTTPClientError) as error:
            if self._local.response is None:
                raise TransportFailure(_kind(error), f"{type(error).__name__}: {error}") from error
        finally:
            response: Response | None = self._local.response
            self._local.body = self._local.response = None
        if response is None:
            raise TransportFailure("refused", "the boto3 client answered without sending anything")
        return response

    def close(self) -> None:
        """Does nothing: the client is yours."""

    def _before_call(self, params: dict[str, Any], **_: Any) -> None:
        body = getattr(self._local, "body", None)
        if body is not None:
            params["body"] = body

    def _needs_retry(self, response: tuple[Any, Any] | None, **_: Any) -> bool | None:
        if getattr(self._local, "body", None) is None:
            return None
        if response is not None:
            http = response[0]
            head = "".join(f"{name}: {value}\r\n" for name, value in http.headers.items())
            self._local.response = Response(http.status_code, head.encode("latin-1", "replace"), http.content)
        return False

    def _placeholder(self, action: str) -> Any:
        """The least that boto3's own check of parameters lets through. Replaced before anything is sent."""
        if action not in self._placeholders:
            shape = self._client.meta.service_model.operation_model(action).input_shape
            self._placeholders[action] = _least(shape) if shape else {}
        return self._placeholders[action]


def _least(shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {name: _least(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [_least(shape.member)] * shape.metadata.get("min", 0)
    if kind == "string":
        return shape.enum[0] if shape.enum else "x" * max(shape.metadata.get("min", 1), 1)
    return {"map": {}, "boolean": False, "blob": b"x"}.get(kind, shape.metadata.get("min", 1))


def _client(given: Any) -> Any:
    meta = getattr(given, "meta", None)
    if meta is not None:
        client = getattr(meta, "client", given)  # a resource keeps its client there
    else:
        make = getattr(given, "client", None) or getattr(given, "create_client", None)
        client = make("dynamodb") if make else None
    if client is None or client.meta.service_model.service_name != "dynamodb":
        kind = type(given).__qualname__
        raise host_error(
            ConfigurationError, f"a `{kind}` is no DynamoDB client", hint='pass `boto3.client("dynamodb")` or a session'
        )
    return client


def _kind(error: Exception) -> FailureKind:
    from botocore import exceptions as known

    if isinstance(error, known.ConnectTimeoutError | known.EndpointConnectionError | known.ProxyConnectionError):
        return "connect"
    if isinstance(error, known.SSLError):
        return "connect"
    if isinstance(error, known.ReadTimeoutError):
        return "timeout"
    if isinstance(error, known.HTTPClientError | known.IncompleteReadError):
        return "broken"
    if isinstance(error, _without_credentials(known)):
        return "credentials"
    return "refused"


def _without_credentials(known: Any) -> tuple[type[Exception], ...]:
    """What botocore raises when it finds no credentials, or cannot get those that it found a way to."""
    names: tuple[str, ...] = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError")
    names += ("SSOError", "TokenRetrievalError")
    return tuple(getattr(known, name) for name in names if hasattr(known, name))
