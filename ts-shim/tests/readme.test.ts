import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { connect } from "tabletheory";
import { inRepository, local, NOTES } from "./support/index.ts";

const run = promisify(execFile);

/** The environment of a program that is to use the local engine. */
function environment(endpoint: string) {
  const aws = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  return { ...process.env, ...aws, AWS_ENDPOINT_URL_DYNAMODB: endpoint };
}

test("the quick start of the README works and prints what it says", async () => {
  const readme = readFileSync(inRepository("ts-shim/README.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(code);
  const program = inRepository("ts-shim/dist/.quick-start.ts");
  writeFileSync(program, code);
  await using engine = await local();
  try {
    const { stdout } = await run(process.execPath, [program], {
      cwd: inRepository("examples"),
      env: environment(engine.endpoint),
    });
    for (const line of stdout.trimEnd().split("\n")) assert.ok(readme.includes(`\`${line}\``), line);
    assert.equal(stdout.trimEnd().split("\n").length, 2);
  } finally {
    rmSync(program);
  }
});

test("the example updates the note under its version", async () => {
  await using engine = await local();
  using db = await connect(NOTES, engine.options);
  await db.ensureTable("Note");
  await db.model("Note").create({ pk: "u#1", sk: "n#1", title: "hi" });
  const program = readFileSync(inRepository("examples/node/notes.mjs"), "utf8");
  const copy = inRepository("ts-shim/dist/.example.mjs");
  writeFileSync(copy, program.replace("../notes.dms.yml", "../../examples/notes.dms.yml"));
  try {
    const { stdout } = await run(process.execPath, [copy], { env: environment(engine.endpoint) });
    assert.match(stdout, /title "hi", version 0/);
    assert.match(stdout, /views 1, version is now 1/);
  } finally {
    rmSync(copy);
  }
  assert.deepEqual((await db.model("Note").get(["u#1", "n#1"])).tags, new Set(["updated-by-node"]));
});
