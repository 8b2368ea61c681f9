import assert from "node:assert/strict";
import { test } from "node:test";
import { absent, begins, between, ConditionFailed, contains, oneOf, type Page, TableTheoryError } from "tabletheory";
import { Items, type PageOf, pagesOf } from "../dist/esm/inner.js";
import { scripted } from "./support/index.ts";

const { db } = await scripted([]);
const notes = db.model("Note");

test("a query is a call document", () => {
  const query = notes
    .query("u#1")
    .where({ sk: begins("n#"), views: { gt: 3n } })
    .where({ status: oneOf("open", "held") })
    .filter({ tags: contains("red"), body: absent() })
    .index("by-author")
    .order("desc")
    .projection("title", "data.lines[0]")
    .consistent()
    .limit(20)
    .pageSize(100)
    .raw()
    .after("CURSOR");
  assert.deepEqual(query.document(), {
    op: "query",
    model: "Note",
    key: ["u#1"],
    where: {
      $and: [{ sk: { begins_with: "n#" }, views: { gt: { $number: "3" } } }, { status: { in: ["open", "held"] } }],
    },
    filter: { tags: { contains: "red" }, body: { exists: false } },
    index: "by-author",
    order: "desc",
    projection: ["title", "data.lines[0]"],
    consistent: true,
    limit: 20,
    page_size: 100,
    raw: true,
    cursor: "CURSOR",
  });
});

test("keys of queries: values, or an object whose sort attributes may have operators", () => {
  const key = (given: Parameters<typeof notes.query>[0]) => notes.query(given).document().key;
  assert.deepEqual(key("u#1"), ["u#1"]);
  assert.deepEqual(key(7n), [{ $number: "7" }]);
  assert.deepEqual(key(new Uint8Array([1])), [{ $binary: "AQ==" }]);
  assert.deepEqual(key(["u#1", "n#1"]), ["u#1", "n#1"]);
  assert.deepEqual(key({ pk: "u#1", sk: between("a", "b") }), { pk: "u#1", sk: { between: ["a", "b"] } });
});

test("a builder stays as it is when another is made of it", () => {
  const base = notes.query("u#1");
  const narrow = base.limit(3).where({ sk: "n#1" });
  assert.deepEqual(base.document(), { op: "query", model: "Note", key: ["u#1"] });
  assert.equal(narrow.document().limit, 3);
});

test("a scan is a call document", () => {
  const scan = notes
    .scan()
    .index("by-author")
    .filter({ views: { gt: 3 } })
    .segments(8, 2)
    .segment(5);
  assert.deepEqual(scan.document(), {
    op: "scan",
    model: "Note",
    index: "by-author",
    filter: { views: { gt: 3 } },
    segments: 8,
    parallel: 2,
    segment: 5,
  });
});

test("conditions with a hole are refused, not widened", () => {
  for (const condition of [{ author: undefined }, { views: { gt: undefined } }, { $not: { title: undefined } }]) {
    assert.throws(() => notes.query("u#1").filter(condition).document(), { code: "ErrInvalidValue" });
    assert.throws(() => notes.query("u#1").where(condition).document(), { code: "ErrInvalidValue", path: /^\/where/ });
  }
});

const page = (items: number[], cursor?: string, remaining?: number): PageOf<number> => {
  const stats = { attempts: 1, retries: 0, waitedMs: 0, requestId: undefined, capacity: undefined };
  return { items, cursor, remaining, scanned: items.length, stats };
};

/** Pages from a list, and what was asked for. */
function book(...pages: PageOf<number>[]) {
  const asked: [string | undefined, number | undefined][] = [];
  const turn = async (cursor: string | undefined, limit: number | undefined) => {
    asked.push([cursor, limit]);
    await new Promise(setImmediate);
    return pages[asked.length - 1] as PageOf<number>;
  };
  return { asked, turn };
}

test("pages are read one after the other, when they are asked for, with what is left of the limit", async () => {
  const { asked, turn } = book(page([1, 2], "a", 3), page([], "b", 3), page([3, 4, 5], "c", 0));
  const seen: Page<number>[] = [];
  for await (const one of pagesOf(turn, "start", 5)) {
    seen.push(one);
    assert.equal(asked.length, seen.length);
  }
  assert.deepEqual(
    seen.map(({ items, cursor }) => [items, cursor]),
    [
      [[1, 2], "a"],
      [[], "b"],
      [[3, 4, 5], "c"],
    ],
  );
  assert.deepEqual(asked, [
    ["start", 5],
    ["a", 3],
    ["b", 3],
  ]);
});

test("items come one by one; empty pages are passed over; the end is the end", async () => {
  const { asked, turn } = book(page([], "a"), page([1, 2], "b"), page([3]));
  const items = new Items(pagesOf(turn, undefined, undefined));
  const seen: number[] = [];
  for await (const item of items) seen.push(item);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(asked.length, 3);
  assert.deepEqual(await items.next(), { value: undefined, done: true });
  assert.equal(asked.length, 3);
});

test("leaving the loop reads no further page", async () => {
  const { asked, turn } = book(page([1, 2], "a"), page([3]));
  const items = new Items(pagesOf(turn, undefined, undefined));
  for await (const item of items) if (item === 1) break;
  assert.deepEqual(await items.next(), { value: undefined, done: true });
  assert.equal(asked.length, 1);
  await using unused = new Items(pagesOf(turn, undefined, undefined));
  assert.ok(unused);
});

test("asking for several items at once loses and doubles none", async () => {
  const { turn } = book(page([1, 2], "a"), page([3], "b"), page([4, 5]));
  const items = new Items(pagesOf(turn, undefined, undefined));
  const seen = await Promise.all(Array.from({ length: 7 }, () => items.next()));
  assert.deepEqual(
    seen.map(({ value }) => value),
    [1, 2, 3, 4, 5, undefined, undefined],
  );
});

test("a page that fails ends the loop with its error", async () => {
  const turn = async (): Promise<PageOf<number>> => {
    throw new ConditionFailed({ code: "E", codes: [], message: "m", retryable: false, outcome: "rejected" });
  };
  const items = new Items(pagesOf(turn, undefined, undefined));
  await assert.rejects(items.next(), TableTheoryError);
  assert.deepEqual(await items.next(), { value: undefined, done: true });
});
