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
before(async () => {
  local = await startLocal();
  using db = await connect(schema, local.options);
  await db.ensureTable("Note");
});
after(() => local.stop());

test("on a DynamoDB of its own, which ends with the tests", async () => {
  using db = await connect(schema, local.options);
  const notes = db.model("Note");
  await notes.create({ pk: "u#1", sk: "n#1", title: "hi" });
  assert.equal((await notes.get(["u#1", "n#1"])).title, "hi");
});

test("by a script: what is sent, and what comes back", async () => {
  const transport = new ScriptedTransport([
    { status: 503 }, // is tried again, after a wait that the clock only notes
    { expect: { action: "GetItem" }, status: 200, body: { Item: { pk: { S: "u#1" }, sk: { S: "n#1" }, title: { S: "hi" } } } },
  ]);
  const clock = new ScriptedClock(1767323045678901234n, [1n, 2n]);
  using db = await connect(schema, { ...local.options, transport, clock });
  assert.equal((await db.model("Note").get(["u#1", "n#1"])).title, "hi");
  assert.equal(clock.waits.length, 1);
  transport.done();
});

test("when the network fails: an addition is not sent twice", async () => {
  const transport = new FaultyTransport(new HttpTransport(), ["drop-after"]);
  using db = await connect(schema, { ...local.options, transport });
  const error = await db
    .model("Note")
    .update(["u#1", "n#2"], { add: { views: 1 } })
    .catch((error) => error);
  assert.equal(error.outcome, "unknown");
});

test("from a recording, without anything that listens", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "notes-")), "notes.jsonl");
  const run = async (transport) => {
    const clock = new ScriptedClock(1767323045678901234n, [1n, 2n]); // the same times, so the same requests
    using db = await connect(schema, { ...local.options, transport, clock });
    await db.model("Note").put({ pk: "u#1", sk: "n#3", title: "hi" });
    return await db.model("Note").get(["u#1", "n#3"], { consistent: true });
  };
  const recorded = await run(new RecordingTransport(new HttpTransport(), file));
  const replay = new ReplayTransport(file);
  assert.deepEqual(await run(replay), recorded);
  replay.done();
});
