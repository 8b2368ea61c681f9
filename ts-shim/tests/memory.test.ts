import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "tabletheory";
import { compile, Engine } from "../dist/esm/inner.js";
import { CREDENTIALS, NOTES } from "./support/index.ts";

const body = Buffer.from(JSON.stringify({ Item: { pk: { S: "u" }, sk: { S: "n" }, title: { S: "x".repeat(1000) } } }));
const ok = { status: 200, head: "", body };

test("memory stays flat over fifty thousand operations, whatever becomes of them", async () => {
  const engine = await Engine.load(await compile());
  let calls = 0;
  const transport = {
    protocol: "http" as const,
    // Every seventh request fails, some calls are cancelled.
    send: async () => {
      calls += 1;
      if (calls % 7 === 0) throw new Error("gone");
      return ok;
    },
  };
  using db = await connect(NOTES, {
    wasm: await compile(),
    region: "eu-west-1",
    credentials: CREDENTIALS,
    transport,
    retry: { maxAttempts: 1 },
  });
  const notes = db.model("Note");
  const round = async (operations: number) => {
    for (let batch = 0; batch < operations / 50; batch++) {
      const running: PromiseLike<unknown>[] = [];
      for (let index = 0; index < 50; index++) {
        const controller = new AbortController();
        const options = index % 10 === 0 ? { signal: controller.signal } : {};
        if (index % 2 === 0) running.push(notes.get(["u", "n"], options));
        else running.push(notes.put({ pk: "u", sk: "n", title: "y".repeat(1000), tags: new Set(["a"]) }, options));
        if (index % 10 === 0) controller.abort();
      }
      await Promise.allSettled(running);
    }
  };
  await round(2_000);
  const before = engine.memoryBytes;
  assert.ok(before > 0);
  await round(50_000);
  assert.equal(engine.memoryBytes, before);
});
