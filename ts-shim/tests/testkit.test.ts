import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, HttpTransport, type Request, type Transport, TransportError } from "tabletheory";
import {
  type Faults,
  FaultyTransport,
  type Local,
  RecordingTransport,
  ReplayTransport,
  RequestMismatch,
  ScriptedClock,
} from "tabletheory/testkit";
import { bodyOf, failure, local, NOTES, NOW, scripted } from "./support/index.ts";

const key = { pk: "u#1", sk: "n#1" };
const folder = mkdtempSync(join(tmpdir(), "tabletheory-"));
const file = join(folder, "recording.jsonl");

let engine: Local;
before(async () => {
  engine = await local();
});
after(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

let tables = 0;
/** Notes over this transport, in a table of their own that is there already. */
async function notesOver(transport: Transport) {
  const tablePrefix = `k${++tables}-`;
  using plain = await connect(NOTES, { ...engine.options, tablePrefix });
  await plain.ensureTable("Note");
  const retry = { baseMs: 1 };
  const db = await connect(NOTES, { ...engine.options, tablePrefix, transport, retry });
  return { db, notes: db.model("Note"), stored: plainNotes(tablePrefix) };
}

async function plainNotes(tablePrefix: string) {
  return (await connect(NOTES, { ...engine.options, tablePrefix })).model("Note");
}

test("a script may say which requests it is for", async () => {
  const body = { TableName: "tabletheory-demo-notes", Key: { pk: { S: "u#1" }, sk: { S: "n#1" } } };
  const { db, transport } = await scripted([
    {
      expect: { action: "GetItem", body: { ...body, ReturnConsumedCapacity: "TOTAL" } },
      status: 200,
      body: { Item: body.Key },
    },
  ]);
  assert.deepEqual(await db.model("Note").get(key), key);
  transport.done();
});

test("another request than the expected one: the difference is said, and kept for the end", async () => {
  const { db, transport } = await scripted([{ status: 200 }, { status: 200 }]);
  await db.model("Note").put({ ...key, title: "hi" });
  const expected = bodyOf(transport) as { Item: Record<string, unknown> };
  expected.Item.title = { S: "ho" };
  const strict = await scripted([{ expect: { action: "PutItem", body: expected }, status: 200 }]);
  const error = await failure(strict.db.model("Note").put({ ...key, title: "hi" }));
  assert.ok(error instanceof TransportError);
  assert.ok(error.cause instanceof RequestMismatch);
  assert.deepEqual(error.cause.differences, ['/Item/title/S: expected "ho"', `${" ".repeat(20)}was "hi"`]);
  assert.throws(() => strict.transport.done(), RequestMismatch);
  assert.throws(() => transport.done(), /`1` answers/);
  assert.equal(strict.transport.requests.length, 1, "a mismatch is not retried");

  const other = await scripted([{ expect: { action: "PutItem" }, status: 200 }]);
  assert.match(String((await failure(other.db.model("Note").get(key))).cause), /action: expected "PutItem"/);
});

test("what was recorded is replayed", async () => {
  const run = async (transport: Transport, options = {}) => {
    const clock = new ScriptedClock(NOW, [1n, 2n]);
    using db = await connect(NOTES, { ...engine.options, ...options, transport, clock });
    const notes = db.model("Note");
    const written = await notes.put({ ...key, title: "hü", tags: new Set(["a"]) });
    const missing = await failure(notes.get(["u#1", "absent"]));
    return [written, missing.code, await notes.find(key), (await notes.get(key).withStats()).stats];
  };
  using db = await connect(NOTES, engine.options);
  await db.ensureTable("Note");
  const recorded = await run(new RecordingTransport(new HttpTransport(), file));
  const text = readFileSync(file, "utf8");
  assert.equal(text.trimEnd().split("\n").length, 4);
  assert.deepEqual(JSON.parse(text.split("\n")[0] as string).request.Item.title, { S: "hü" });
  assert.doesNotMatch(text, /AWS4-HMAC|local"/);

  const replay = new ReplayTransport(file);
  assert.deepEqual(await run(replay, { endpoint: "http://127.0.0.1:1" }), recorded);
  replay.done();

  const partly = new ReplayTransport(file);
  using again = await connect(NOTES, { ...engine.options, transport: partly });
  const error = await failure(again.model("Note").get(["u#2", "n#1"]));
  assert.match(String(error.cause), /this GetItem is not in the recording\n {2}\/Key\/pk\/S: expected "u#1"/);
  assert.throws(() => partly.done(), RequestMismatch);
});

test("failures are recorded and replayed, too", async () => {
  const broken = new FaultyTransport(new HttpTransport(), ["drop-before"]);
  const retry = { maxAttempts: 1 };
  using db = await connect(NOTES, { ...engine.options, retry, transport: new RecordingTransport(broken, file) });
  const error = await failure(db.model("Note").get(key));
  const replay = new ReplayTransport(file);
  using again = await connect(NOTES, { ...engine.options, retry, transport: replay });
  const replayed = await failure(again.model("Note").get(key));
  assert.deepEqual([replayed.code, replayed.outcome], [error.code, error.outcome]);
  replay.done();
  writeFileSync(file, "");
  assert.match(String((await failure(again.model("Note").get(key))).cause), /no such action is left/);
});

test("faults: what is not sent, what is sent and lost, what comes late or in part", async () => {
  const faulty = async (faults: Faults) => {
    const transport = new FaultyTransport(new HttpTransport(), faults);
    return { ...(await notesOver(transport)), transport };
  };
  for (const fault of ["drop-before", "throttle", { status: 500 }, "truncate", "drop-after"] as const) {
    const { notes, stored, transport } = await faulty([fault]);
    await notes.put({ ...key, title: "hi" });
    assert.equal(transport.attempts, 2, JSON.stringify(fault));
    assert.equal((await (await stored).get(key)).title, "hi");
  }
  const lost = await faulty((request: Request) => (request.action === "UpdateItem" ? "drop-after" : undefined));
  await lost.notes.put({ ...key, views: 1 });
  const error = await failure(lost.notes.update(key, { add: { views: 1 } }));
  assert.equal(error.outcome, "unknown");
  assert.equal((await (await lost.stored).get(key)).views, 2, "it was carried out");

  const late = await faulty([{ delay: 30 }]);
  const began = performance.now();
  await late.notes.put({ ...key });
  assert.ok(performance.now() - began >= 29);
});

test("what is no batch has nothing unprocessed", async () => {
  const transport = new FaultyTransport(new HttpTransport(), [{ unprocessed: 1 }]);
  const { notes, stored } = await notesOver(transport);
  await notes.put({ ...key, title: "hi" });
  assert.equal((await (await stored).get(key)).title, "hi");
});
