import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { connect, type Model, type TableTheory } from "tabletheory";
import { CREDENTIALS, inRepository, NOTES } from "./support/index.ts";
import { FOUND, reply, type Server, serve } from "./support/server.ts";

/** How often each function of the core was called. */
let crossings: Record<string, number> = {};

const { Instance } = WebAssembly;
const counting = function (this: unknown, module: WebAssembly.Module, imports: WebAssembly.Imports) {
  const exports = Object.entries(new Instance(module, imports).exports).map(([name, given]) => {
    if (typeof given !== "function") return [name, given];
    const counted = (...values: unknown[]) => {
      crossings[name] = (crossings[name] ?? 0) + 1;
      return given(...values);
    };
    return [name, counted];
  });
  return { exports: Object.fromEntries(exports) };
};

const PAGE = {
  Items: Array.from({ length: 100 }, (_, n) => ({ pk: { S: "u" }, sk: { S: `n#${n}` }, tags: { SS: ["a"] } })),
  Count: 100,
  ScannedCount: 100,
};

let server: Server;
let db: TableTheory;
let notes: Model;
before(async () => {
  WebAssembly.Instance = counting as unknown as typeof Instance;
  server = await serve((socket, n) => {
    if (server.requests[n]?.includes(".Query")) socket.write(reply(PAGE));
    else socket.write(server.requests[n]?.includes(".PutItem") ? reply({}) : FOUND);
  });
  const wasm = readFileSync(inRepository("ts-shim/dist/tabletheory.wasm"));
  const endpoint = `http://127.0.0.1:${server.port}`;
  db = await connect(NOTES, { region: "eu-west-1", endpoint, credentials: CREDENTIALS, wasm });
  notes = db.model("Note");
  // The first call also hands in credentials.
  await notes.get(["u", "n"]);
});
after(async () => {
  WebAssembly.Instance = Instance;
  db.close();
  await server[Symbol.asyncDispose]();
});

const calls: Record<string, () => PromiseLike<unknown>> = {
  put: () => notes.put({ pk: "u", sk: "n", title: "hü", tags: new Set(["a"]) }),
  get: () => notes.get(["u", "n"]),
  "query of 100": () => notes.query("u").all(),
};

for (const [name, call] of Object.entries(calls)) {
  test(`a ${name} enters the core twice, with one copy each way: none per attribute or item`, async () => {
    crossings = {};
    await call();
    assert.deepEqual(crossings, {
      // One list in for the call, one for the reply.
      cabi_realloc: 2,
      start: 1,
      cabi_post_start: 1,
      resume: 1,
      cabi_post_resume: 1,
    });
  });
}
