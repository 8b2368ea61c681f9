"""Items as dataclasses and pydantic models, without any core."""

from __future__ import annotations

import enum
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType

import pydantic
import pytest

from tabletheory import InvalidModel, InvalidValue, NumberPrecisionLoss, attribute
from tabletheory.calls import item_part
from tabletheory.shapes import shape_of, writer_of
from tabletheory.values import dumps, encode_members
from tabletheory.writing import write_call

UserId = NewType("UserId", str)
MODEL = {
    "name": "Note",
    "keys": {"partition": {"attribute": "pk", "type": "S"}, "sort": {"attribute": "sk", "type": "S"}},
    "attributes": [{"attribute": name} for name in ("pk", "sk", "title", "createdAt", "views")],
}


class Kind(enum.Enum):
    OPEN = "open"


@dataclass
class Owner:
    name: str
    since: datetime | None = None


@dataclass
class Everything:
    pk: UserId
    number: int = 0
    ratio: float = 0.0
    price: Decimal = Decimal(0)
    flag: bool = False
    blob: bytes = b""
    when: datetime | None = None
    ref: uuid.UUID | None = None
    kind: Kind = Kind.OPEN
    tags: set[str] = field(default_factory=set)
    frozen: frozenset[int] = frozenset()
    rows: list[Owner] = field(default_factory=list)
    pair: tuple[int, ...] = ()
    owner: Owner | None = None
    owners: dict[str, Owner] = field(default_factory=dict)
    anything: Any = None
    either: int | str = 0
    literal: Literal["a", "b"] = "a"
    annotated: Annotated[int, "x"] = 0
    bare: dict = field(default_factory=dict)  # type: ignore[type-arg]
    renamed: str = attribute("re-named", default="", metadata={"x": 1})
    computed: str = field(init=False, default="c")
    parent: Everything | None = None


FULL = Everything(
    UserId("u"),
    number=3,
    ratio=0.1,
    price=Decimal("1.50"),
    flag=True,
    blob=b"x",
    when=datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
    ref=uuid.UUID(int=7),
    tags={"a"},
    frozen=frozenset({1}),
    rows=[Owner("o")],
    pair=(1, 2),
    owner=Owner("p", datetime(2026, 1, 1, tzinfo=UTC)),
    owners={"q": Owner("r")},
    anything=[1],
    either="s",
    bare={"t": 1},
    renamed="u",
    parent=Everything(UserId("v")),
)
STORED = {
    "pk": "u",
    "number": 3,
    "ratio": Decimal("0.1"),
    "price": Decimal("1.50"),
    "flag": True,
    "blob": b"x",
    "when": "2026-01-02T03:04:05.000006000Z",
    "ref": "00000000-0000-0000-0000-000000000007",
    "kind": "open",
    "tags": {"a"},
    "frozen": {1},
    "rows": [{"name": "o"}],
    "pair": [1, 2],
    "owner": {"name": "p", "since": "2026-01-01T00:00:00Z"},
    "owners": {"q": {"name": "r"}},
    "anything": [1],
    "either": "s",
    "literal": "a",
    "annotated": 0,
    "bare": {"t": 1},
    "re-named": "u",
    "parent": {"pk": "v"},
    "stored by someone else": 1,
}


def written_by(cls: type, item: Any) -> Any:
    assert shape_of(cls) is not None
    call = write_call({"item": item_part(item)}, writer_of)
    assert json.loads(call) == json.loads(dumps(encode_members({"item": item_part(item)}, writer_of)))
    return json.loads(call)["item"]


def test_a_dataclass_is_written_by_its_fields() -> None:
    written = written_by(Everything, FULL)
    assert written["owner"] == {"name": "p", "since": {"$time": "2026-01-01T00:00:00Z"}}
    assert written["rows"] == [{"name": "o"}]
    assert written["re-named"] == "u"
    assert written["kind"] == "open"
    assert written["price"] == {"$number": "1.50"}
    assert written["parent"]["tags"] == {"$set": []}
    assert "renamed" not in written
    assert written_by(Everything, {"pk": "as", "well": Owner("x")}) == {"pk": "as", "well": {"name": "x"}}


def test_a_dataclass_is_read_by_its_annotations() -> None:
    assert shape_of(Everything).read(STORED) == FULL
    read = shape_of(Everything).read({"pk": "u"})
    assert read == Everything(UserId("u"))


@pytest.mark.parametrize(
    ("attributes", "path", "words"),
    [
        ({}, "/pk", "no attribute for the field `pk`"),
        ({"pk": None}, "/pk", "null"),
        ({"pk": 1}, "/pk", "takes `str`"),
        ({"pk": "u", "number": "1"}, "/number", "takes `int`"),
        ({"pk": "u", "number": True}, "/number", "takes `int`"),
        ({"pk": "u", "ratio": False}, "/ratio", "takes `float`"),
        ({"pk": "u", "price": "x"}, "/price", "takes `Decimal`"),
        ({"pk": "u", "price": True}, "/price", "takes `Decimal`"),
        ({"pk": "u", "flag": 1}, "/flag", "takes `bool`"),
        ({"pk": "u", "when": "yesterday"}, "/when", "takes `datetime`"),
        ({"pk": "u", "when": 10**30}, "/when", "takes `datetime`"),
        ({"pk": "u", "when": []}, "/when", "takes `datetime`"),
        ({"pk": "u", "ref": "x"}, "/ref", "takes `UUID`"),
        ({"pk": "u", "kind": "shut"}, "/kind", "takes `Kind`"),
        ({"pk": "u", "tags": "ab"}, "/tags", "takes `set`"),
        ({"pk": "u", "frozen": {"x"}}, "/frozen/0", "takes `int`"),
        ({"pk": "u", "rows": [{"name": "a"}, {}]}, "/rows/1/name", "no attribute for the field `name`"),
        ({"pk": "u", "owner": "x"}, "/owner", "takes `Owner`"),
        ({"pk": "u", "owners": {"a/b": {"name": 1}}}, "/owners/a~1b/name", "takes `str`"),
        ({"pk": "u", "bare": []}, "/bare", "takes `dict`"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(attributes: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        shape_of(Everything).read(attributes)
    assert caught.value.path == path
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", Decimal("1.5")),
        ("ratio", Decimal("0.12345678901234567890123")),
        ("ratio", 2**53 + 1),
        ("ratio", Decimal("1E+125") * 10**300),
        ("ratio", 10**400),
    ],
)
def test_a_number_that_would_lose_digits_is_refused(name: str, value: Any) -> None:
    with pytest.raises(NumberPrecisionLoss) as caught:
        shape_of(Everything).read({"pk": "u", name: value})
    assert caught.value.path == f"/{name}"


def test_numbers_that_fit_are_taken() -> None:
    read = shape_of(Everything).read({"pk": "u", "number": Decimal("1E+2"), "ratio": 2**53, "price": 7, "when": 0})
    assert (read.number, read.ratio, read.price) == (100, float(2**53), Decimal(7))
    assert read.when == datetime(1970, 1, 1, tzinfo=UTC)


def test_stamped_values_go_into_a_copy() -> None:
    @dataclass(frozen=True)
    class Note:
        pk: str
        created_at: datetime | None = attribute("createdAt", default=None)  # noqa: RUF009

    shape, note = shape_of(Note), Note("u")
    stamped = shape.stamped(note, {"createdAt": "2026-01-01T00:00:00.000000000Z", "version": 0})
    assert stamped == Note("u", datetime(2026, 1, 1, tzinfo=UTC))
    assert note.created_at is None
    assert shape.stamped({"pk": "u"}, {"createdAt": None}) == Note("u")
    assert shape_of(None).stamped(note, {"version": 0}) == {"pk": "u", "version": 0}
    assert shape_of(dict).stamped({"pk": "u"}, {"version": 0}) == {"pk": "u", "version": 0}


def test_a_class_is_checked_against_the_model() -> None:
    @dataclass
    class Good:
        pk: str
        sk: str
        created_at: str = attribute("createdAt", default="")

    @dataclass
    class Bad:
        pk: str
        titel: str
        colour: str

    shape_of(Good).check(MODEL)
    with pytest.raises(InvalidModel) as caught:
        shape_of(Bad).check(MODEL)
    for name in ("`titel`", "`colour`", "`sk` is missing", "`Note`"):
        assert name in caught.value.message
    with pytest.raises(InvalidModel, match="cannot be of type `int`"):
        shape_of(int)


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None


class PydanticNote(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(populate_by_name=True)
    pk: str
    sk: str
    views: float = 0
    title: str | None = None
    created_at: datetime | None = pydantic.Field(default=None, alias="createdAt")
    people: list[Person] = []
    tags: set[str] = set()


def test_pydantic_models_are_items() -> None:
    shape = shape_of(PydanticNote)
    note = PydanticNote(
        pk="u", sk="n", people=[Person(name="p")], tags={"a"}, createdAt=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert written_by(PydanticNote, note) == {
        "pk": "u",
        "sk": "n",
        "views": 0,
        "createdAt": {"$time": "2026-01-01T00:00:00Z"},
        "people": [{"name": "p"}],
        "tags": {"$set": ["a"]},
    }
    read = shape.read(
        {
            "pk": "u",
            "sk": "n",
            "views": Decimal("1.5"),
            "people": [{"name": "p"}],
            "tags": {"a"},
            "createdAt": "2026-01-01T00:00:00Z",
        }
    )
    assert read == note.model_copy(update={"views": 1.5})
    stamped = shape.stamped(note, {"createdAt": "2026-02-01T00:00:00Z", "version": 1})
    assert stamped.created_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert type(shape.stamped({"pk": "u", "sk": "n"}, {"createdAt": "2026-02-01T00:00:00Z"})) is PydanticNote
    with pytest.raises(InvalidModel, match="`people`"):
        shape.check(MODEL)


def test_a_stored_item_that_a_pydantic_model_refuses_is_an_error_without_values() -> None:
    with pytest.raises(InvalidValue) as caught:
        shape_of(PydanticNote).read({"pk": "u", "sk": "n", "views": "SECRET", "people": [{"name": 5}]})
    assert caught.value.path == "/views"
    assert "float_parsing" in caught.value.message
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_pydantic_models_may_stand_inside_dataclasses_and_dicts() -> None:
    @dataclass
    class Holder:
        pk: str
        person: Person

    shape = shape_of(Holder)
    assert written_by(Holder, Holder("u", Person(name="p"))) == {"pk": "u", "person": {"name": "p"}}
    with pytest.raises(InvalidValue) as caught:
        shape.read({"pk": "u", "person": {}})
    assert caught.value.path == "/person/name"


def test_anything_else_is_no_item() -> None:
    with pytest.raises(InvalidValue, match="must not be of type `list`"):
        item_part(["pk"])
