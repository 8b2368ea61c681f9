import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ContractVersionError, connect } from "tabletheory";
import { CONTRACT, coreModule } from "../dist/esm/inner.js";
import { handmadeComponent } from "./support/core.ts";
import { failure, inRepository, NOTES } from "./support/index.ts";

const options = { region: "eu-west-1" };
const info = (contract: number) => JSON.stringify({ version: "0", contract, source: "s", compiler: "c" });

test("the core module is cut out of the component", async () => {
  const component = await readFile(inRepository("ts-shim/dist/tabletheory.wasm"));
  const module = coreModule(component);
  assert.equal(module.buffer, component.buffer, "a view, not a copy");
  assert.deepEqual([...module.subarray(0, 8)], [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  assert.ok(WebAssembly.validate(module as Uint8Array<ArrayBuffer>));
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)), []);
  assert.equal(coreModule(module), module, "a core module is taken as it is");
});

test("what is no component is refused", () => {
  assert.throws(() => coreModule(new Uint8Array()), /not a WebAssembly file/);
  assert.throws(() => coreModule(Buffer.from("<html>not wasm</html>")), /not a WebAssembly file/);
  const component = handmadeComponent(info(1));
  assert.throws(() => coreModule(component.subarray(0, 9)), /cut short/);
  assert.throws(() => coreModule(component.subarray(0, component.length - 1)), /cut short/);
  const other = component.slice();
  other[8] = 2;
  assert.throws(() => coreModule(other), /does not begin with its core module/);
});

test("a module of another contract version is refused, saying both", async () => {
  const error = await failure(connect(NOTES, { ...options, wasm: handmadeComponent(info(99)) }));
  assert.ok(error instanceof ContractVersionError);
  assert.equal(error.code, "ErrContractVersion");
  assert.match(error.message, new RegExp(`\`99\`.*\`${CONTRACT}\``));
  assert.match(error.hint ?? "", /same release/);
});

test("a module that is not a core is refused", async () => {
  const empty = Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  assert.equal((await failure(connect(NOTES, { ...options, wasm: empty }))).code, "ErrContractVersion");
  assert.equal(
    (await failure(connect(NOTES, { ...options, wasm: Buffer.from("nonsense") }))).code,
    "ErrContractVersion",
  );
  assert.equal((await failure(connect(NOTES, { ...options, wasm: {} }))).code, "ErrContractVersion");
  const garbled = handmadeComponent("no json");
  assert.equal((await failure(connect(NOTES, { ...options, wasm: garbled }))).code, "ErrContractVersion");
});

test("the component as a file serves as well as the inlined one", async () => {
  const wasm = await readFile(inRepository("ts-shim/dist/tabletheory.wasm"));
  using fromBytes = await connect(NOTES, { ...options, wasm });
  using inlined = await connect(NOTES, options);
  const compiled = await WebAssembly.compile(coreModule(wasm) as Uint8Array<ArrayBuffer>);
  using fromModule = await connect(NOTES, { ...options, wasm: compiled });
  assert.deepEqual(fromBytes.describe(), inlined.describe());
  assert.deepEqual(fromModule.describe(), inlined.describe());
});
