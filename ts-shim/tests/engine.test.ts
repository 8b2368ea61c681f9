import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, InternalError, type TableTheory } from "tabletheory";
import { CONTRACT } from "../dist/esm/inner.js";
import { handmadeComponent, TRAP_ABOVE } from "./support/core.ts";
import { failure, NOTES } from "./support/index.ts";

const wasm = handmadeComponent(JSON.stringify({ version: "0", contract: CONTRACT, source: "s", compiler: "c" }));
const long = " ".repeat(TRAP_ABOVE + 1);

/** A client whose operations wait for credentials for ever. */
function waiting(): Promise<TableTheory> {
  return connect(NOTES, { region: "eu-west-1", wasm, credentials: () => new Promise(() => {}) });
}

test("a trap fails its call and all that ran, with one typed error, and the next call works", async () => {
  using db = await waiting();
  using neighbour = await waiting();
  const running = [failure(db.call("{}")), failure(neighbour.call("{}"))];
  const trapped = await failure(db.call(long));
  assert.equal(trapped.outcome, "not_sent", "it had not even begun");
  for (const error of [trapped, ...(await Promise.all(running))]) {
    assert.ok(error instanceof InternalError);
    assert.equal(error.code, "ErrInternal");
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
  }
  // A new instance, in which both clients are open again.
  const controller = new AbortController();
  const again = [db, neighbour].map((client) => failure(client.call("{}", { signal: controller.signal })));
  controller.abort();
  for (const error of await Promise.all(again)) assert.equal(error.code, "ErrCanceled");
});

test("a trap in a later step fails the operation", async () => {
  using db = await connect(NOTES, {
    region: "eu-west-1",
    wasm,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  for (let round = 0; round < 3; round++) {
    assert.equal((await failure(db.call("{}"))).code, "ErrInternal");
  }
});

test("a trap outside of operations is a typed error too", async () => {
  using db = await waiting();
  assert.throws(() => db.describe(), InternalError);
  assert.equal((await failure(db.call(long))).code, "ErrInternal");
});

test("a closed client refuses calls and cancels what runs", async () => {
  const db = await waiting();
  const running = failure(db.call("{}"));
  db.close();
  db.close();
  assert.equal((await running).code, "ErrCanceled");
  const after = await failure(db.call("{}"));
  assert.equal(after.code, "ErrInvalidHandle");
  assert.match(after.message, /closed/);
  assert.throws(() => db.describe(), { code: "ErrInvalidHandle" });
});
