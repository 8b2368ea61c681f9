"""The classes that stand in for dataclasses are used as those are."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from tabletheory import BatchProgress, Credentials, Page, Request, Response, Stats
from tabletheory.errors import ServiceError

SOME: list[Any] = [
    BatchProgress(1, 2, 3),
    Credentials("a", "b", expires_ms=4),
    Page([{"a": 1}], None, None, 1, 1, 1, Stats(attempts=1)),
    Request(1, "dynamodb", "GetItem", "u", "h", b"b"),
    Response(200, b"h", b"b"),
    ServiceError("code", "message"),
    Stats(request_id="r"),
]


@pytest.mark.parametrize("one", SOME, ids=lambda one: type(one).__name__)
def test_the_functions_of_dataclasses_work(one: Any) -> None:
    names = [field.name for field in dataclasses.fields(one)]
    assert dataclasses.is_dataclass(one)
    assert names == list(type(one).__match_args__)
    assert list(dataclasses.asdict(one)) == names
    for same in (dataclasses.replace(one), copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert same == one
        assert same is not one
    first = names[0]
    assert dataclasses.replace(one, **{first: "other"}) != one
    assert one != tuple(getattr(one, name) for name in names)
    assert not hasattr(one, "__dict__")


def test_frozen_ones_can_be_hashed_and_not_changed() -> None:
    progress = BatchProgress(1, 2, 3)
    assert len({progress, BatchProgress(1, 2, 3)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        progress.done = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del progress.done
    with pytest.raises(TypeError):
        hash(Stats())
    stats = Stats()
    stats.attempts = 2
    assert stats == Stats(2)


def test_their_text_names_members_but_no_secrets() -> None:
    assert repr(BatchProgress(1, 2, 3)) == "BatchProgress(done=1, total=2, unprocessed=3)"
    assert repr(Credentials("key", "hush", "hush too")) == "Credentials(access_key_id='key', expires_ms=None)"
    match Response(404, b"", b""):
        case Response(status, _, body):
            assert (status, body) == (404, b"")
