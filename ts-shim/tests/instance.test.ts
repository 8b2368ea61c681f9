import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CONTRACT, coreModule, FAILED, Instance, RUN, type Step } from "../dist/esm/inner.js";
import { inRepository, NOTES, NOW } from "./support/index.ts";

const component = readFileSync(inRepository("ts-shim/dist/tabletheory.wasm"));
const module = new WebAssembly.Module(coreModule(component) as Uint8Array<ArrayBuffer>);
const clock = { nanos: () => NOW, random: () => 7n, sleep: () => () => {} };
const notes = readFileSync(NOTES);
const settings = JSON.stringify({ region: "eu-west-1" });
const credentials = JSON.stringify({ access_key_id: "A", secret_access_key: "B" });
const get = JSON.stringify({ op: "get", model: "Note", key: ["u#1", "n#1"] });

function opened(): { core: Instance; client: number } {
  const core = new Instance(module, clock);
  const client = core.open(notes, settings);
  assert.ok(typeof client === "number", String(client));
  return { core, client };
}

/** The code of a step that must be a failure. */
function refusal(step: Step): string {
  assert.equal(step.kind, FAILED, step.text);
  return JSON.parse(step.text).code;
}

/** Starts a call and hands in credentials: the operation and its first request. */
function sending(core: Instance, client: number, call: string | Uint8Array = get) {
  const { operation, step } = core.start(client, call);
  const run = step.kind === RUN ? step : core.credentials(operation, { credentials });
  assert.equal(run.kind, RUN, run.text);
  assert.equal(run.requests.length, 1);
  return { operation, request: run.requests[0] as (typeof run.requests)[number] };
}

test("strings of every kind go through unchanged, both ways", () => {
  const { core, client } = opened();
  const texts = [
    "",
    "a",
    "\0",
    "ü",
    "€",
    "😀",
    "\u{10ffff}",
    "\ufeff",
    "\ud7ff\ue000",
    "a".repeat(1 << 20),
    "😀".repeat(1 << 18),
  ];
  for (const text of texts.slice(0, -2)) {
    const body = JSON.stringify({ Item: { pk: { S: "u" }, sk: { S: "n" }, title: { S: text } } });
    const { operation, request } = sending(core, client);
    const step = core.reply(operation, request.id, { status: 200, head: "", body: Buffer.from(body) });
    assert.equal(JSON.parse(step.text).item.title, text);
    const item = { pk: "u", sk: "n", title: text };
    const put = sending(core, client, JSON.stringify({ op: "put", model: "Note", item }));
    assert.equal(JSON.parse(Buffer.from(put.request.body).toString()).Item.title.S, text);
    core.abandon(put.operation);
  }
  for (const text of texts.slice(-2)) {
    const body = Buffer.from(JSON.stringify({ Item: { pk: { S: "u" }, sk: { S: "n" }, title: { S: text } } }));
    const { operation, request } = sending(core, client);
    const step = core.reply(operation, request.id, { status: 200, head: "", body });
    assert.equal(JSON.parse(step.text).item.title, text);
  }
});

test("bytes that are no UTF-8 are refused, wherever they come in", () => {
  const { core, client } = opened();
  const bad = Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]);
  assert.equal(typeof core.open(bad, settings), "string");
  assert.equal(typeof core.open(notes, bad), "string");
  assert.equal(JSON.parse(core.check(bad, "")).ok, false);
  assert.equal(refusal(core.start(client, bad).step), "ErrInvalidCall");
  const { operation, request } = sending(core, client);
  const step = core.reply(operation, request.id, { status: 200, head: "", body: bad });
  assert.ok(step.kind === RUN || refusal(step) === "ErrInvalidResponse");
  assert.equal(core.dead, false);
});

test("empty lists go through", () => {
  const { core, client } = opened();
  assert.equal(typeof core.open("", ""), "string");
  assert.equal(refusal(core.start(client, "").step), "ErrInvalidCall");
  const { operation, request } = sending(core, client);
  const step = core.reply(operation, request.id, { status: 200, head: "", body: new Uint8Array() });
  assert.ok(step.kind === RUN || refusal(step) === "ErrInvalidResponse");
  assert.match(core.check("", ""), /"ok":false/);
});

test("misuse of handles is answered, not trapped", () => {
  const { core, client } = opened();
  assert.equal(refusal(core.start(4711, get).step), "ErrInvalidHandle");
  assert.equal(refusal(core.elapsed(4711)), "ErrInvalidHandle");
  assert.equal(core.describe(4711).ok, false);
  core.close(4711);
  core.abandon(4711);
  const { operation, request } = sending(core, client);
  core.abandon(operation);
  assert.equal(
    refusal(core.reply(operation, request.id, { status: 200, head: "", body: Buffer.from("{}") })),
    "ErrInvalidHandle",
  );
  core.close(client);
  assert.equal(refusal(core.start(client, get).step), "ErrInvalidHandle");
  assert.equal(core.dead, false);
});

test("requests come as the boundary lays them out", () => {
  const { core, client } = opened();
  const { request } = sending(core, client);
  assert.equal(request.service, "dynamodb");
  assert.equal(request.action, "GetItem");
  assert.equal(request.url, "https://dynamodb.eu-west-1.amazonaws.com/");
  assert.ok(request.head.split("\r\n").length > 5 && request.head.endsWith("\r\n"));
  assert.deepEqual(JSON.parse(Buffer.from(request.body).toString()).Key, { pk: { S: "u#1" }, sk: { S: "n#1" } });
});

test("info says what the module is", () => {
  const info = JSON.parse(opened().core.info());
  assert.equal(info.contract, CONTRACT);
  assert.match(info.source, /^[0-9a-f]{8,}|unstamped$/);
});
