/** What recordings are made and replayed with is the same in the tests of all languages: see docs/recordings.md. */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ConnectOptions, connect, HttpTransport, type Transport, TransportFailure } from "tabletheory";
import { FaultyTransport, type Local, RecordingTransport, ReplayTransport, ScriptedClock } from "tabletheory/testkit";
import { CREDENTIALS, failure, inRepository, local, NOTES, NOW } from "./support/index.ts";

const recordings = inRepository("contract-tests/recordings");
const folder = mkdtempSync(join(tmpdir(), "tabletheory-"));

let engine: Local;
before(async () => {
  engine = await local();
});
after(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

/** A write, a read whose first request gets no connection, an update whose response is lost, a query. */
async function story(transport: Transport, options: ConnectOptions = {}) {
  const clock = new ScriptedClock(NOW, [1n, 2n]);
  using db = await connect(NOTES, { region: "eu-west-1", credentials: CREDENTIALS, ...options, transport, clock });
  const notes = db.model("Note");
  const key = { pk: "u#1", sk: "n#1" };
  const given = { ...key, title: 'hi ß "日本"\u2028<&>', tags: new Set(["a", "b"]), views: 12_345_678_901_234 };
  assert.equal((await notes.put(given).withStats()).stats.capacity?.total, 1);
  const { value, stats } = await notes.get(key, { consistent: true }).withStats();
  const { createdAt: _, updatedAt: __, version: ___, ...rest } = value;
  assert.deepEqual(rest, given);
  assert.equal(stats.retries, 1);
  assert.equal((await failure(notes.update(key, { add: { views: 1 } }))).outcome, "unknown");
  const found = await notes.query("u#1").all();
  assert.deepEqual(
    found.map((note) => note.views),
    [given.views + 1],
  );
}

test("recordings of other languages replay", async () => {
  const files = readdirSync(recordings).filter((name) => name.endsWith(".jsonl"));
  assert.ok(files.length > 1);
  for (const file of files) {
    const replay = new ReplayTransport(join(recordings, file));
    await story(replay);
    replay.done();
  }
});

// With TABLETHEORY_RECORD=1 the recording made here becomes the one that other languages replay.
test("a recording is the same again", async () => {
  using db = await connect(NOTES, engine.options);
  await db.ensureTable("Note");
  const file = join(folder, "node.jsonl");
  const faulty = new FaultyTransport(new HttpTransport(), [undefined, "drop-before", undefined, "drop-after"]);
  await story(new RecordingTransport(faulty, file), engine.options);
  if (process.env.TABLETHEORY_RECORD) writeFileSync(join(recordings, "node.jsonl"), readFileSync(file));
  assert.deepEqual(plain(file), plain(join(recordings, "node.jsonl")));
});

/** A recording without what is another in every run: header lines and the texts of failures. */
function plain(file: string) {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((text) => {
    const { head, message, ...line } = JSON.parse(text);
    return { ...line, head: Array.isArray(head), message: typeof message };
  });
}

test("what is no recording is refused by its line", () => {
  const file = join(folder, "refused.jsonl");
  const line = '{"action":"GetItem","request":{}';
  for (const [text, why] of [
    ["\nnonsense\n", /line 2 is not one of a recording/],
    ["{}", /line 1 .* no `action`/],
    [`${line},"failure":"odd"}`, /the failure `odd` is not known/],
    [`${line},"status":200}`, /neither `status` and `body`/],
  ] as const) {
    writeFileSync(file, text);
    assert.throws(() => new ReplayTransport(file), why);
  }
});

test("texts and failures of any kind are recorded", async () => {
  const file = join(folder, "texts.jsonl");
  const answers = [
    () => ({ status: 502, head: "Content-Length: 3\r\nx: y\r\n", body: Buffer.from('"no"') }),
    () => {
      throw new TransportFailure("stale", "closed");
    },
  ];
  const inner: Transport = { protocol: "http", send: async () => (answers.shift() as (typeof answers)[0])() };
  const recorder = new RecordingTransport(inner, file);
  const request = { id: 1, service: "dynamodb", action: "GetItem", url: "", head: "", body: Buffer.from("{}") };
  const response = await recorder.send(request);
  await assert.rejects(recorder.send(request), { kind: "stale" });
  const replay = new ReplayTransport(file);
  assert.deepEqual(await replay.send(request), { ...response, head: "x: y\n" });
  await assert.rejects(replay.send(request), { kind: "stale", message: "closed" });
});
