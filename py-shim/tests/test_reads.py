"""Queries, scans, waits and updates against a real engine, blocking and asyncio."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tabletheory import (
    AsyncTableTheory,
    CallTimeout,
    ConditionFailed,
    InvalidCursor,
    InvalidOperator,
    InvalidValue,
    Page,
    S,
    ScanProgress,
    Stats,
    TableTheory,
    TableTheoryError,
    attribute,
)
from tabletheory.testing import Local

from .conftest import NOTES


@dataclass
class Note:
    pk: str
    sk: str
    title: str = ""
    author: str | None = None
    views: int | None = None
    tags: set[str] = field(default_factory=set)
    version: int | None = None
    created_at: str | None = attribute("createdAt", default=None)


class User:
    """One of the two clients; its loops give lists."""

    def __init__(self, kind: str, local: Local) -> None:
        self.runner = asyncio.Runner()
        make: Any = TableTheory if kind == "blocking" else AsyncTableTheory
        self.db: Any = make(NOTES, table_names={"Note": f"reads-{kind}"}, **local.options)
        self.do(self.db.ensure_table("Note"))
        self.notes = self.db.model("Note")
        for user in range(3):
            for at in range(10):
                item = {"pk": f"u#{user}", "sk": f"n#{at:02}", "title": f"t{at}", "views": at, "author": f"a{at % 2}"}
                self.do(self.notes.put(item))
        self.do(self.notes.put({"pk": "u#0", "sk": "m#1", "title": "m"}))

    def do(self, value: Any) -> Any:
        async def main() -> Any:
            return await value

        return self.runner.run(main()) if inspect.isawaitable(value) else value

    def list(self, loop: Any) -> list[Any]:
        if hasattr(loop, "__iter__"):
            return list(loop)

        async def main() -> list[Any]:
            return [each async for each in loop]

        return self.runner.run(main())

    def close(self) -> None:
        self.do(self.db.close() if isinstance(self.db, TableTheory) else self.db.aclose())
        self.runner.close()


@pytest.fixture(scope="module", params=["blocking", "asyncio"])
def user(request: pytest.FixtureRequest, tabletheory_local: Local) -> Iterator[User]:
    user = User(request.param, tabletheory_local)
    yield user
    user.close()


def keys(items: list[Any]) -> list[str]:
    return [each["sk"] for each in items]


NAMES = [f"n#{at:02}" for at in range(10)]


def test_a_query_is_a_loop_over_items(user: User) -> None:
    query = user.notes.query("u#0").where(S.sk.begins_with("n#") & (S.views > 3))
    assert keys(user.list(query)) == NAMES[4:]
    assert keys(user.list(query.limit(2))) == NAMES[4:6]
    assert (
        keys(
            user.list(query),
        )
        == NAMES[4:]
    ), "a builder leaves the one before as it is"
    assert keys(user.list(query.order("desc").limit(3))) == ["n#09", "n#08", "n#07"]
    assert keys(user.list(user.notes.query({"pk": "u#0", "sk": {"between": ["n#02", "n#04"]}}))) == NAMES[2:5]
    assert keys(user.list(user.notes.query("u#0").where({"sk": {"lt": "n"}}))) == ["m#1"]
    assert user.list(user.notes.query("nobody")) == []


def test_a_query_may_be_asked_for_all_first_count_and_pages(user: User) -> None:
    query = user.notes.query("u#0").where(S.sk.begins_with("n#"))
    assert keys(user.do(query.all())) == NAMES
    assert keys(user.do(query.page_size(3).all())) == NAMES
    assert user.do(query.first())["sk"] == "n#00"
    assert user.do(user.notes.query("nobody").first()) is None
    assert user.do(query.count()) == 10
    assert user.do(query.filter(S.views >= 5).filter({"views": {"lt": 8}}).count()) == 3
    pages = user.list(query.page_size(4).pages())
    assert [len(page.items) for page in pages] == [4, 4, 2]
    assert [page.count for page in pages] == [4, 4, 2]
    assert all(isinstance(page, Page) and page.stats.attempts == 1 for page in pages)
    assert pages[-1].cursor is None
    limited = user.list(query.page_size(4).limit(6).pages())
    assert [len(page.items) for page in limited] == [4, 2]
    assert [page.remaining for page in limited] == [2, 0]
    found = [user.do(query.limit(7).page())]
    found.append(user.do(query.after(found[0].cursor).page()))
    found.append(user.do(query.page(cursor=found[0].cursor, pages=1)))
    assert [keys(page.items) for page in found] == [NAMES[:7], NAMES[7:], NAMES[7:]]
    assert keys(user.do(query.after(None).limit(1).all())) == NAMES[:1]


def test_projection_raw_and_consistent_reads(user: User) -> None:
    query = user.notes.query("u#1").projection("sk", S.views).consistent()
    assert user.do(query.limit(1).all()) == [{"sk": "n#00", "views": 0}]
    assert user.do(query.raw().first()) == {"sk": "n#00", "views": 0}


def test_an_index_is_queried_by_its_own_key(user: User) -> None:
    found = user.do(user.notes.query("a1").index("by-author").all())
    assert len(found) == 15
    with pytest.raises(InvalidOperator) as caught:
        user.do(user.notes.query("a1").index("by-author").consistent().all())
    assert caught.value.outcome == "not_sent"


def test_typed_items(user: User) -> None:
    notes = user.db.model("Note", Note)
    found = user.list(notes.query("u#0").where(S.sk == "n#03"))
    assert [(type(each), each.sk, each.views) for each in found] == [(Note, "n#03", 3)]
    assert {type(each) for each in user.list(notes.scan().limit(5))} == {Note}

    @dataclass
    class Strict:
        pk: str
        sk: str
        title: int

    with pytest.raises(InvalidValue) as caught:
        user.do(user.db.model("Note", Strict).query("u#0").where(S.sk > "n").all())
    assert caught.value.path == "/items/0/title"


def test_what_is_wrong_is_told_with_its_place(user: User) -> None:
    wrong: list[tuple[Any, type[TableTheoryError], str]] = [
        (user.notes.query("u#0").where(S.sk.begins_with(1)), TableTheoryError, "/where/sk/begins_with"),
        (user.notes.query("u#0").filter(S.sk == "x"), InvalidOperator, "/filter/sk"),
        (user.notes.query("u#0").limit(-1), TableTheoryError, "/limit"),
        (user.notes.query("u#0").after("nonsense"), InvalidCursor, "/cursor"),
        (user.notes.query("u#0").order("up"), InvalidOperator, "/order"),
        (user.notes.query("u#0").index("none"), TableTheoryError, "/index"),
        (user.notes.scan().segments(0), TableTheoryError, "/segments"),
    ]
    for query, error, path in wrong:
        with pytest.raises(error) as caught:
            user.do(query.page())
        assert caught.value.path == path
        assert caught.value.outcome == "not_sent"
    with pytest.raises(InvalidValue) as caught:
        user.notes.query("u#0").where(S.views > object())
    assert caught.value.path == "/where"


def test_a_scan_reads_segments_side_by_side_and_tells_how_far_it_is(user: User) -> None:
    heard: list[ScanProgress] = []
    scan = user.notes.scan().segments(3).page_size(4).on_progress(heard.append)
    found = user.do(scan.all())
    assert len(found) == 31
    assert len({(each["pk"], each["sk"]) for each in found}) == 31
    assert heard[-1].items == 31
    assert heard[-1].segments_done == heard[-1].segments == 3
    assert [each.items for each in heard] == sorted(each.items for each in heard)
    parts = [user.do(user.notes.scan().segments(2).segment(at).all()) for at in range(2)]
    assert sum(map(len, parts)) == 31
    assert user.do(user.notes.scan().filter(S.views == 3).count()) == 3
    heard.clear()
    assert user.do(user.notes.scan().segments(2).on_progress(heard.append).count()) == 31
    assert (heard[-1].items, heard[-1].segments_done) == (31, 2)


def test_the_page_of_a_scan_says_how_far_it_is(user: User) -> None:
    scan = user.notes.scan().segments(2)
    page = user.do(scan.parallel(1).page(pages=None))
    assert page.progress is not None
    assert (page.progress.items, page.progress.segments, page.progress.segments_done) == (31, 2, 2)
    assert user.do(user.notes.scan().limit(1).page()).progress is None
    heard: list[ScanProgress] = []
    one = user.do(user.notes.scan().on_progress(heard.append).limit(1).page()).progress
    assert heard == [one]
    assert user.do(user.notes.query("u#0").page()).progress is None
    with pytest.raises(TableTheoryError) as caught:
        user.do(user.notes.scan().parallel(2).all())
    assert caught.value.path == "/parallel"


def test_a_scan_goes_on_where_it_was_left(user: User) -> None:
    scan = user.notes.scan().segments(2).page_size(3)
    page = user.do(scan.limit(10).page())
    rest = user.do(scan.after(page.cursor).all())
    assert len(page.items) == 10
    assert len({(each["pk"], each["sk"]) for each in page.items + rest}) == 31


def test_leaving_a_loop_ends_it(user: User) -> None:
    before = user.db._driver._session._pool._all
    for _ in range(3):
        if isinstance(user.db, TableTheory):
            for note in user.notes.query("u#0").page_size(2):
                assert note["sk"] == "m#1"
                break
        else:

            async def main() -> None:
                async for note in user.notes.query("u#0").page_size(2):
                    assert note["sk"] == "m#1"
                    break

            user.runner.run(main())
    assert all(each.users == 0 for each in before)


def test_waiting_for_an_item(user: User) -> None:
    assert user.do(user.notes.wait_for("u#0", "n#01"))["title"] == "t1"
    with pytest.raises(CallTimeout):
        user.do(user.notes.wait_for("u#9", "n#01", timeout_ms=30, base_ms=10))
    with pytest.raises(CallTimeout):
        user.do(user.notes.wait_for("u#0", "n#01", until=S.views == 99, timeout_ms=0))
    assert user.do(user.notes.wait_for("u#0", "n#01", until=S.views == 1, consistent=True))["views"] == 1
    made = user.do(user.notes.get("u#0", "n#01"))["createdAt"]
    found = user.do(user.notes.wait_for({"author": "a1", "createdAt": made}, index="by-author"))
    assert found["sk"] == "n#01"


def test_updates_compute_from_what_is_there(user: User) -> None:
    notes = user.notes
    user.do(notes.put({"pk": "u#5", "sk": "x", "views": 3, "title": "a"}))
    changed = user.do(notes.update("u#5", "x", set={"views": S.views + 2, "body": S.title}))
    assert (changed["views"], changed["body"]) == (5, "a")
    assert user.do(notes.update("u#5", "x", set={"views": S.views - 1}))["views"] == 4
    assert user.do(notes.update("u#5", "x", set={"views": 10 - S.views}))["views"] == 6
    assert user.do(notes.update("u#6", "x", set={"views": S.views.if_not_exists(0) + 1}))["views"] == 1
    with pytest.raises(ConditionFailed):
        user.do(notes.update("u#5", "x", set={"title": "b"}, condition=S.title == S.author))
    user.do(notes.update("u#5", "x", set={"title": "b"}, condition=(S.title == S.body) & (S.views > S.title.size())))
    user.do(notes.delete("u#5", "x"))
    user.do(notes.delete("u#6", "x"))


def test_an_update_sets_what_was_changed(user: User) -> None:
    from dataclasses import replace

    notes = user.db.model("Note", Note)
    before = user.do(notes.put(Note("u#7", "x", title="a", views=1, tags={"t"})))
    after = replace(before, title="b", views=None)
    note = user.do(notes.update(changes=(before, after), expect_version=before.version))
    assert (note.title, note.views, note.tags, note.version) == ("b", None, {"t"}, 1)
    note = user.do(notes.update("u#7", "x", changes=(None, {"title": "c"}), add={"views": 5}))
    assert (note.title, note.views) == ("c", 5)
    user.do(notes.delete(note))


def test_statistics_and_time_outs_of_reads(user: User) -> None:
    stats = Stats()
    user.do(user.notes.query("u#0").all(stats=stats, timeout=5))
    assert stats.attempts == 1
    with pytest.raises(TableTheoryError) as caught:
        user.do(user.notes.query("u#0").all(timeout=1e-9))
    assert caught.value.code == "ErrTimeout"


def test_signed_cursors(user: User, tabletheory_local: Local) -> None:
    make: Any = TableTheory if isinstance(user.db, TableTheory) else AsyncTableTheory
    kind = "blocking" if isinstance(user.db, TableTheory) else "asyncio"
    options: Any = {"table_names": {"Note": f"reads-{kind}"}, **tabletheory_local.options}
    old = bytes(range(32))
    first = make(NOTES, cursor={"keys": [old]}, **options)
    page = user.do(first.model("Note").query("u#0").limit(2).page())
    assert page.cursor.startswith("tt1.")
    both = make(NOTES, cursor={"keys": [bytes(32), old]}, **options)
    assert len(user.do(both.model("Note").query("u#0").after(page.cursor).all())) == 9
    for cursor in (page.cursor[:-1] + "!", user.do(user.notes.query("u#0").limit(2).page()).cursor):
        with pytest.raises(InvalidCursor):
            user.do(both.model("Note").query("u#0").after(cursor).page())
    for each in (first, both):
        user.do(each.close() if isinstance(each, TableTheory) else each.aclose())


def test_builders_show_their_call_document(user: User) -> None:
    query = user.notes.query("u#0").where(S.sk > "a").filter(S.views > 1, S.title.exists()).after(None)
    assert query.document() == (
        b'{"op":"query","model":"Note","key":["u#0"],"where":{"sk":{"gt":"a"}},'
        b'"filter":{"$and":[{"views":{"gt":1}},{"title":{"exists":true}}]}}'
    )
    assert user.notes.scan().segments(4).parallel(2).document() == user.notes.scan().segments(4, 2).document()
    assert user.notes.scan().segments(4, 2).document() == b'{"op":"scan","model":"Note","segments":4,"parallel":2}'
