// Builds dist/: ESM with types, CommonJS with types, the component as a file and inlined.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(here, "dist");
const component = process.env.TABLETHEORY_WASM ?? join(here, "..", "go-shim", "internal", "engine", "tabletheory.wasm");

if (!existsSync(component)) {
  console.error(`no component at ${component}: run \`make wasm\` first`);
  process.exit(1);
}

rmSync(dist, { recursive: true, force: true });
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
const compiled = spawnSync(process.execPath, [tsc, "-p", join(here, "tsconfig.build.json")], { stdio: "inherit" });
if (compiled.status !== 0) process.exit(1);

// The same modules as CommonJS. `import()` stays: the inlined component is one ES module for both.
cpSync(join(dist, "esm"), join(dist, "cjs"), { recursive: true, filter: (path) => !path.endsWith(".js") });
await build({
  entryPoints: [join(dist, "esm", "**", "*.js")],
  outbase: join(dist, "esm"),
  outdir: join(dist, "cjs"),
  format: "cjs",
  define: { "import.meta.dirname": "__dirname" },
  platform: "node",
  target: "node22",
  logLevel: "warning",
});
writeFileSync(join(dist, "cjs", "package.json"), '{ "type": "commonjs" }\n');

mkdirSync(join(dist, "wasm"));
copyFileSync(component, join(dist, "tabletheory.wasm"));
const text = readFileSync(component).toString("base64");
writeFileSync(join(dist, "wasm", "inline.js"), `export default "${text}";\n`);

// ESM as few files: loading each of forty modules takes as long as running what is in it. One has all that the entries share, which
// must be there once, and the entries name their part of it. Only the testkit is by itself: it needs more of Node.
const esm = join(dist, "esm");
const all = join(esm, "all.js");
const entries = ["index", "inner"];
const names = await Promise.all(entries.map(async (name) => Object.keys(await import(join(esm, `${name}.js`)))));
const shared = [...entries, "values/decode", "values/encode"];
writeFileSync(all, shared.map((name) => `export * from "./${name}.js";\n`).join(""));
const fromAll = {
  name: "from all.js",
  setup: ({ onResolve }) => onResolve({ filter: /^\.\.\// }, () => ({ path: "../all.js", external: true })),
};
for (const [file, plugins] of [
  [join(esm, "testkit", "index.js"), [fromAll]],
  [all, []],
]) {
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    plugins,
    external: [join(dist, "wasm", "inline.js"), "@aws-sdk/*"],
    format: "esm",
    platform: "node",
    target: "node22",
    logLevel: "warning",
  });
}
for (const path of readdirSync(esm, { recursive: true })) {
  if (path.endsWith(".js") && path !== "all.js" && path !== join("testkit", "index.js")) rmSync(join(esm, path));
}
for (const [at, name] of entries.entries()) {
  writeFileSync(join(esm, `${name}.js`), `export { ${names[at].join(", ")} } from "./all.js";\n`);
}
