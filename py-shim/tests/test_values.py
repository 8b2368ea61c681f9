from __future__ import annotations

import contextlib
import enum
import json
import math
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabletheory import InvalidValue, S, writing
from tabletheory.values import Members, Plain, dumps, encode, encode_members, loads, number
from tabletheory.writing import write_call


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("grüße 🎈", '"grüße 🎈"'),
        ('\x00\x1f"\\', '"\\u0000\\u001f\\"\\\\"'),
        (True, "true"),
        (None, "null"),
        (-0.0, "-0.0"),
        (1e16, "1e+16"),
        (10**37 + 1, "1" + "0" * 36 + "1"),
        (Decimal("1.50"), '{"$number":"1.50"}'),
        (Decimal("-1E-130"), '{"$number":"-1E-130"}'),
        (b"\x00\xff", '{"$binary":"AP8="}'),
        (bytearray(b"x"), '{"$binary":"eA=="}'),
        (memoryview(b"x"), '{"$binary":"eA=="}'),
        ({"a"}, '{"$set":["a"]}'),
        (frozenset({Decimal("2.5")}), '{"$set":[{"$number":"2.5"}]}'),
        ({b"b"}, '{"$set":[{"$binary":"Yg=="}]}'),
        (set(), '{"$set":[]}'),
        (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), '{"$time":"2026-01-02T03:04:05.000006Z"}'),
        (datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=2))), '{"$time":"2026-01-01T23:00:00Z"}'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Colour.RED, '"red"'),
        (Level.HIGH, "3"),
        ((1, [2]), "[1,[2]]"),
        ({"$x": 1}, '{"$$x":1}'),
        ({"$set": [1]}, '{"$$set":[1]}'),
        ({"$x": 1, "y": 2}, '{"$x":1,"y":2}'),
        ({"a": {"$$b": []}}, '{"a":{"$$$b":[]}}'),
    ],
)
def test_values_are_written_as_the_boundary_says(value: Any, text: str) -> None:
    assert dumps(encode(value)).decode() == text


def test_names_of_items_are_not_escaped_but_those_of_documents_are() -> None:
    assert encode_members({"$only": {"$inner": 1}}) == {"$only": {"$$inner": 1}}


def test_verbatim_leaves_plain_json_alone() -> None:
    assert encode({"$and": [{"a": {"eq": {"$path": "b"}}}]}, verbatim=True) == {"$and": [{"a": {"eq": {"$path": "b"}}}]}


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ({"a": [1, float("nan")]}, "/a/1", "finite"),
        ({"a": float("-inf")}, "/a", "finite"),
        ({"a": Decimal("NaN")}, "/a", "finite"),
        ({"a": Decimal("Infinity")}, "/a", "finite"),
        ({"a": {1: 2}}, "/a/1", "`int`, not `str`"),
        ({"a/b": {"~": datetime(2026, 1, 1)}}, "/a~1b/~0", "time zone"),
        ({"a": date(2026, 1, 1)}, "/a", "`date`"),
        ({"a": object()}, "/a", "`object`"),
        ({"a": len}, "/a", "`builtin_function_or_method`"),
        ({"a": {1.5 + 2j}}, "/a/0", "`complex`"),
        ({"a": (x for x in ())}, "/a", "`generator`"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(value: Any, path: str, words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        encode(value)
    assert caught.value.path == path
    assert words in str(caught.value)
    assert caught.value.codes == ("ErrInvalidModel", "ErrInvalidValue")
    assert caught.value.outcome == "not_sent"


def test_circles_are_found_and_shared_parts_are_none() -> None:
    shared = {"x": 1}
    assert encode([shared, shared, {"y": shared}]) == [{"x": 1}, {"x": 1}, {"y": {"x": 1}}]
    circle: dict[str, Any] = {"list": [{}]}
    circle["list"][0]["back"] = circle["list"]
    with pytest.raises(InvalidValue) as caught:
        encode({"item": circle})
    assert caught.value.message == "a value contains itself"
    assert caught.value.path == "/item/list/0"


def test_depth_is_bounded_before_python_gives_up() -> None:
    deep: Any = 1
    for _ in range(90):
        deep = [deep]
    assert dumps(encode(deep)) == b"[" * 90 + b"1" + b"]" * 90
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidValue, match="nested more than 100 levels"):
        encode(deep)


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ({"a": ["\ud800"]}, "/a/0", "surrogate"),
        ({"a": {"\udfff": 1}}, "/a/", "surrogate"),
        ({"n": 10**5000}, "/n", "digits"),
    ],
)
def test_what_no_json_text_holds_is_refused(value: Any, path: str, words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        dumps(encode(value))
    assert caught.value.path == path
    assert words in caught.value.message


def test_values_are_read_as_native_values() -> None:
    text = (
        '{"i":12345678901234567890123456789012345678,"d":1.50,"e":1E+125,"s":{"$set":["a"]},"n":{"$set":[1,2.5]},'
        '"b":{"$set":[{"$binary":"eA=="}]},"x":{"$$set":[1]},"m":{"$$$y":null},"big":{"$number":"7"},"empty":{}}'
    )
    assert loads(text.encode()) == {
        "i": 12345678901234567890123456789012345678,
        "d": Decimal("1.50"),
        "e": Decimal("1E+125"),
        "s": {"a"},
        "n": {1, Decimal("2.5")},
        "b": {b"x"},
        "x": {"$set": [1]},
        "m": {"$$y": None},
        "big": 7,
        "empty": {},
    }
    assert type(loads(text.encode())["i"]) is int
    assert str(loads(text.encode())["d"]) == "1.50"
    assert loads(b"1.5", floats=True) == 1.5
    assert type(loads(b"1.5", floats=True)) is float


def test_numbers_keep_their_digits() -> None:
    assert number("10") == 10
    assert type(number("10")) is int
    assert str(number("1.10")) == "1.10"


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.decimals(allow_nan=False, allow_infinity=False).filter(
        lambda d: d != d.to_integral_value() and abs(d) < 10**30
    )
    | st.text(st.characters(exclude_categories=("Cs",)))
    | st.binary()
)
names = st.text(st.characters(exclude_categories=("Cs",))) | st.sampled_from(
    ["$set", "$number", "$binary", "$time", "$$x"]
)
documents = st.recursive(
    scalars | st.sets(st.text(max_size=3)) | st.sets(st.integers()) | st.sets(st.binary(max_size=3)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@given(documents)
def test_whatever_is_written_is_read_the_same(value: Any) -> None:
    assert loads(dumps(encode(value))) == value


@given(st.dictionaries(st.text(max_size=3), documents), documents)
def test_calls_are_written_alike_with_and_without_orjson(members: dict[str, Any], key: Any) -> None:
    call = {
        "op": "put",
        "key": [key],
        "item": Members(members),
        "condition": Plain({"$and": [{"a": None}]}),
        "n": 2**70,
    }
    for each in (call, {**call, "n": 1}):
        text = json.loads(write_call(each), parse_float=Decimal)
        with mock.patch.object(writing, "_orjson", None):
            by_hand = write_call(each)
            assert text == json.loads(by_hand, parse_float=Decimal)
            with mock.patch.object(writing, "_by_hand", return_value=None):
                assert write_call(each) == by_hand


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        -0.0,
        1e300,
        True,
        None,
        '\x00\n"\\\u2028é😀',
        Decimal("1.50"),
        Decimal("1E+3"),
        b"\xff",
        bytearray(b"a"),
        memoryview(b"ab"),
        datetime(2026, 1, 1, tzinfo=UTC),
        frozenset({1}),
        (1, ["a"]),
        {"$set": 1},
        {"": 1},
        {"$": {"$a": 1, "b": 2}},
        Plain({"$set": ["é", None]}),
        Members({"$x": 1}),
    ],
    ids=repr,
)
def test_the_usual_types_are_written_in_one_pass_just_as_by_way_of_plain_json(value: Any) -> None:
    call = {"op": "put", "item": Members({"x": value, "y": [value]})}
    by_hand = writing._by_hand(call)
    assert by_hand is not None
    with mock.patch.multiple(writing, _orjson=None, _by_hand=lambda _: None):
        assert write_call(call) == by_hand


def test_other_types_go_by_way_of_plain_json() -> None:
    class Text(str):
        pass

    for value in (Text("a"), uuid.UUID(int=1), Counter({"a": 1}), S.a + 1):
        call = {"item": Members({"x": value})}
        assert writing._by_hand(call) is None
        with mock.patch.object(writing, "_orjson", None):
            assert json.loads(write_call(call))["item"]["x"]
    writing._names.clear()
    assert writing._by_hand({"item": Members({f"n{n}": n for n in range(10_000)})}) is not None
    assert len(writing._names) <= 4096


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (math.nan, "/item/x"),
        (-math.inf, "/item/x"),
        ([1, {"y": math.nan}], "/item/x/1/y"),
        ({"y": {1: 1}}, "/item/x/y/1"),
        ("\ud800", "/item/x"),
        (object(), "/item/x"),
        (datetime(2026, 1, 1), "/item/x"),
        (Decimal("NaN"), "/item/x"),
    ],
)
def test_what_cannot_be_written_is_refused_alike_with_and_without_orjson(value: Any, path: str) -> None:
    for patch in (contextlib.nullcontext(), mock.patch.object(writing, "_orjson", None)):
        with patch, pytest.raises(InvalidValue) as caught:
            write_call({"op": "put", "item": Members({"a": None, "x": value})})
        assert caught.value.path == path


def test_odd_names_and_numbers_are_written_exactly() -> None:
    call = {"item": Members({"$only": {"$inner": 1}}), "big": Members({"n": 2**64, "m": {"$set": [1]}})}
    assert write_call(call) == b'{"item":{"$only":{"$$inner":1}},"big":{"n":18446744073709551616,"m":{"$$set":[1]}}}'
    assert write_call({"x": Members({"$set": {"a"}})}) == b'{"x":{"$set":{"$set":["a"]}}}'
