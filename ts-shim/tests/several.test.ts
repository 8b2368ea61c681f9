import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  BatchOperationFailed,
  type BatchProgress,
  ConditionFailed,
  connect,
  HttpTransport,
  InvalidOperator,
  RejectedDeployAuthorityEvidence,
  TransactionFailed,
  UniqueConstraint,
  VersionConflict,
} from "tabletheory";
import { FaultyTransport, type Local } from "tabletheory/testkit";
import { failure, inRepository, local, NOTES } from "./support/index.ts";

interface Note {
  pk: string;
  sk: string;
  title?: string;
  views?: number;
  tags?: Set<string>;
  version?: number;
}

let engine: Local;
before(async () => {
  engine = await local();
});
after(() => engine.stop());

let tables = 0;
async function fresh(options: Parameters<typeof connect>[1] = {}) {
  const db = await connect(NOTES, { ...engine.options, tablePrefix: `s${++tables}-`, ...options });
  await db.ensureTable("Note");
  return { db, notes: db.model<Note>("Note") };
}

const many = Array.from({ length: 130 }, (_, n) => ({ pk: "u#1", sk: `n#${n}`, views: n, tags: new Set([`t${n}`]) }));

test("a batch of any size is written, read in order, deleted", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const heard: BatchProgress[] = [];
  assert.equal(await notes.batchPut(many, { parallel: 3, onProgress: (progress) => void heard.push(progress) }), 130);
  assert.deepEqual(heard.at(-1), { done: 130, total: 130, unprocessed: 0 });
  assert.equal(heard.length, 6, "every answer is told, once");
  heard.length = 0;
  assert.deepEqual(await notes.batchGet([], { onProgress: (progress) => void heard.push(progress) }), []);
  assert.deepEqual(heard, [{ done: 0, total: 0, unprocessed: 0 }]);
  const keys = [...many].reverse();
  const found = await notes.batchGet([...keys, ["u#9", "n#9"]], { consistent: true });
  assert.equal(found.length, 131);
  assert.deepEqual(
    found.slice(0, 130).map((note) => note?.sk),
    keys.map(({ sk }) => sk),
  );
  assert.deepEqual(found[0]?.tags, new Set(["t129"]));
  assert.equal(found[130], undefined);
  assert.deepEqual(await notes.batchGet([many[3] as Note], { projection: ["views"] }), [{ views: 3 }]);
  assert.equal(await notes.batchDelete(many.slice(0, 100)), 100);
  assert.equal(await notes.query("u#1").count(), 30);

  const groups = [notes.op.puts([{ pk: "u#2", sk: "n#1" }]), notes.op.deletes([many[100] as Note])];
  assert.equal(await db.batchWrite(groups), 2);
  const both = await db.batchGet([notes.op.gets([["u#2", "n#1"]]), notes.op.gets([many[100] as Note])]);
  assert.deepEqual([both[0][0]?.sk, both[1]], ["n#1", [undefined]]);
});

test("duplicates are refused before anything is sent", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const error = await failure(
    notes.batchPut([
      { pk: "a", sk: "b" },
      { pk: "a", sk: "c" },
      { pk: "a", sk: "b" },
    ]),
  );
  assert.ok(error instanceof InvalidOperator);
  assert.equal(error.outcome, "not_sent");
  assert.match(error.path ?? "", /^\/writes\/0\/put\/2/);
});

test("what a batch could not do is told by position, and can be called again", async () => {
  const held = (unprocessed: number) => new FaultyTransport(new HttpTransport(), () => ({ unprocessed }));
  const retry = { maxAttempts: 2, baseMs: 1 };
  const { db, notes } = await fresh();
  using _ = db;
  const tablePrefix = `s${tables}-`;
  using faulty = await connect(NOTES, { ...engine.options, tablePrefix, transport: held(3), retry });
  const error = await failure(faulty.model<Note>("Note").batchPut(many.slice(0, 10)));
  assert.ok(error instanceof BatchOperationFailed);
  const { written = [], unwritten = [], unknown = [] } = error.batch ?? {};
  assert.equal(written.length + unwritten.length + unknown.length, 10);
  assert.ok(unwritten.length > 0);
  assert.equal(await notes.query("u#1").count(), written.length);
  assert.doesNotMatch(JSON.stringify(error), /n#/, "what is left is data: it is not printed");

  await db.batchWrite(error.remaining);
  assert.equal(await notes.query("u#1").count(), 10);

  using half = await connect(NOTES, { ...engine.options, tablePrefix, transport: held(4), retry });
  const read = await failure(half.model<Note>("Note").batchGet(many.slice(0, 10)));
  assert.ok(read instanceof BatchOperationFailed);
  const [results = []] = read.batch?.results ?? [];
  assert.equal(results.filter((item) => item !== null).length, read.batch?.read?.length);
  assert.ok(results.find((item) => item !== null)?.tags instanceof Set);
  const rest = await db.batchGet(read.remaining);
  assert.equal((rest as Note[][]).flat().length, read.batch?.unread?.length);
});

test("a transaction: all or nothing, with what each action gives", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const counter = await notes.put({ pk: "u#1", sk: "counter", views: 0, title: "all" });
  const [created, updated, checked] = await db.transact([
    notes.op.create({ pk: "u#1", sk: "n#1", tags: new Set(["a"]) }),
    notes.op.update(counter, { add: { views: 1 }, expectVersion: 0 }),
    notes.op.check(["u#1", "lock"], { condition: { pk: { exists: false } } }),
  ]);
  assert.equal(created.version, 0);
  assert.deepEqual(created.tags, new Set(["a"]));
  assert.deepEqual([updated, checked], [undefined, undefined]);

  const error = await failure(
    db.transact([
      notes.op.put({ pk: "u#1", sk: "n#2" }),
      notes.op.update(counter, { add: { views: 1 }, expectVersion: 0, returnOldOnFailure: true }),
    ]),
  );
  assert.ok(error instanceof VersionConflict);
  assert.ok(error instanceof ConditionFailed);
  const [reason] = error.reasons ?? [];
  assert.equal(reason?.index, 1);
  assert.equal(reason?.code, "ErrVersionConflict");
  assert.equal(reason?.item?.views, 1);
  assert.doesNotMatch(JSON.stringify(error), /counter/);

  const [one, two, none] = await db.transactGet([
    notes.op.get(["u#1", "n#1"]),
    notes.op.get(counter, { projection: ["views"] }),
    notes.op.get(["u#1", "n#2"]),
  ]);
  assert.deepEqual(one?.tags, new Set(["a"]));
  assert.deepEqual([two?.views, two?.title], [1, undefined]);
  assert.equal(none, undefined);

  const twice = [notes.op.put({ pk: "a", sk: "b" }), notes.op.delete(["a", "b"])];
  const refused = await failure(db.transact(twice));
  assert.equal(refused.outcome, "not_sent");
  assert.equal(refused.path, "/actions/1");
  const bad = await failure(db.transact([notes.op.put({ pk: "a", sk: "b", views: Number.NaN })]));
  assert.equal(bad.path, "/actions/0/put/item/views");
  assert.ok(!(bad instanceof TransactionFailed));
});

test("unique attributes", async () => {
  const { connect: open } = await import("tabletheory");
  using db = await open(inRepository("examples/users.dms.yml"), engine.options);
  await db.ensureTable("User");
  const users = db.model<{ id: string; email: string; name?: string }>("User");
  await users.create({ id: "1", email: "a@example.com" });
  const taken = await failure(users.create({ id: "2", email: "a@example.com" }));
  assert.ok(taken instanceof UniqueConstraint);
  assert.ok(taken instanceof ConditionFailed);
  await users.update("1", { set: { email: "b@example.com" } });
  await users.create({ id: "2", email: "a@example.com" });
  assert.equal((await users.scan().all()).length, 2, "what keeps them unique are no users");
});

test("changes of an item touch nothing else", async () => {
  const { db, notes } = await fresh();
  using _ = db;
  const before = await notes.put({ pk: "u#1", sk: "n#1", title: "hi", views: 1, tags: new Set(["a"]) });
  await notes.update(before, { add: { views: 1 } });
  const { tags, ...after } = { ...before, title: "ho" };
  const written = await notes.update(after, { changes: { from: before, to: after } });
  assert.equal(tags?.size, 1);
  assert.deepEqual([written.title, written.views, written.tags], ["ho", 2, undefined]);
});

test("provenance that has no authority is refused, without a request", async () => {
  const { db } = await fresh();
  using _ = db;
  const at = "2026-01-02T03:04:05Z";
  const evidence = [{ kind: "operator_command", source: "release-control-plane", ref: "r" }];
  const provenance = { mode: "native", system: "s", kind: "k", ref: "r", observed_at: at, recorded_at: at, evidence };
  const confidence = { level: "high", reasons: ["operator_command_authority"] };
  assert.equal(await db.validateProvenance(provenance, confidence), undefined);
  const error = await failure(db.validateProvenance(provenance, { ...confidence, level: "low" }));
  assert.ok(error instanceof RejectedDeployAuthorityEvidence);
  assert.equal(error.outcome, "not_sent");
});

test("what a call would do, without a request", async () => {
  using offline = await connect(NOTES, { ...engine.options, endpoint: "http://127.0.0.1:1" });
  const model = offline.model<Note>("Note");
  const explanation = model
    .query("u#1")
    .filter({ views: { gt: 3 } })
    .explain();
  assert.equal(explanation.operation, "query");
  assert.equal(explanation.requests[0]?.action, "Query");
  assert.equal(explanation.cost.shape, "partition");
  assert.ok(explanation.keyCondition?.includes("pk"));
  assert.ok(explanation.filter?.includes("views"));
  assert.ok(model.scan().explain().warnings.length > 0);
  assert.equal(offline.explain(model.op.put({ pk: "u", sk: "n" })).requests[0]?.action, "PutItem");
  assert.equal(offline.explain({ op: "get", model: "Note", key: ["u", "n"] }).cost.shape, "one_item");
  assert.throws(() => offline.explain({ op: "get", model: "Note" }), { code: "ErrMissingPrimaryKey" });
});
