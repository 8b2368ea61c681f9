// How to test what uses TableTheory. `node --test`, in the folder examples/node, runs it. It needs the `tabletheory` command on the
// path, or its path in TABLETHEORY_LOCAL, and neither Docker nor an account.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, HttpTransport } from "tabletheory";
import {
  FaultyTransport,
  RecordingTransport,
  ReplayTransport,
  ScriptedClock,
  ScriptedTransport,
  startLocal,
} from "tabletheory/testkit";

const schema = new URL("../notes.dms.yml", import.meta.url);

let local;
/** A client that is closed when the test ends. */
async function open(context, options) {
  const db = await connect(schema, { ...local.options, ...options });
  context.after(() => db.close());
  return db;
}

before(async () => {
  local = await startLocal();
  const db = await connect(schema, local.options);
  await db.ensureTable("Note");
  db.close();
});
after(() => local.stop());

test("on a DynamoDB of its own, which ends with the tests", async (context) => {
  const db = await open(context, {});
  const notes = db.model("Note");
  await notes.create({ pk: "u#1", sk: "n#1", title: "hi" });
  assert.equal((await notes.get(["u#1", "n#1"])).title, "hi");
});

test("by a script: what is sent, and what comes back", async (context) => {
  const transport = new ScriptedTransport([
    { status: 503 }, // is tried again, after a wait that the clock only notes
    { expect: { action: "GetItem" }, status: 200, body: { Item: { pk: { S: "u#1" }, sk: { S: "n#1" }, title: { S: "hi" } } } },
  ]);
  const clock = new ScriptedClock(1767323045678901234n, [1n, 2n]);
  const db = await open(context, { transport, clock });
  assert.equal((await db.model("Note").get(["u#1", "n#1"])).title, "hi");
  assert.equal(clock.waits.length, 1);
  transport.done();
});

test("when the network fails: an addition is not sent twice", async (context) => {
  const transport = new FaultyTransport(new HttpTransport(), ["drop-after"]);
  const db = await open(context, { transport });
  const error = await db
    .model("Note")
    .update(["u#1", "n#2"], { add: { views: 1 } })
    .catch((error) => error);
  assert.equal(error.outcome, "unknown");
});

test("from a recording, without anything that listens", async (context) => {
  const file = join(mkdtempSync(join(tmpdir(), "notes-")), "notes.jsonl");
  const run = async (transport) => {
    const clock = new ScriptedClock(1767323045678901234n, [1n, 2n]); // the same times, so the same requests
    const db = await open(context, { transport, clock });
    await db.model("Note").put({ pk: "u#1", sk: "n#3", title: "hi" });
    return db.model("Note").get(["u#1", "n#3"], { consistent: true });
  };
  const recorded = await run(new RecordingTransport(new HttpTransport(), file));
  const replay = new ReplayTransport(file);
  assert.deepEqual(await run(replay), recorded);
  replay.done();
});
