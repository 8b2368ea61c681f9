from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest

from tabletheory import Condition, S, concat, minus, plus, writing
from tabletheory.shapes import encode_value, writer_of
from tabletheory.values import Members
from tabletheory.writing import write_call


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


def test_operands_of_updates() -> None:
    operands: list[tuple[Any, Any]] = [
        (S.views + 1, {"$plus": [{"$path": "views"}, 1]}),
        (1 + S.views, {"$plus": [1, {"$path": "views"}]}),
        (S.views - S.most, {"$minus": [{"$path": "views"}, {"$path": "most"}]}),
        (3 - S.views, {"$minus": [3, {"$path": "views"}]}),
        (S.views.if_not_exists(0) + 1, {"$plus": [{"$if_not_exists": ["views", 0]}, 1]}),
        (
            S.log.if_not_exists([]).concat([{"$x": 1}]),
            {"$list_append": [{"$if_not_exists": ["log", []]}, [{"$$x": 1}]]},
        ),
        (concat([b"a"], S.log), {"$list_append": [[{"$binary": "YQ=="}], {"$path": "log"}]}),
        (plus(1, minus(S.a, 2)), {"$plus": [1, {"$minus": [{"$path": "a"}, 2]}]}),
        (S.meta["a.b"], {"$path": "meta.`a.b`"}),
    ]
    for operand, written in operands:
        call = {"set": Members({"x": operand})}
        for installed in (writing._orjson, None):
            with mock.patch.object(writing, "_orjson", installed):
                assert json.loads(write_call(call, writer_of)) == {"set": {"x": written}}
