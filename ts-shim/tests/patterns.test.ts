import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { connect, type TableTheory } from "tabletheory";
import type { Local } from "tabletheory/testkit";
import { inRepository, local } from "./support/index.ts";

interface Pattern {
  default(db: TableTheory): Promise<void>;
  schema?: string;
  model?: string;
}

const folder = inRepository("examples/node/patterns");
const names = readdirSync(folder)
  .map((file) => file.replace(".mjs", ""))
  .filter((name) => name !== "main");

let engine: Local;
before(async () => {
  engine = await local();
});
after(() => engine.stop());

/** What the last comment of a program says that it prints. */
function told(name: string): string {
  const [, output] = readFileSync(`${folder}/${name}.mjs`, "utf8").split("\n// Output:\n");
  assert.ok(output, "it does not say what it prints");
  return output.replaceAll(/^\/\/ /gm, "");
}

for (const name of names) {
  test(`the pattern ${name} prints what it says`, async (context) => {
    const program: Pattern = await import(pathToFileURL(`${folder}/${name}.mjs`).href);
    const schema = inRepository(`examples/${program.schema ?? "notes.dms.yml"}`);
    using db = await connect(schema, { ...engine.options, tablePrefix: `${name}-` });
    await db.ensureTable(program.model ?? "Note");
    let printed = "";
    context.mock.method(console, "log", (...values: unknown[]) => {
      printed += `${values.join(" ")}\n`;
    });
    await program.default(db);
    assert.equal(printed, told(name));
  });
}

test("a pattern runs by itself", async () => {
  const aws = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  const env = { ...process.env, ...aws, AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint };
  const cwd = inRepository("examples/node");
  const run = (name: string) => promisify(execFile)(process.execPath, ["patterns/main.mjs", name], { cwd, env });
  // Its table is another one than that of the test above only by the engine's leave: it puts, and so may run twice.
  const { stdout } = await run("put-get");
  assert.equal(stdout, told("put-get"));
  await assert.rejects(run("../main"), /name one of the files/);
});

test("the example of tests passes", async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const command = env.TABLETHEORY_LOCAL ?? inRepository("target/debug/tabletheory");
  const options = { cwd: inRepository("examples/node"), env: { ...env, TABLETHEORY_LOCAL: command } };
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "notes.test.mjs"], options);
  assert.match(stdout, /pass 4\n/);
});
