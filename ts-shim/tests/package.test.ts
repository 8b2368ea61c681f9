import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import * as esm from "tabletheory";
import { inRepository, NOTES, readJson } from "./support/index.ts";

const require = createRequire(import.meta.url);
const manifest = readJson(inRepository("ts-shim/package.json")) as Record<string, Record<string, unknown>>;
const node = (...code: string[]) =>
  execFileSync(process.execPath, code, { cwd: inRepository("ts-shim"), encoding: "utf8" });

test("there is no run-time dependency, and the AWS SDK is optional", () => {
  assert.equal(manifest.dependencies, undefined);
  const meta = manifest.peerDependenciesMeta as Record<string, { optional: boolean }>;
  for (const name of Object.keys(manifest.peerDependencies as object)) assert.equal(meta[name]?.optional, true);
});

test("versions agree", () => {
  assert.equal(esm.VERSION, manifest.version);
  const workspace = readFileSync(inRepository("Cargo.toml"), "utf8");
  assert.ok(workspace.includes(`version = "${esm.VERSION}"`));
});

test("the component inlined is the component of the repository", async () => {
  const canonical = readFileSync(inRepository("go-shim/internal/engine/tabletheory.wasm"));
  assert.ok(canonical.equals(readFileSync(require.resolve("tabletheory/tabletheory.wasm"))));
  const { default: inlined } = (await import("../dist/wasm/inline.js" as string)) as { default: string };
  assert.ok(canonical.equals(Buffer.from(inlined, "base64")));
});

test("ESM and CommonJS export the same, and both work", () => {
  const cjs = require("tabletheory") as typeof esm;
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).sort());
  const testkit = require("tabletheory/testkit") as object;
  assert.ok("startLocal" in testkit);
  const use = (load: string) => `${load}.then(async ({ connect }) => {
    const db = await connect("../examples/notes.dms.yml", { region: "eu-west-1" });
    console.log(db.describe().models.length);
    db.close();
  })`;
  assert.equal(node("--input-type=module", "-e", use('import("tabletheory")')), "1\n");
  assert.equal(node("--input-type=commonjs", "-e", use('Promise.resolve(require("tabletheory"))')), "1\n");
});

test("importing loads few files, neither the component nor the AWS SDK nor what HTTP and TLS need, and leaves nothing running", () => {
  const code = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    await import("tabletheory");
    await import("tabletheory/testkit");
    const own = loaded.filter((url) => url.includes("/dist/esm/")).length;
    console.log(own > 1 && own < 8);
    console.log(loaded.filter((url) => /inline|aws-sdk|smithy|node:(https?|tls)$/.test(url)));
    console.log(process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap"));
  `;
  assert.equal(node("--input-type=module", "-e", code), "true\n[]\n[]\n");
});

test("a bundle of a program is one file, component and all", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tabletheory-"));
  try {
    const program = `import { connect } from "tabletheory";
      const db = await connect({ document: ${JSON.stringify(readFileSync(NOTES, "utf8"))} }, { region: "eu-west-1" });
      console.log(db.describe().models.length);`;
    const outfile = join(folder, "bundle.mjs");
    const stdin = { contents: program, resolveDir: inRepository("ts-shim") };
    const external = ["@aws-sdk/*"];
    await build({
      stdin,
      outfile,
      external,
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    assert.equal(execFileSync(process.execPath, [outfile], { cwd: folder, encoding: "utf8" }), "1\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the lock file names no registry", () => {
  const lock = readFileSync(inRepository("ts-shim/package-lock.json"), "utf8");
  assert.ok(!lock.includes('"resolved": "http'));
});
