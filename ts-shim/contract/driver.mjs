// The driver of the contract runner (contract-tests/DRIVER.md) over the public API of this package.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  connect,
  ifNotExists,
  listAppend,
  minus,
  NumberValue,
  path,
  plus,
  sizeOf,
  TableTheoryError,
  VERSION,
} from "tabletheory";
import { encodeMembers, parseExact } from "tabletheory/testkit";
import { counted, World } from "./world.mjs";

const world = new World();
let db;
let scripted = false;

const OPERANDS = { $size: sizeOf, $if_not_exists: ifNotExists, $plus: plus, $minus: minus, $list_append: listAppend };

/** Plain JSON as native values. */
function native(value) {
  if (typeof value !== "object" || value === null || value instanceof NumberValue) return value;
  if (Array.isArray(value)) return value.map(native);
  const [only, ...more] = Object.keys(value);
  if (more.length > 0 || !only?.startsWith("$")) return nativeMembers(value);
  const content = value[only];
  if (only === "$set") return new Set(content.map(native));
  if (only === "$binary") return new Uint8Array(Buffer.from(content, "base64"));
  if (only === "$number") return /^-?\d+$/.test(content) ? BigInt(content) : new NumberValue(content);
  // More digits than a Date holds go as text.
  if (only === "$time")
    return /\.\d{4}/.test(content) || Number.isNaN(Date.parse(content)) ? content : new Date(content);
  if (only === "$path") return path(content);
  if (only in OPERANDS) return OPERANDS[only](...(Array.isArray(content) ? content : [content]).map(native));
  return { [only.slice(1)]: native(content) };
}

function nativeMembers(members) {
  if (typeof members !== "object" || members === null || members instanceof NumberValue) return members;
  if (Array.isArray(members)) return members.map(native);
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, native(value)]));
}

function nativeTree(tree) {
  if (Array.isArray(tree)) return tree.map(nativeTree);
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([name, branch]) => [
      name,
      name.startsWith("$") ? nativeTree(branch) : nativeMembers(branch),
    ]),
  );
}

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const snakeCased = (object) =>
  object && Object.fromEntries(Object.entries(object).map(([name, value]) => [snakeCase(name), value]));
const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const camelCased = (object) =>
  object && Object.fromEntries(Object.entries(object).map(([name, value]) => [camelCase(name), value]));

async function open(options) {
  db?.close();
  db = undefined;
  world.begin({});
  const { dms, region, endpoint, credentials, tables, numbers, capacity, strict, retry } = options;
  scripted = options.transport === "scripted";
  // The core's own default is "exact": so it is here, unless a scenario says otherwise.
  const numbersOf = { exact: "exact", double: "number", bigint: "bigint", string: "string" };
  let given = 0;
  const provider = async () => {
    const found = credentials[Math.min(given++, credentials.length - 1)];
    return (
      found && {
        accessKeyId: found.access_key_id,
        secretAccessKey: found.secret_access_key,
        sessionToken: found.session_token,
        expiration: found.expires_ms === undefined ? undefined : new Date(found.expires_ms),
      }
    );
  };
  const settings = {
    region,
    endpoint,
    credentials: credentials && provider,
    tablePrefix: tables?.prefix,
    tables: tables?.names,
    numbers: numbersOf[numbers ?? "exact"],
    capacity,
    cursor: options.cursor,
    strict,
    retry: camelCased(retry),
    callTimeout: options.call_timeout_ms,
    attemptTimeout: options.attempt_timeout_ms,
    ca: options.ca_file,
    clock: world,
  };
  for (const name of Object.keys(settings)) if (settings[name] === undefined) delete settings[name];
  if (scripted) settings.transport = counted(world, world);
  else if (options.transport !== "sdk") settings.transport = options.transport;
  if (options.transport === "sdk")
    settings.client = new DynamoDBClient({ region, endpoint, credentials: settings.credentials });
  db = await connect({ document: dms }, settings);
  return { opened: true };
}

/** An explanation in the core's naming. */
function explain(document) {
  const units = (given) => snakeCased(given) ?? null;
  const { follows, index, keyCondition, filter, indexAdvice, cost, ...same } = db.explain(document);
  return {
    ...same,
    follows: follows ?? null,
    index: index ?? null,
    key_condition: keyCondition ?? null,
    filter: filter ?? null,
    index_advice: indexAdvice ?? null,
    cost: { ...cost, read: units(cost.read), write: units(cost.write) },
  };
}

/** What was told last of the progress of the call. */
let heard;

const MODEL_OPERATIONS = new Set(["create", "put", "upsert", "get", "find", "update", "delete"]);
const TREES = new Set(["condition", "where", "filter", "until"]);

/** Members of a call as options of the API. */
function optionsOf(members) {
  const options = {};
  for (const [name, value] of Object.entries(members)) {
    if (name === "progress")
      options.onProgress = (progress) => {
        heard = progress;
      };
    else if (name === "changes")
      options.changes = Object.fromEntries(Object.entries(value).map(([side, item]) => [side, nativeMembers(item)]));
    else options[camelCase(name)] = TREES.has(name) ? nativeTree(value) : nativeMembers(value);
  }
  return options;
}

/** The key of a read, whose sort attributes may have operators. */
const nativeKey = (key) =>
  Array.isArray(key) || typeof key !== "object" || key === null ? nativeMembers(key) : nativeTree(key);

/** Carries out a call by the typed API: the promise that it gives. */
function begin({ op, model, ...members }) {
  switch (op) {
    case "query":
    case "scan":
      return read(op, model, members);
    case "wait_for":
      return db.model(model).waitFor(nativeKey(members.key), optionsOf(without(members, "key")));
    case "batch_get":
      return db.batchGet(
        members.gets.map(({ model, keys, ...more }) =>
          db.model(model).op.gets(keys.map(nativeMembers), optionsOf(more)),
        ),
        optionsOf(without(members, "gets")),
      );
    case "batch_write":
      return db.batchWrite(members.writes.map(group), optionsOf(without(members, "writes")));
    case "transact":
      return db.transact(members.actions.map(action), optionsOf(without(members, "actions")));
    case "transact_get":
      return db.transactGet(
        members.gets.map((get) => action({ get })),
        optionsOf(without(members, "gets")),
      );
    case "transition_append_event": {
      const [actual, event] = [{ update: members.actual }, { create: members.event }].map(action);
      return db.transitionAppendEvent(actual, event, optionsOf(without(members, "actual", "event")));
    }
    case "validate_provenance": {
      const { provenance, confidence } = optionsOf(members);
      return db.validateProvenance(provenance, confidence);
    }
    case "ensure_table":
    case "describe_table":
    case "delete_table":
      return db[camelCase(op)](model, optionsOf(members));
  }
  if (!MODEL_OPERATIONS.has(op)) throw new Error(`no operation \`${op}\``);
  const { item, key, ...more } = members;
  return db.model(model)[op](nativeMembers(item ?? key), optionsOf(more));
}

function without(members, ...names) {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

function group({ model, put, delete: keys, ...more }) {
  if (Object.keys(more).length > 0 || (put && keys)) throw new Error("no such group");
  return put ? db.model(model).op.puts(put.map(nativeMembers)) : db.model(model).op.deletes(keys.map(nativeMembers));
}

function action(given) {
  const [[kind, { model, item, key, ...more }]] = Object.entries(given);
  return db.model(model).op[kind](nativeMembers(item ?? key), optionsOf(more));
}

/** The members of a query or scan that are methods of its builder, and not of that name. */
const METHODS = { page_size: "pageSize", cursor: "after" };

function read(op, model, { key, segments, parallel, count, pages, progress, ...members }) {
  let builder = op === "query" ? db.model(model).query(nativeKey(key)) : db.model(model).scan();
  if (segments !== undefined || parallel !== undefined) builder = builder.segments(segments, parallel);
  for (const [name, value] of Object.entries(members)) {
    if (name === "projection") builder = builder.projection(...value);
    else builder = builder[METHODS[name] ?? name](TREES.has(name) ? nativeTree(value) : value);
  }
  const options = optionsOf({ ...(pages === undefined ? {} : { pages }), ...(progress ? { progress } : {}) });
  if (count) return builder.count(options);
  return pages === undefined ? builder.all(options) : builder.page(options);
}

/** Members of result documents that hold items, in lists or by themselves. */
const ITEMS = ["item", "items", "results", "stamped"];
const encoded = (items) => (Array.isArray(items) ? items.map(encoded) : items ? encodeMembers(items) : null);

async function call(document) {
  heard = undefined;
  const { value, result } = await begin(document).withStats();
  return encodedResult({ ...result, ...typed(document, value, result), ...(heard && { progress: snakeCased(heard) }) });
}

/** The members of the result document that the call gives by itself. */
function typed({ op, pages, count }, value, result) {
  switch (op) {
    case "query":
    case "scan":
      if (count) return { count: value };
      return pages === undefined
        ? { items: value }
        : { ...picked(value, ["items", "scanned"]), cursor: value.cursor ?? null };
    case "batch_write":
      return { written: value };
    case "batch_get":
      return { results: value };
    case "transact_get":
      return { items: value };
    case "ensure_table":
    case "delete_table":
      return value;
    case "describe_table":
      return { table: value };
  }
  return "item" in result ? { item: value } : {};
}

const picked = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

function encodedResult(result) {
  const given = Object.entries(result).map(([name, value]) => [name, ITEMS.includes(name) ? encoded(value) : value]);
  return Object.fromEntries(given);
}

function statistics({ attempts, retries, waitedMs, requestId, capacity }) {
  return { attempts, retries, waited_ms: waitedMs, request_id: requestId ?? null, capacity: capacity ?? null };
}

function errorDocument(error) {
  const {
    code,
    codes,
    message,
    path: at,
    hint,
    retryable,
    outcome,
    requestId,
    status,
    service,
    item,
    batch,
    reasons,
    problems,
    stats,
  } = error;
  return {
    code,
    codes,
    message,
    path: at,
    hint,
    retryable,
    outcome,
    request_id: requestId,
    status,
    service,
    item: item && encodeMembers(item),
    batch: batch?.results ? { ...batch, results: encoded(batch.results) } : batch,
    // What is not enumerable has to be asked for.
    reasons: reasons?.map((reason) => ({
      ...reason,
      service: reason.service,
      item: reason.item && encoded(reason.item),
    })),
    problems,
    stats: stats && statistics(stats),
  };
}

async function answer(request) {
  if (request.hello) return { hello: { protocol: 1, host: "node", version: VERSION } };
  if (request.open) return open(request.open);
  if (request.close) {
    db?.close();
    db = undefined;
    return { closed: true };
  }
  const run = request.call
    ? () => call(request.call)
    : request.raw !== undefined
      ? () => db.call(request.raw)
      : request.explain !== undefined
        ? () => explain(request.explain)
        : undefined;
  if (run === undefined) throw new Error("unknown request");
  if (db === undefined) throw new Error("no client is open");
  world.begin(request);
  return { result: await run() };
}

async function reply(line) {
  let request;
  let result;
  try {
    request = parseExact(line);
    result = await answer(request);
  } catch (error) {
    result =
      error instanceof TableTheoryError
        ? { error: errorDocument(error) }
        : { driver_error: String(error?.stack ?? error) };
  }
  if (request?.call !== undefined || request?.raw !== undefined) {
    if (request.moment !== undefined || scripted) result.waits = world.waits;
    if (scripted) result.requests = world.requests;
  }
  return JSON.stringify(result);
}

// Not by `readline`: it takes U+2028 for the end of a line.
let received = "";
for await (const chunk of process.stdin.setEncoding("utf8")) {
  received += chunk;
  for (let end = received.indexOf("\n"); end >= 0; end = received.indexOf("\n")) {
    const line = received.slice(0, end);
    received = received.slice(end + 1);
    process.stdout.write(`${await reply(line)}\n`);
  }
}
db?.close();
