"""Errors: one base class, and one class for each portable code.

The class says what happened, so ``except ConditionFailed`` also catches a `VersionConflict`.
Texts never hold item values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from .record import FrozenRecord

__all__ = [
    "AccessDenied",
    "BatchOperationFailed",
    "CallTimeout",
    "Canceled",
    "ConditionFailed",
    "ConfigurationError",
    "ContractVersionError",
    "CredentialsError",
    "EncryptedFieldNotQueryable",
    "EncryptionNotConfigured",
    "IdempotentParameterMismatch",
    "ImmutableModelMutation",
    "IndexNotFound",
    "InternalError",
    "InvalidCall",
    "InvalidCursor",
    "InvalidDocument",
    "InvalidEncryptedEnvelope",
    "InvalidHandle",
    "InvalidModel",
    "InvalidOperator",
    "InvalidPrimaryKey",
    "InvalidResponse",
    "InvalidValue",
    "ItemNotFound",
    "ItemTooLarge",
    "LeaseHeld",
    "LeaseNotOwned",
    "MissingPrimaryKey",
    "NumberPrecisionLoss",
    "ProtectedFieldMutation",
    "RejectedDeployAuthorityEvidence",
    "ServiceError",
    "ServiceRefused",
    "TableNotFound",
    "TableTheoryError",
    "Throttled",
    "TransactionConflict",
    "TransactionFailed",
    "TransportError",
    "UniqueConstraint",
    "VersionConflict",
]

_BY_CODE: dict[str, type[TableTheoryError]] = {}
_BY_CODES: dict[tuple[str, ...], type[TableTheoryError]] = {}


class ServiceError(FrozenRecord):
    """The service's own words. The message may quote data, so it is no part of any error text."""

    __slots__ = ("code", "message")
    _hidden = ("message",)
    code: str
    message: str

    def __init__(self, code: str, message: str = "") -> None:
        self._fill(code, message)


class TableTheoryError(Exception):
    """Any error of this library. Made from an error document of the core, or by the host in the same form."""

    code: ClassVar[str] = ""
    """The code in error documents, for instance ``ErrItemNotFound``. The same in every language."""

    def __init_subclass__(cls, code: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if code:
            cls.code = code
            _BY_CODE.setdefault(code, cls)

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document["message"])
        self.document: Mapping[str, Any] = document
        """The whole error document, with values in the types of Python."""
        self.message: str = document["message"]
        """What went wrong: lower case, no values."""
        self.codes: tuple[str, ...] = tuple(document["codes"])
        """All codes that apply, the general before the specific."""
        self.path: str | None = document.get("path")
        """JSON pointer into the call, for instance ``/item/title``."""
        self.hint: str | None = document.get("hint")
        """What to do about it."""
        self.retryable: bool = document["retryable"]
        """Whether the same call may succeed later."""
        self.outcome: str = document["outcome"]
        """``not_sent``, ``rejected`` (nothing was written) or ``unknown`` (a write may have happened)."""
        self.request_id: str | None = document.get("request_id")
        """The service's request id."""
        self.status: int | None = document.get("status")
        """The HTTP status."""
        self.service = _service(document.get("service"))
        """The service's own error, where it sent one."""
        self.item: dict[str, Any] | None = document.get("item")
        """The item that failed the condition, when `return_old_on_failure` asked for it."""
        self.problems: list[dict[str, Any]] = document.get("problems", [])
        """What is wrong with a schema document: code, message, pointer, line, column, hint."""
        self.batch: dict[str, Any] | None = document.get("batch")
        """Of a batch: which of its parts (pairs: group, place in the group) are `written`, `unwritten` or `unknown`, or
        of a read `read` or `unread`."""
        self.reasons: list[dict[str, Any]] = document.get("reasons", [])
        """Of a transaction: why it was cancelled: `index` of the action, `code`, `codes`, `message`, `path`, `item`."""
        self.stats: dict[str, Any] | None = document.get("stats")
        """Statistics of the requests made."""

    def __str__(self) -> str:
        at = f" (at {self.path})" if self.path else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.code}: {self.message}{at}{hint}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (from_document, (self.document,))


class ItemNotFound(TableTheoryError, code="ErrItemNotFound"):
    """No item has this key."""


class InvalidModel(TableTheoryError, code="ErrInvalidModel"):
    """The call does not fit the model."""


class InvalidValue(InvalidModel, code="ErrInvalidValue"):
    """A value does not fit its attribute, or cannot be written at all."""


class NumberPrecisionLoss(TableTheoryError, code="ErrNumberPrecisionLoss"):
    """A number would lose digits in the type that was asked for."""


class ItemTooLarge(InvalidModel, code="ErrItemTooLarge"):
    """The item is larger than the service takes."""


class MissingPrimaryKey(TableTheoryError, code="ErrMissingPrimaryKey"):
    """A key attribute is missing."""


class InvalidPrimaryKey(TableTheoryError, code="ErrInvalidPrimaryKey"):
    """A key attribute is empty, too long or of the wrong type."""


class ConditionFailed(TableTheoryError, code="ErrConditionFailed"):
    """A condition was not met."""


class VersionConflict(ConditionFailed, code="ErrVersionConflict"):
    """The expected version was not the stored one."""


class InvalidOperator(TableTheoryError, code="ErrInvalidOperator"):
    """An operator, operand, path or option that the service does not take."""


class TableNotFound(TableTheoryError, code="ErrTableNotFound"):
    """The table does not exist."""


class IndexNotFound(TableTheoryError, code="ErrIndexNotFound"):
    """The index does not exist."""


class EncryptionNotConfigured(TableTheoryError, code="ErrEncryptionNotConfigured"):
    """The model has encrypted attributes and the client has no encryption."""


class InvalidEncryptedEnvelope(TableTheoryError, code="ErrInvalidEncryptedEnvelope"):
    """A stored envelope is malformed or does not decrypt."""


class EncryptedFieldNotQueryable(TableTheoryError, code="ErrEncryptedFieldNotQueryable"):
    """An encrypted attribute in a condition, filter or key."""


class ImmutableModelMutation(TableTheoryError, code="ErrImmutableModelMutation"):
    """The model is write-once and the operation would change an item."""


class ProtectedFieldMutation(TableTheoryError, code="ErrProtectedFieldMutation"):
    """The operation would change a protected attribute."""


class RejectedDeployAuthorityEvidence(TableTheoryError, code="ErrRejectedDeployAuthorityEvidence"):
    """Deploy evidence that is not authoritative."""


class LeaseHeld(TableTheoryError, code="ErrLeaseHeld"):
    """Someone else holds the lease."""


class LeaseNotOwned(TableTheoryError, code="ErrLeaseNotOwned"):
    """The lease is not, or no longer, ours."""


class TransactionFailed(TableTheoryError, code="ErrTransactionFailed"):
    """A transaction was cancelled."""


class TransactionConflict(TransactionFailed, code="ErrTransactionConflict"):
    """A transaction met another one on the same item."""


class IdempotentParameterMismatch(TransactionFailed, code="ErrIdempotentParameterMismatch"):
    """The token of a transaction was used before, for another one."""


class UniqueConstraint(ConditionFailed, code="ErrUniqueConstraint"):
    """Another item has this value of a unique attribute."""


class Throttled(TableTheoryError, code="ErrThrottled"):
    """The service throttled the request until the retries were used up."""


class BatchOperationFailed(TableTheoryError, code="ErrBatchOperationFailed"):
    """Part of a batch was not carried out; `batch` says which, `remaining` holds it."""

    remaining: Sequence[Any] = ()
    """What is left to do, in groups that can be called again. Of writes that includes what may have been done."""


class InvalidCursor(InvalidOperator, code="ErrInvalidCursor"):
    """A cursor that is malformed or belongs to another query."""


class InvalidDocument(TableTheoryError, code="ErrInvalidDocument"):
    """A schema document that cannot be read or is invalid; `problems` lists why."""


class InvalidCall(TableTheoryError, code="ErrInvalidCall"):
    """A call document that is not well formed."""


class InvalidHandle(TableTheoryError, code="ErrInvalidHandle"):
    """A client that is closed."""


class ConfigurationError(TableTheoryError, code="ErrConfiguration"):
    """Settings that do not work: no region, an endpoint that is no URL."""


class CredentialsError(TableTheoryError, code="ErrCredentials"):
    """No credentials were found, or the service refused them."""


class AccessDenied(TableTheoryError, code="ErrAccessDenied"):
    """The credentials do not allow the action."""


class TransportError(TableTheoryError, code="ErrTransport"):
    """The service could not be reached, or the connection broke."""


class CallTimeout(TableTheoryError, code="ErrTimeout"):
    """The service did not answer in time."""


class InvalidResponse(TableTheoryError, code="ErrInvalidResponse"):
    """The answer is not one of DynamoDB's: not JSON, truncated, wrong checksum."""


class ServiceRefused(TableTheoryError, code="ErrService"):
    """The service refused the request for another reason; `service` says which."""


class Canceled(TableTheoryError, code="ErrCanceled"):
    """The client was closed while the call was running."""


class ContractVersionError(TableTheoryError, code="ErrContractVersion"):
    """The module of the core has another contract version than this package was built for."""


class InternalError(TableTheoryError, code="ErrInternal"):
    """A bug of ours. The instance of the core was discarded; the next call gets a new one."""


def _service(document: Mapping[str, str] | None) -> ServiceError | None:
    return ServiceError(document["code"], document.get("message", "")) if document else None


def _class_of(code: str, codes: tuple[str, ...]) -> type[TableTheoryError]:
    """The class whose bases cover all codes, so that every matching ``except`` matches."""
    known = _BY_CODES.get((code, *codes))
    if known is None:
        best = _BY_CODE.get(code, TableTheoryError)
        classes = [best, *(_BY_CODE[other] for other in codes if other in _BY_CODE)]
        bases = [cls for cls in dict.fromkeys(classes) if not any(c is not cls and issubclass(c, cls) for c in classes)]
        exact = best.code == code and bases == [best]
        known = best if exact else type(best.__name__, tuple(bases), {"__doc__": best.__doc__}, code=code)
        _BY_CODES[(code, *codes)] = known
    return known


def from_document(document: Mapping[str, Any]) -> TableTheoryError:
    """Makes the error that an error document describes, as an instance of the class for its codes."""
    return _class_of(document["code"], tuple(document["codes"]))(document)


def host_error(
    cls: type[TableTheoryError],
    message: str,
    *,
    path: str | None = None,
    hint: str | None = None,
    outcome: str = "not_sent",
    retryable: bool = False,
) -> TableTheoryError:
    """Makes an error that the host finds by itself, in the form of the core's."""
    bases = (base for base in reversed(cls.__mro__) if issubclass(base, TableTheoryError) and base.code)
    document: dict[str, Any] = {
        "code": cls.code,
        "codes": [base.code for base in bases],
        "message": message,
        "retryable": retryable,
        "outcome": outcome,
    }
    if path:
        document["path"] = path
    if hint:
        document["hint"] = hint
    return cls(document)
