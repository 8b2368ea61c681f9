// The driver of the contract runner (contract-tests/DRIVER.md) over the public API of this package.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { connect, NumberValue, path, TableTheoryError, TransportFailure, VERSION } from "tabletheory";
import { encodeMembers, parseExact } from "tabletheory/testkit";

/** The clock and transport of one call; real unless the call scripts them. */
class World {
  protocol = "http";
  requests = [];
  waits = [];
  script = [];
  inFlight = 0;
  now;
  seed;
  drawn = 0;

  begin({ moment, script = [] }) {
    this.requests = [];
    this.waits = [];
    this.script = [...script];
    this.now = moment === undefined ? undefined : BigInt(moment.nanos);
    this.seed =
      moment === undefined
        ? undefined
        : [moment.seed.slice(0, 16), moment.seed.slice(16)].map((half) => BigInt(`0x${half}`));
    this.drawn = 0;
  }

  nanos() {
    return this.now ?? BigInt(Date.now()) * 1_000_000n;
  }

  random() {
    if (this.seed !== undefined) return this.seed[this.drawn++ % 2];
    return crypto.getRandomValues(new BigUint64Array(1))[0];
  }

  sleep(milliseconds, done) {
    if (this.now === undefined) {
      const timer = setTimeout(done, milliseconds);
      return () => clearTimeout(timer);
    }
    let forgotten = false;
    const tick = () => {
      if (forgotten) return;
      // A reply comes before the timer, which is then forgotten.
      if (this.inFlight > 0) {
        setImmediate(tick);
        return;
      }
      this.now += BigInt(milliseconds) * 1_000_000n;
      this.waits.push(milliseconds);
      done();
    };
    setImmediate(tick);
    return () => {
      forgotten = true;
    };
  }

  async send({ action, url, head, body }) {
    this.requests.push({ action, url, head, body: Buffer.from(body).toString() });
    const entry = this.script.shift() ?? { failure: "refused", message: "script used up" };
    if (entry.delay_ms !== undefined && this.now !== undefined) this.now += BigInt(entry.delay_ms) * 1_000_000n;
    if (entry.failure !== undefined) throw new TransportFailure(entry.failure, entry.message ?? "");
    const bytes =
      entry.body_base64 === undefined ? Buffer.from(entry.body ?? "") : Buffer.from(entry.body_base64, "base64");
    return { status: entry.status, head: entry.head ?? "", body: bytes };
  }
}

/** Counts the requests in flight of a transport. */
function counted(world, transport) {
  return {
    protocol: transport.protocol,
    async send(request, signal) {
      world.inFlight += 1;
      try {
        return await transport.send(request, signal);
      } finally {
        world.inFlight -= 1;
      }
    },
  };
}

const world = new World();
let db;
let scripted = false;

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

const MODEL_OPERATIONS = new Set(["create", "put", "upsert", "get", "find", "update", "delete"]);

async function call(document) {
  const { op, model, item, key, ...rest } = document;
  const options = {};
  for (const [name, value] of Object.entries(rest)) {
    options[camelCase(name)] = name === "condition" ? nativeTree(value) : nativeMembers(value);
  }
  if (!MODEL_OPERATIONS.has(op)) return tableCall(op, model, options);
  const subject = nativeMembers(item ?? key);
  const { value, stats, stamped } = await db.model(model)[op](subject, options).withStats();
  const result = { stats: statistics(stats) };
  if (stamped !== undefined) result.stamped = encodeMembers(stamped);
  const whole = op === "create" || (op === "put" && options.returnValues !== "ALL_OLD");
  if (!whole && value !== undefined) result.item = encodeMembers(value);
  if (op === "find" && value === undefined) result.item = null;
  return result;
}

async function tableCall(op, model, options) {
  const method = camelCase(op);
  if (!["ensureTable", "describeTable", "deleteTable"].includes(method)) throw new Error(`no operation \`${op}\``);
  const { value, stats } = await db[method](model, options).withStats();
  return { ...(method === "describeTable" ? { table: value } : value), stats: statistics(stats) };
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
