import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inRepository } from "./support/index.ts";

test("the samples of the guide compile", () => {
  const guide = readFileSync(inRepository("docs/node.md"), "utf8");
  const samples = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, sample]) => sample as string);
  assert.ok(samples.length >= 6);
  const imports = samples.flatMap((sample) => sample.match(/^import .*;$/gm) ?? []);
  const code = samples.map((sample) => sample.replace(/^import .*;$/gm, "")).join("\n");
  const program = inRepository("ts-shim/dist/.guide.ts");
  writeFileSync(program, `${imports.join("\n")}\n${code}`);
  try {
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
    const options =
      "--ignoreConfig --noEmit --strict --target es2023 --module nodenext --types node --skipLibCheck".split(" ");
    const lib = ["--lib", "es2024,esnext.disposable"];
    execFileSync(process.execPath, [tsc, ...options, ...lib, program], { encoding: "utf8" });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  } finally {
    rmSync(program);
  }
});
