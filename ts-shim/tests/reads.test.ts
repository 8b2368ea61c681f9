import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  begins,
  connect,
  InvalidCursor,
  InvalidOperator,
  type Page,
  type ScanProgress,
  TimeoutError,
} from "tabletheory";
import type { Local } from "tabletheory/testkit";
import { compile, Engine } from "../dist/esm/inner.js";
import { CREDENTIALS, failure, local, NOTES } from "./support/index.ts";

interface Note {
  pk: string;
  sk: string;
  title?: string;
  author?: string;
  views?: number;
  tags?: Set<string>;
}

let engine: Local;
before(async () => {
  engine = await local();
});
after(() => engine.stop());

let tables = 0;
/** A client with 25 notes of one user, in a table of its own. */
async function filled() {
  const db = await connect(NOTES, { ...engine.options, tablePrefix: `r${++tables}-` });
  await db.ensureTable("Note");
  const notes = db.model<Note>("Note");
  const numbers = Array.from({ length: 25 }, (_, index) => index);
  const items = numbers.map((n) => ({
    pk: "u#1",
    sk: `n#${10 + n}`,
    views: n,
    author: "ada",
    tags: new Set([`t${n % 3}`]),
  }));
  await Promise.all(items.map((item) => notes.put(item)));
  await notes.put({ pk: "u#1", sk: "draft#1" });
  await notes.put({ pk: "u#2", sk: "n#1" });
  return { db, notes };
}

const sortKeys = (items: readonly Note[]) => items.map(({ sk }) => sk);

test("items of a partition: in order, filtered, limited, from an index, in part", async () => {
  const { db, notes } = await filled();
  using _ = db;
  const query = notes.query("u#1").where({ sk: begins("n#") });
  const all = await query.all();
  assert.equal(all.length, 25);
  assert.ok(all[0]?.tags instanceof Set);
  assert.deepEqual(sortKeys(await query.order("desc").limit(2).all()), ["n#34", "n#33"]);
  assert.deepEqual(sortKeys(await query.filter({ views: { gte: 22 } }).all()), ["n#32", "n#33", "n#34"]);
  assert.deepEqual(sortKeys(await query.where({ views: { lt: 5 }, tags: { contains: "t1" } }).all()), ["n#11", "n#14"]);
  assert.deepEqual(await query.limit(1).projection("sk", "views").all(), [{ sk: "n#10", views: 0 }]);
  assert.equal((await notes.query({ pk: "u#1", sk: { between: ["n#12", "n#14"] } }).all()).length, 3);
  assert.equal((await query.order("desc").first())?.sk, "n#34");
  assert.equal(await notes.query("nobody").first(), undefined);
  assert.equal(await query.filter({ tags: { contains: "t0" } }).count(), 9);
  assert.equal((await notes.query("ada").index("by-author").all()).length, 25);
  const { value, stats } = await query.all().withStats();
  assert.equal(value.length, 25);
  assert.ok((stats.capacity?.total ?? 0) > 0);
});

test("pages joined are the whole, however they are cut", async () => {
  const { db, notes } = await filled();
  using _ = db;
  const query = notes.query("u#1").filter({ views: { ne: 7 } });
  const whole = sortKeys(await query.all());
  for (const builder of [
    query.limit(4),
    query.pageSize(3),
    query.limit(4).pageSize(3),
    query.index("by-author").limit(5),
  ]) {
    const base = builder.document().index === undefined ? builder : notes.query("ada").index("by-author").limit(5);
    const found: Note[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<Note> = await base.page({ cursor });
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (base === builder) assert.deepEqual(sortKeys(found), whole);
    else assert.equal(new Set(sortKeys(found)).size, 25);
  }
  const looped: string[] = [];
  for await (const note of query.pageSize(4).limit(11)) looped.push(note.sk);
  assert.deepEqual(looped, whole.slice(0, 11));
  let pages = 0;
  for await (const page of query.pageSize(4).pages()) pages += page.items.length > 0 ? 1 : 0;
  assert.equal(pages, 7);
});

test("leaving a loop, cancelling, bad cursors, bad options", async () => {
  const { db, notes } = await filled();
  using _ = db;
  const query = notes.query("u#1").pageSize(2);
  for await (const note of query) if (note.sk === "n#12") break;

  const controller = new AbortController();
  const seen: string[] = [];
  const error = await failure(
    (async () => {
      for await (const note of query.items({ signal: controller.signal })) {
        seen.push(note.sk);
        if (seen.length === 4) controller.abort();
      }
    })(),
  );
  assert.equal(error.code, "ErrCanceled");
  assert.equal(seen.length, 4);

  const { cursor } = await query.page();
  assert.ok(cursor);
  assert.ok((await failure(notes.query("u#1").index("by-author").page({ cursor }))) instanceof InvalidCursor);
  assert.ok((await failure(notes.query("u#1").page({ cursor: "nonsense" }))) instanceof InvalidCursor);
  assert.ok((await failure(notes.query("u#1").limit(-1).all())) instanceof InvalidOperator);
  assert.ok((await failure(notes.query("ada").index("by-author").consistent().all())) instanceof InvalidOperator);
  assert.equal((await failure(notes.query("u#1").index("nowhere").all())).code, "ErrIndexNotFound");
});

test("signed cursors: of this query only, by any of the keys", async () => {
  const { db } = await filled();
  using _ = db;
  const keyed = (...keys: (string | Uint8Array)[]) => {
    return connect(NOTES, { ...engine.options, tablePrefix: `r${tables}-`, cursor: { keys } });
  };
  const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2).toString("base64")];
  using before = await keyed(older);
  using after = await keyed(newer, older);
  const query = before.model("Note").query("u#1").limit(3);
  const { cursor = "" } = await query.page();
  const next = await after.model("Note").query("u#1").limit(3).page({ cursor });
  assert.equal(next.items.length, 3);
  assert.ok(
    (await failure(before.model("Note").query("u#1").limit(3).page({ cursor: next.cursor }))) instanceof InvalidCursor,
  );
  assert.ok((await failure(query.filter({ views: 1 }).page({ cursor }))) instanceof InvalidCursor);
  const edited = cursor.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  assert.ok((await failure(query.page({ cursor: edited }))) instanceof InvalidCursor);
  const { cursor: unsigned } = await db.model("Note").query("u#1").limit(3).page();
  assert.ok((await failure(query.page({ cursor: unsigned }))) instanceof InvalidCursor);
  assert.equal((await failure(keyed("too short"))).code, "ErrConfiguration");
});

test("scans: whole, in segments side by side, by one segment, with progress", async () => {
  const { db, notes } = await filled();
  using _ = db;
  assert.equal((await notes.scan().all()).length, 27);
  const heard: ScanProgress[] = [];
  const onProgress = (progress: ScanProgress) => void heard.push(progress);
  const found = await notes.scan().segments(5, 2).all({ onProgress });
  assert.equal(new Set(found.map(({ pk, sk }) => `${pk} ${sk}`)).size, 27);
  assert.equal(heard.at(-1)?.items, 27);
  assert.equal(heard.at(-1)?.segmentsDone, 5);
  const parts = await Promise.all([0, 1, 2].map((segment) => notes.scan().segments(3).segment(segment).all()));
  assert.equal(parts.flat().length, 27);
  heard.splice(0);
  let count = 0;
  for await (const _ of notes.scan().segments(4).pageSize(2).items({ onProgress })) count += 1;
  assert.equal(count, 27);
  assert.equal(heard.at(-1)?.items, 27);
  assert.ok(heard.every(({ items }, index) => items >= (heard[index - 1]?.items ?? 0)));
  assert.equal(await notes.scan().filter({ author: "ada" }).count(), 25);
});

test("waiting for an item: until it is there, until it is so, or too long", async () => {
  const { db, notes } = await filled();
  using _ = db;
  const later = { pk: "u#3", sk: "n#1" };
  setTimeout(() => notes.put({ ...later, views: 1 }), 20);
  assert.equal((await notes.waitFor(later, { baseMs: 5 })).views, 1);
  setTimeout(() => notes.update(later, { add: { views: 1 } }), 20);
  assert.equal((await notes.waitFor(later, { until: { views: 2 }, baseMs: 5 })).views, 2);
  assert.equal((await notes.waitFor({ author: "ada" }, { index: "by-author" })).author, "ada");
  assert.ok((await failure(notes.waitFor(["u#9", "n#9"], { timeoutMs: 20, baseMs: 5 }))) instanceof TimeoutError);
});

test("a hundred thousand items in flat memory, each page parsed once", async () => {
  const core = await Engine.load(await compile());
  const item = (n: number) => ({
    pk: { S: "u" },
    sk: { S: `n#${n}` },
    title: { S: "x".repeat(80) },
    tags: { SS: ["a"] },
  });
  let sent = 0;
  const transport = {
    protocol: "http" as const,
    send: async () => {
      const from = sent++ * 500;
      const Items = Array.from({ length: 500 }, (_, index) => item(from + index));
      const LastEvaluatedKey = sent < 200 ? { pk: { S: "u" }, sk: { S: `n#${from + 499}` } } : undefined;
      const body = JSON.stringify({ Items, Count: 500, ScannedCount: 500, LastEvaluatedKey });
      return { status: 200, head: "", body: Buffer.from(body) };
    },
  };
  using db = await connect(NOTES, { wasm: await compile(), region: "eu-west-1", credentials: CREDENTIALS, transport });
  let count = 0;
  let memory = 0;
  for await (const note of db.model<Note>("Note").query("u")) {
    assert.equal(note.sk, `n#${count}`);
    count += 1;
    if (count === 5_000) memory = core.memoryBytes;
  }
  assert.equal(count, 100_000);
  assert.equal(sent, 200);
  assert.ok(memory > 0);
  assert.equal(core.memoryBytes, memory);
});
