from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tabletheory import Condition, S
from tabletheory.shapes import encode_value


def tree(condition: Condition) -> dict[str, Any]:
    return condition.tree(encode_value)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (S.views == 3, {"views": {"eq": 3}}),
        (S.views != 3, {"views": {"ne": 3}}),
        (S.views < 3, {"views": {"lt": 3}}),
        (S.views <= 3, {"views": {"lte": 3}}),
        (S.views > Decimal("1.5"), {"views": {"gt": {"$number": "1.5"}}}),
        (S.views >= 3, {"views": {"gte": 3}}),
        (S.views > 3, {"views": {"gt": 3}}),
        (S.views == S.likes, {"views": {"eq": {"$path": "likes"}}}),
        (S.views.between(1, 9), {"views": {"between": [1, 9]}}),
        (S.status.is_in(x for x in "ab"), {"status": {"in": ["a", "b"]}}),
        (S.sk.begins_with("n#"), {"sk": {"begins_with": "n#"}}),
        (S.sk.begins_with(b"n"), {"sk": {"begins_with": {"$binary": "bg=="}}}),
        (S.tags.contains("a"), {"tags": {"contains": "a"}}),
        (S.tags.not_contains("a"), {"tags": {"not_contains": "a"}}),
        (S.title.exists(), {"title": {"exists": True}}),
        (S.title.not_exists(), {"title": {"exists": False}}),
        (S.title.is_type("S"), {"title": {"type": "S"}}),
        (S.tags.size() > 2, {"tags": {"size": {"gt": 2}}}),
        (S.tags.size().between(1, 2), {"tags": {"size": {"between": [1, 2]}}}),
        (S.meta["owner"] == {"$x": 1}, {"meta.owner": {"eq": {"$$x": 1}}}),
        (S.meta["a.b"][3]["c"] == 1, {"meta.`a.b`[3].c": {"eq": 1}}),
        (S["meta.owner"] == None, {"meta.owner": {"eq": None}}),  # noqa: E711
        (~(S.a == 1), {"$not": {"a": {"eq": 1}}}),
        ((S.a == 1) & (S.b == 2) & (S.c == 3), {"$and": [{"a": {"eq": 1}}, {"b": {"eq": 2}}, {"c": {"eq": 3}}]}),
        (
            (S.a == 1) & (S.b == 2) | ~(S.c == 3),
            {"$or": [{"$and": [{"a": {"eq": 1}}, {"b": {"eq": 2}}]}, {"$not": {"c": {"eq": 3}}}]},
        ),
        (
            (S.a == 1) & ((S.b == 2) | (S.c == 3)),
            {"$and": [{"a": {"eq": 1}}, {"$or": [{"b": {"eq": 2}}, {"c": {"eq": 3}}]}]},
        ),
    ],
)
def test_conditions_become_condition_trees(condition: Condition, expected: dict[str, Any]) -> None:
    assert tree(condition) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: bool(S.a == 1),
        lambda: (S.a == 1) and (S.b == 2),
        lambda: not (S.a == 1),  # noqa: SIM201
        lambda: 1 < S.a < 3,
        lambda: (S.a == 1) & True,
        lambda: (S.a == 1) | "x",
    ],
)
def test_conditions_are_not_truth_values(wrong: Callable[[], Any]) -> None:
    with pytest.raises(TypeError):
        wrong()


def test_attributes_are_named_by_their_path() -> None:
    assert repr(S.meta["x"]) == "S['meta.x']"
    assert not hasattr(S, "__wrapped__")
