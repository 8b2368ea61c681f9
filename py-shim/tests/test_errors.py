from __future__ import annotations

import pickle
import re

import pytest

import tabletheory
from tabletheory import (
    ConditionFailed,
    InvalidOperator,
    ItemNotFound,
    TableTheoryError,
    TransactionFailed,
    VersionConflict,
)
from tabletheory.errors import ServiceError, from_document, host_error

from .conftest import REPOSITORY

CONFLICT = {
    "code": "ErrVersionConflict",
    "codes": ["ErrConditionFailed", "ErrVersionConflict"],
    "message": "the stored version is another one",
    "path": "/expect_version",
    "hint": "read the item again",
    "retryable": False,
    "outcome": "rejected",
    "request_id": "R1",
    "status": 400,
    "service": {"code": "ConditionalCheckFailedException", "message": "SECRET"},
    "item": {"title": "SECRET"},
    "stats": {"attempts": 1},
}


def test_every_code_of_the_core_has_a_class() -> None:
    source = (REPOSITORY / "core-wasm" / "wire" / "src" / "error.rs").read_text()
    codes = set(re.findall(r'= "(Err\w+)"', source))
    assert codes
    classes = {getattr(tabletheory, name) for name in tabletheory.errors.__all__ if name != "ServiceError"}
    assert {cls.code for cls in classes} - {""} == codes


def test_an_error_shows_what_its_document_says() -> None:
    error = from_document(CONFLICT)
    assert type(error) is VersionConflict
    assert isinstance(error, ConditionFailed)
    assert error.codes == ("ErrConditionFailed", "ErrVersionConflict")
    assert (error.path, error.hint, error.request_id, error.status) == (
        "/expect_version",
        "read the item again",
        "R1",
        400,
    )
    assert (error.retryable, error.outcome) == (False, "rejected")
    assert error.service == ServiceError("ConditionalCheckFailedException", "SECRET")
    assert error.item == {"title": "SECRET"}
    assert error.stats == {"attempts": 1}
    assert error.problems == []
    expected = "ErrVersionConflict: the stored version is another one (at /expect_version); read the item again"
    assert str(error) == expected


def test_texts_hold_no_values() -> None:
    error = from_document(CONFLICT)
    assert "SECRET" not in str(error) + repr(error) + repr(error.service) + repr(error.args)


def test_every_code_is_caught_by_its_class() -> None:
    error = from_document(
        {**CONFLICT, "codes": ["ErrTransactionFailed", "ErrConditionFailed"], "code": "ErrConditionFailed"}
    )
    assert isinstance(error, ConditionFailed)
    assert isinstance(error, TransactionFailed)
    assert error.code == "ErrConditionFailed"
    general_last = {**CONFLICT, "code": "ErrConditionFailed", "codes": ["ErrTransactionFailed", "ErrVersionConflict"]}
    both = from_document(general_last)
    assert isinstance(both, TransactionFailed)
    assert isinstance(both, VersionConflict)
    assert both.code == "ErrConditionFailed"


def test_an_unknown_code_is_still_an_error() -> None:
    error = from_document({**CONFLICT, "code": "ErrNew", "codes": ["ErrInvalidOperator", "ErrNew"]})
    assert isinstance(error, InvalidOperator)
    assert error.code == "ErrNew"


def test_errors_can_be_pickled() -> None:
    for document in (CONFLICT, {**CONFLICT, "codes": ["ErrTransactionFailed", "ErrVersionConflict"]}):
        error = from_document(document)
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert again.document == error.document


def test_errors_of_the_host_have_the_same_form() -> None:
    error = host_error(VersionConflict, "no", path="/a", hint="b")
    assert error.codes == ("ErrConditionFailed", "ErrVersionConflict")
    assert host_error(ItemNotFound, "no").document == {
        "code": "ErrItemNotFound",
        "codes": ["ErrItemNotFound"],
        "message": "no",
        "retryable": False,
        "outcome": "not_sent",
    }
    with pytest.raises(TableTheoryError, match=r"^ErrVersionConflict: no"):
        raise error
