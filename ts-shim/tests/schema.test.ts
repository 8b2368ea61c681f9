/** The host's own types against the schemas of the boundary: the compiler checks the names here, the tests the schemas. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BatchProgress,
  type CallOptions,
  type Capacity,
  type ConnectOptions,
  type Cost,
  type DeleteOptions,
  type DeleteTableOptions,
  type EnsureTableOptions,
  type ErrorDocument,
  type Explanation,
  errorClasses,
  type GetOptions,
  type Problem,
  type PutOptions,
  type Reason,
  type ResultDocument,
  type ScanProgress,
  type Stats,
  type TableDescription,
  type Units,
  type Update,
  type UpsertOptions,
  type WriteOptions,
} from "tabletheory";
import { snakeCase } from "../dist/esm/inner.js";
import { inRepository, readJson, scripted } from "./support/index.ts";

interface Schema {
  properties: Record<string, unknown>;
  $defs: Record<string, Schema>;
  oneOf?: { const?: string }[];
}

const schema = (name: string) => readJson(inRepository(`wit/${name}.schema.json`)) as Schema;

/** Every name of T, and no other. */
type Names<T> = Record<keyof T, boolean>;

const call = { signal: true, timeout: true } satisfies Names<CallOptions>;
const write = { ...call, condition: true, returnOldOnFailure: true } satisfies Names<WriteOptions>;
const guarded = { ...write, expectVersion: true, returnValues: true };
const read = { ...call, consistent: true, projection: true, raw: true } satisfies Names<GetOptions>;
const clauses = {
  changes: true,
  set: true,
  setIfNotExists: true,
  add: true,
  delete: true,
  remove: true,
  append: true,
  prepend: true,
};

const options = {
  create: write,
  put: guarded satisfies Names<PutOptions>,
  upsert: { ...write, returnValues: true } satisfies Names<UpsertOptions>,
  get: read,
  update: { ...guarded, ...clauses, ifExists: true, protectedAttributes: true } satisfies Names<Update<object>>,
  delete: guarded satisfies Names<DeleteOptions>,
  ensure_table: {
    ...call,
    wait: true,
    timeoutMs: true,
    billing: true,
    deletionProtection: true,
  } satisfies Names<EnsureTableOptions>,
  describe_table: call,
  delete_table: { ...call, wait: true, timeoutMs: true } satisfies Names<DeleteTableOptions>,
};

for (const [op, names] of Object.entries(options)) {
  test(`the options of ${op} are the members of its call document`, () => {
    const members = Object.keys(schema("call").$defs[op]?.properties ?? {});
    const own = Object.keys(names).filter((name) => !(name in call));
    const subject = ["op", "model", "item", "key"].filter((member) => members.includes(member));
    assert.deepEqual([...own.map(snakeCase), ...subject].sort(), members.sort());
  });
}

const { db } = await scripted([]);
const notes = db.model("Note");
const { op } = notes;
const key = ["u", "n"] as const;
const all = { parallel: 2, onProgress: () => {} };
const batchRead = { consistent: true, projection: ["title"], raw: true };
const onFailure = { returnOldOnFailure: true };

/** For each operation a call with everything that the API has for it. */
const calls: Record<string, () => unknown> = {
  query: () => {
    const query = notes.query("u").where({}).filter({}).index("by-author").order("asc").projection("title");
    return query.consistent().limit(1).pageSize(1).raw().after("c").count({ pages: 1 });
  },
  scan: () => {
    const scan = notes.scan().filter({}).index("by-author").projection("title").segments(2, 2).segment(1);
    return scan
      .consistent()
      .limit(1)
      .pageSize(1)
      .raw()
      .after("c")
      .count({ pages: 1, onProgress: () => {} });
  },
  wait_for: () => {
    const times = { timeoutMs: 1, baseMs: 1, maxMs: 1 };
    return notes.waitFor("u", { index: "by-author", until: {}, ...batchRead, ...times });
  },
  batch_get: () => db.batchGet([op.gets([key], batchRead)], all),
  batch_write: () => db.batchWrite([op.puts([{}]), op.deletes([key])], all),
  transact: () => db.transact([op.check(key, onFailure)], { token: "t" }),
  transact_get: () => db.transactGet([op.get(key)]),
  transition_append_event: () => db.transitionAppendEvent(op.update(key, {}), op.create({}), { token: "t" }),
  validate_provenance: () => db.validateProvenance({}, {}),
};

for (const [op, call] of Object.entries(calls)) {
  test(`the API has a place for every member of ${op}`, (context) => {
    let document: Record<string, unknown> = {};
    context.mock.method(db, "run", (text: () => string) => {
      document = JSON.parse(text());
    });
    call();
    assert.equal(document.op, op);
    assert.deepEqual(Object.keys(document).sort(), Object.keys(schema("call").$defs[op]?.properties ?? {}).sort());
  });
}

test("no operation of the core is left out", () => {
  const operations = Object.entries(schema("call").$defs).filter(([, { properties }]) => properties?.op !== undefined);
  assert.deepEqual(operations.map(([op]) => op).sort(), [...Object.keys(options), ...Object.keys(calls)].sort());
});

test("the settings of the core are reachable", () => {
  const retry = { maxAttempts: true, baseMs: true, maxBackoffMs: true, budget: true };
  retry satisfies Names<NonNullable<ConnectOptions["retry"]>>;
  const { properties, $defs } = schema("settings");
  assert.deepEqual(Object.keys(retry).map(snakeCase).sort(), Object.keys($defs.RetrySettings?.properties ?? {}).sort());
  const cursor = { keys: true, required: true } satisfies Names<NonNullable<ConnectOptions["cursor"]>>;
  assert.deepEqual(Object.keys(cursor).sort(), Object.keys($defs.Keyring?.properties ?? {}).sort());
  const plain = { region: true, endpoint: true, numbers: true, capacity: true, strict: true };
  const same = { ...plain, tables: true, retry: true, cursor: true };
  same satisfies Partial<Names<ConnectOptions>>;
  assert.deepEqual([...Object.keys(same), "transport", "user_agent"].sort(), Object.keys(properties).sort());
});

test("statistics, tables and problems have the members that the core gives", () => {
  const stats = {
    attempts: true,
    retries: true,
    waitedMs: true,
    requestId: true,
    capacity: true,
  } satisfies Names<Stats>;
  const capacity = { total: true, read: true, write: true, table: true } satisfies Names<Capacity>;
  const table = {
    name: true,
    status: true,
    created: true,
    items: true,
    bytes: true,
    keys: true,
    indexes: true,
    ttl: true,
    arn: true,
  } satisfies Names<TableDescription>;
  const problem = {
    code: true,
    severity: true,
    message: true,
    pointer: true,
    line: true,
    column: true,
    hint: true,
  } satisfies Names<Problem>;
  const { $defs } = schema("result");
  const given = { Stats: stats, Capacity: capacity, Table: table };
  for (const [name, names] of Object.entries(given)) {
    assert.deepEqual(Object.keys(names).map(snakeCase).sort(), Object.keys($defs[name]?.properties ?? {}).sort(), name);
  }
  const problems = schema("error").$defs.Problem?.properties ?? {};
  assert.deepEqual(Object.keys(problem).sort(), Object.keys(problems).sort());
});

test("results, errors and explanations have the members that the core gives", () => {
  const result = {
    item: true,
    items: true,
    results: true,
    stamped: true,
    cursor: true,
    remaining: true,
    count: true,
    scanned: true,
    pages: true,
    written: true,
    progress: true,
    table: true,
    created: true,
    deleted: true,
    stats: true,
  } satisfies Names<ResultDocument>;
  assert.deepEqual(Object.keys(result).sort(), Object.keys(schema("result").properties).sort());
  const progress = {
    items: true,
    pages: true,
    scanned: true,
    segments: true,
    segmentsDone: true,
    capacity: true,
  } satisfies Names<ScanProgress>;
  const batch = { done: true, total: true, unprocessed: true } satisfies Names<BatchProgress>;
  for (const [name, names] of Object.entries({ ScanProgress: progress, BatchProgress: batch })) {
    const members = Object.keys(schema("result").$defs[name]?.properties ?? {});
    assert.deepEqual(Object.keys(names).map(snakeCase).sort(), members.sort(), name);
  }

  const explanation = {
    operation: true,
    requests: true,
    follows: true,
    index: true,
    keyCondition: true,
    filter: true,
    indexAdvice: true,
    cost: true,
    warnings: true,
  } satisfies Names<Explanation>;
  const cost = { shape: true, read: true, write: true, indexes: true } satisfies Names<Cost>;
  const units = { units: true, perBytes: true, of: true } satisfies Names<Units>;
  const explained = schema("explanation");
  assert.deepEqual(Object.keys(explanation).map(snakeCase).sort(), Object.keys(explained.properties).sort());
  for (const [name, names] of Object.entries({ Cost: cost, Units: units })) {
    const members = Object.keys(explained.$defs[name]?.properties ?? {});
    assert.deepEqual(Object.keys(names).map(snakeCase).sort(), members.sort(), name);
  }

  const reason = {
    index: true,
    code: true,
    codes: true,
    message: true,
    path: true,
    service: true,
    item: true,
  } satisfies Names<Reason>;
  assert.deepEqual(Object.keys(reason).sort(), Object.keys(schema("error").$defs.Reason?.properties ?? {}).sort());
  const error = {
    code: true,
    codes: true,
    message: true,
    path: true,
    hint: true,
    retryable: true,
    outcome: true,
    request_id: true,
    status: true,
    service: true,
    item: true,
    batch: true,
    reasons: true,
    problems: true,
    stats: true,
  } satisfies Names<ErrorDocument>;
  assert.deepEqual(Object.keys(error).sort(), Object.keys(schema("error").properties).sort());
});

test("every code has its class, and no other", () => {
  const codes = schema("error").$defs.Code?.oneOf?.map((code) => code.const);
  assert.deepEqual([...errorClasses.keys()].sort(), codes?.sort());
});
