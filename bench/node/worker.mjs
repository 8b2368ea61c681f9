// Runs what `bench/run.py` asks for, one JSON line per command (see bench/README.md). Libraries are loaded when first used.

import { PerformanceObserver, performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

const CONTENDERS = ["floor", "client", "document", "electrodb", "toolbox", "tabletheory", "inside"];
const opened = new Map();

async function operation({ contender, operation }) {
  if (!opened.has(contender)) {
    const { open } = await import(`./contenders/${contender}.mjs`);
    opened.set(contender, await open());
  }
  return opened.get(contender).operations[operation];
}

/** Does `calls` calls, `concurrency` of them at a time. */
async function run(call, calls, concurrency, latencies) {
  let left = calls;
  const lane = async () => {
    while (left-- > 0) {
      const began = latencies && performance.now();
      await call();
      if (latencies) latencies.push(Math.round((performance.now() - began) * 1000));
    }
  };
  if (concurrency === 1) return await lane();
  await Promise.all(Array.from({ length: concurrency }, lane));
}

async function measure(call, { calls, concurrency = 1, latencies }) {
  const times = latencies && [];
  const began = performance.now();
  const before = process.cpuUsage();
  await run(call, calls, concurrency, times);
  const { user, system } = process.cpuUsage(before);
  return { cpu_us: user + system, wall_us: (performance.now() - began) * 1000, latencies_us: times };
}

/** Bytes allocated on and off the JavaScript heap. Only true when nothing was collected meanwhile, so the young generation has to be large. */
async function allocations(call, { calls }) {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  const used = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  await run(call, 50, 1);
  // Buffers are freed behind the back of a collection, some of them by the next one.
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  observer.observe({ entryTypes: ["gc"] });
  const before = used();
  await run(call, calls, 1);
  const allocated = used() - before;
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  return collections ? { collections } : { allocated_bytes: allocated };
}

async function answer(command) {
  try {
    const call = await operation(command);
    if (!call) return { absent: true };
    return await (command.allocations ? allocations : measure)(call, command);
  } catch (error) {
    return { error: error.stack ?? String(error) };
  }
}

const version = async (name) => {
  const { default: found } = await import(name, { with: { type: "json" } });
  return found.version;
};
const versions = {
  client: await version("@aws-sdk/client-dynamodb/package.json"),
  document: await version("@aws-sdk/lib-dynamodb/package.json"),
  electrodb: await version("electrodb/package.json"),
  toolbox: await version("dynamodb-toolbox/package.json"),
  tabletheory: await version("tabletheory/package.json"),
};
console.log(JSON.stringify({ runtime: `Node ${process.version}`, contenders: CONTENDERS, versions }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
process.exit(0);
