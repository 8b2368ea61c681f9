import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  absent,
  begins,
  ConditionFailed,
  connect,
  ItemNotFound,
  or,
  path,
  TableNotFound,
  VersionConflict,
} from "tabletheory";
import type { Local } from "tabletheory/testkit";
import { failure, local, NOTES } from "./support/index.ts";

interface Note {
  pk: string;
  sk: string;
  title?: string;
  body?: string;
  author?: string;
  status?: string;
  views?: number;
  tags?: Set<string>;
  createdAt?: string;
  updatedAt?: string;
  version?: number;
  ttl?: number;
}

let engine: Local;
before(async () => {
  engine = await local();
});
after(() => engine.stop());

let tables = 0;
/** A client with a table of its own. */
async function fresh() {
  const db = await connect(NOTES, { ...engine.options, tablePrefix: `t${++tables}-` });
  const { created } = await db.ensureTable("Note");
  assert.equal(created, true);
  return { db, notes: db.model<Note>("Note") };
}

test("tables: ensure, describe, delete, all idempotent", async () => {
  const { db } = await fresh();
  using _ = db;
  const again = await db.ensureTable(db.model("Note"));
  assert.equal(again.created, false);
  assert.match(again.table.name, /^t\d+-tabletheory-demo-notes$/);
  assert.equal((await db.describeTable("Note")).status, "ACTIVE");
  assert.deepEqual(await db.deleteTable("Note"), { deleted: true });
  assert.deepEqual(await db.deleteTable("Note"), { deleted: false });
  assert.ok((await failure(db.describeTable("Note"))) instanceof TableNotFound);
  assert.ok((await failure(db.model("Note").get(["a", "b"]))) instanceof TableNotFound);
});

test("the life of an item", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const key = { pk: "u#1", sk: "n#1" };
  const created = await notes.create({ ...key, title: "hi", tags: new Set(["a"]), views: 0 });
  assert.equal(created.version, 0);
  assert.match(created.createdAt ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  assert.ok((await failure(notes.create(created))) instanceof ConditionFailed);

  const note = await notes.get(key, { consistent: true });
  assert.deepEqual(note, created);
  assert.deepEqual(await notes.get(["u#1", "n#1"]), note);
  assert.deepEqual(await notes.find(note), note, "a whole item is a key");

  const updated = await notes.update(note, {
    set: { title: "ho" },
    add: { views: 1 },
    expectVersion: note.version ?? 0,
  });
  assert.equal(updated.title, "ho");
  assert.equal(updated.views, 1);
  assert.equal(updated.version, 1);
  assert.equal(updated.createdAt, created.createdAt);
  const stale = await failure(notes.update(note, { set: { title: "no" }, expectVersion: 0, returnOldOnFailure: true }));
  assert.ok(stale instanceof VersionConflict);
  assert.deepEqual(stale.codes, ["ErrConditionFailed", "ErrVersionConflict"]);
  assert.equal(stale.outcome, "rejected");
  assert.deepEqual(stale.item, updated);

  const upserted = await notes.upsert({ ...key, title: "up", tags: new Set(["b"]) });
  assert.equal(upserted.createdAt, created.createdAt);
  assert.equal(upserted.version, 2);
  assert.deepEqual(upserted.tags, new Set(["b"]));
  assert.equal(upserted.views, 1);

  assert.deepEqual(await notes.delete(key, { returnValues: "ALL_OLD" }), upserted);
  assert.equal(await notes.delete(key), undefined);
  assert.equal(await notes.find(key), undefined);
  assert.ok((await failure(notes.get(key))) instanceof ItemNotFound);
});

test("conditions, update clauses, return values, projections", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const key = ["u#1", "n#1"] as const;
  await notes.put({ pk: "u#1", sk: "n#1", title: "hi", views: 5, tags: new Set(["a", "b"]), status: "open" });
  const condition = or(
    { views: { gt: 100 } },
    { sk: begins("n#"), status: "open", body: absent(), views: { lte: path("views") } },
  );
  const touched = await notes.update(key, {
    add: { views: 2, tags: new Set(["c"]) },
    remove: ["status"],
    setIfNotExists: { author: "me" },
    condition,
    returnValues: "UPDATED_NEW",
  });
  assert.equal(touched.views, 7);
  assert.equal(touched.author, "me");
  assert.equal(touched.title, undefined);
  assert.deepEqual((await notes.update(key, { delete: { tags: new Set(["a"]) } })).tags, new Set(["b", "c"]));
  assert.ok((await failure(notes.update(key, { set: { title: "x" }, condition }))) instanceof ConditionFailed);
  assert.deepEqual(await notes.get(key, { projection: ["title", "views"] }), { title: "hi", views: 7 });
  assert.equal(await notes.update(key, { set: { title: "y" }, returnValues: "NONE" }), undefined);
  assert.ok(
    (await failure(notes.update(["u#9", "n#9"], { set: { title: "x" }, ifExists: true }))) instanceof ConditionFailed,
  );
  assert.ok((await failure(notes.delete(key, { expectVersion: 99 }))) instanceof VersionConflict);
});

test("statistics are there for every call", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const { value, stats } = await notes.put({ pk: "u#1", sk: "n#1", title: "hi" }).withStats();
  assert.equal(value.title, "hi");
  assert.equal(stats.attempts, 1);
  assert.equal(stats.retries, 0);
  assert.ok((stats.capacity?.total ?? 0) > 0);
  const error = await failure(notes.get(["u#1", "absent"]));
  assert.equal(error.stats?.attempts, 1);
});

test("a raw call document goes and comes as it is", async () => {
  const { db } = await fresh();
  using _ = db;
  const item = { pk: "u#1", sk: "n#1", tags: { $set: ["a"] } };
  await db.call({ op: "put", model: "Note", item });
  const result = await db.call(JSON.stringify({ op: "get", model: "Note", key: ["u#1", "n#1"] }));
  assert.deepEqual(result.item?.tags, { $set: ["a"] });
});

test("many calls side by side, on one instance", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const keys = Array.from({ length: 100 }, (_, index) => ({ pk: "u#1", sk: `n#${index}` }));
  await Promise.all(keys.map((key, index) => notes.put({ ...key, views: index })));
  const read = await Promise.all(keys.map((key) => notes.get(key)));
  assert.deepEqual(
    read.map((note) => note.views),
    keys.map((_, index) => index),
  );
});

test("nobody listens at the endpoint", async () => {
  const gone = await local();
  await gone.stop();
  using db = await connect(NOTES, { ...gone.options, retry: { maxAttempts: 2, baseMs: 1 } });
  const error = await failure(db.model("Note").get(["a", "b"]));
  assert.equal(error.code, "ErrTransport");
  assert.equal(error.stats?.attempts, 2);
  assert.match(String(error.cause), /ECONNREFUSED/);
});
