import assert from "node:assert/strict";
import { test } from "node:test";
import { CredentialsError, connect, HttpTransport, ItemNotFound, type Request, TransportFailure } from "tabletheory";
import { bodyOf, CREDENTIALS, failure, NOTES, scripted } from "./support/index.ts";

const key = { pk: "u#1", sk: "n#1" };
const found = { status: 200, body: { Item: { pk: { S: "u#1" }, sk: { S: "n#1" }, title: { S: "hi" } } } };
const never = () => new Promise<never>(() => {});

test("one request, one answer", async () => {
  const { db, transport } = await scripted([{ ...found, head: "x-amzn-requestid: R1\n" }]);
  const { value, stats } = await db.model("Note").get(key).withStats();
  assert.deepEqual(value, { pk: "u#1", sk: "n#1", title: "hi" });
  assert.equal(stats.attempts, 1);
  assert.equal(stats.retries, 0);
  assert.equal(stats.requestId, "R1");
  const [request] = transport.requests as [Request];
  assert.equal(request.action, "GetItem");
  assert.equal(request.url, "https://dynamodb.eu-west-1.amazonaws.com/");
  assert.match(request.head, /authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260102\/eu-west-1\/dynamodb/i);
  assert.match(request.head, /user-agent: tabletheory-node\//i);
});

test("same call, clock and randomness: same bytes", async () => {
  const bytes = async () => {
    const { db, transport } = await scripted([{ status: 200 }]);
    await db.model("Note").put({ ...key, title: "ü", tags: new Set(["b", "a"]), views: 10n ** 20n });
    const [{ url, head, body }] = transport.requests as [Request];
    return url + head + Buffer.from(body);
  };
  assert.equal(await bytes(), await bytes());
});

test("waits as the core says, and retries", async () => {
  const busy = { status: 500, body: { __type: "InternalServerError" } };
  const { db, transport, clock } = await scripted([busy, busy, found]);
  const { stats } = await db.model("Note").get(key).withStats();
  assert.equal(transport.requests.length, 3);
  assert.equal(stats.attempts, 3);
  assert.equal(stats.retries, 2);
  assert.equal(clock.waits.length, 2);
  assert.equal(
    stats.waitedMs,
    clock.waits.reduce((sum, wait) => sum + wait, 0),
  );
});

test("a failure of the transport ends as a typed error that carries its cause", async () => {
  const script = Array.from({ length: 9 }, () => ({ failure: "connect" as const, message: "no route" }));
  const { db } = await scripted(script);
  const error = await failure(db.model("Note").get(key));
  assert.equal(error.code, "ErrTransport");
  assert.equal(error.retryable, true);
  assert.ok(error.cause instanceof TransportFailure);
  assert.equal((error.cause as Error).message, "no route");
  assert.ok(!error.message.includes("no route"));
  assert.ok(error.stats && error.stats.attempts > 1);
});

test("a transport that misbehaves does no harm", async () => {
  for (const answer of [
    undefined,
    {},
    { status: "200", head: "", body: "" },
    { status: 200, head: "", body: "{}" },
    { status: 65536, head: "", body: new Uint8Array() },
  ]) {
    const { db } = await scripted([], {
      transport: { protocol: "http", send: async () => answer as never },
      retry: { maxAttempts: 1 },
    });
    assert.equal((await failure(db.model("Note").get(key))).code, "ErrTransport");
  }
  const { db } = await scripted([], {
    transport: {
      protocol: "http",
      send() {
        throw new Error("at once");
      },
    },
    retry: { maxAttempts: 1 },
  });
  const error = await failure(db.model("Note").get(key));
  assert.equal(error.code, "ErrTransport");
  assert.equal((error.cause as Error).message, "at once");
});

test("no credentials: said with where we looked", async () => {
  const { db, transport } = await scripted([], { credentials: async () => undefined });
  const error = await failure(db.model("Note").get(key));
  assert.ok(error instanceof CredentialsError);
  assert.match(`${error.message} ${error.hint}`, /option `credentials` has none/);
  assert.equal(error.outcome, "not_sent");
  assert.equal(transport.requests.length, 0);
});

test("credentials are asked for once, and again when the service says they have expired", async () => {
  let asked = 0;
  const credentials = async () => ({ ...CREDENTIALS, accessKeyId: `AK${++asked}` });
  const expired = { status: 400, body: { __type: "com.amazon.coral.service#ExpiredTokenException", message: "x" } };
  const { db, transport } = await scripted([found, found, expired, found], { credentials });
  for (let call = 0; call < 3; call++) await db.model("Note").get(key);
  assert.equal(asked, 2);
  assert.match(transport.requests[2]?.head ?? "", /Credential=AK1\//);
  assert.match(transport.requests[3]?.head ?? "", /Credential=AK2\//);
});

test("cancelling before, during a request, and during a wait", async () => {
  const { db, transport } = await scripted([found]);
  const before = await failure(db.model("Note").get(key, { signal: AbortSignal.abort("why") }));
  assert.equal(before.code, "ErrCanceled");
  assert.equal(before.outcome, "not_sent");
  assert.equal(before.cause, "why");
  assert.equal(transport.requests.length, 0);

  const controller = new AbortController();
  let aborted: unknown;
  const hanging = await scripted([], {
    transport: {
      protocol: "http",
      send: (_, signal) => {
        signal?.addEventListener("abort", () => {
          aborted = signal.reason;
        });
        setImmediate(() => controller.abort());
        return never();
      },
    },
  });
  const during = await failure(hanging.db.model("Note").get(key, { signal: controller.signal }));
  assert.equal(during.code, "ErrCanceled");
  assert.equal(during.outcome, "rejected", "a read writes nothing");
  assert.ok(aborted, "the request in flight is aborted");
  assert.equal((during.cause as Error).name, "AbortError");

  const waiting = new AbortController();
  const { db: slow } = await scripted([{ status: 500 }, found], {
    clock: {
      nanos: () => 0n,
      random: () => 1n,
      sleep: () => {
        setImmediate(() => waiting.abort());
        return () => {};
      },
    },
  });
  assert.equal((await failure(slow.model("Note").get(key, { signal: waiting.signal }))).code, "ErrCanceled");
});

test("the time-out of a whole call", async () => {
  const transport = { protocol: "http" as const, send: never };
  const { db } = await scripted([], { transport, callTimeout: 20 });
  const error = await failure(db.model("Note").get(key));
  assert.equal(error.code, "ErrTimeout");
  assert.equal(error.retryable, true);
  assert.equal(error.outcome, "rejected", "a read writes nothing");
  const began = performance.now();
  const write = await failure(db.model("Note").put({ ...key }, { timeout: 100 }));
  assert.equal(write.code, "ErrTimeout");
  assert.equal(write.outcome, "unknown");
  assert.equal(write.stats?.attempts, 1);
  assert.ok(performance.now() - began > 90);
});

test("closing cancels what runs; a late answer is nobody's", async () => {
  let answer: ((response: { status: number; head: string; body: Uint8Array }) => void) | undefined;
  const { db } = await scripted([], {
    transport: {
      protocol: "http",
      send: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    },
  });
  const running = failure(db.model("Note").put({ ...key }));
  await new Promise(setImmediate);
  db.close();
  const closed = await running;
  assert.equal(closed.code, "ErrCanceled");
  assert.equal(closed.outcome, "unknown");
  assert.match(String(closed.cause), /client was closed/);
  answer?.({ status: 200, head: "", body: Buffer.from("{}") });
  await new Promise(setImmediate);
  assert.equal((await failure(db.model("Note").get(key))).code, "ErrInvalidHandle");
});

test("settings that do not work are errors of connect", async () => {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  try {
    const noRegion = await failure(connect(NOTES));
    assert.equal(noRegion.code, "ErrConfiguration");
    assert.match(`${noRegion.message} ${noRegion.hint}`, /region/);
    assert.equal((await failure(connect(NOTES, { region: "eu-west-1", endpoint: "no url" }))).code, "ErrConfiguration");
  } finally {
    process.env = before;
  }
  const absent = await failure(connect("no-such-file.yml", { region: "eu-west-1" }));
  assert.equal(absent.code, "ErrInvalidDocument");
  assert.match(absent.message, /`no-such-file.yml`/);
  const invalid = await failure(connect({ document: 'dms_version: "0.2"\nmodels: 7\n' }, { region: "eu-west-1" }));
  assert.equal(invalid.code, "ErrInvalidDocument");
  assert.ok((invalid.problems?.length ?? 0) > 0);
  assert.equal(invalid.problems?.[0]?.line, 2);
});

test("what the core refuses is a typed error before anything is sent", async () => {
  const { db, transport } = await scripted([]);
  const notes = db.model("Note");
  const cases: [string, PromiseLike<unknown>][] = [
    ["ErrInvalidModel", db.model("Nope").get(key)],
    ["ErrInvalidModel", notes.put({ ...key, nope: 1 })],
    ["ErrInvalidValue", notes.put({ ...key, views: "many" })],
    ["ErrMissingPrimaryKey", notes.get({ pk: "u#1" })],
    ["ErrInvalidPrimaryKey", notes.get({ pk: "", sk: "n#1" })],
    ["ErrInvalidValue", notes.put({ ...key, views: Number.NaN })],
    ["ErrInvalidCall", notes.get(key, { consitent: true } as never)],
    ["ErrInvalidCall", notes.update(key, { expectVersion: undefined } as never)],
    ["ErrInvalidOperator", notes.put({ ...key }, { condition: { views: { above: 3 } } as never })],
    ["ErrInvalidCall", db.call("{")],
    ["ErrInvalidCall", db.call({ op: "nope" })],
    ["ErrInvalidCall", db.call({ op: 1n })],
  ];
  for (const [code, call] of cases) {
    const error = await failure(call);
    assert.ok(error.is(code), `${code}: ${error.code} ${error.message}`);
    assert.equal(error.outcome, "not_sent");
  }
  assert.equal(transport.requests.length, 0);
});

test("numbers are read as the client asks", async () => {
  const item = { ...found.body.Item, views: { N: "9007199254740993" } };
  const answer = { status: 200, body: { Item: item } };
  const lossy = await scripted([answer]);
  assert.equal((await failure(lossy.db.model("Note").get(key))).code, "ErrNumberPrecisionLoss");
  const big = await scripted([answer], { numbers: "bigint" });
  assert.equal((await big.db.model("Note").get(key)).views, 9007199254740993n);
  const text = await scripted([answer], { numbers: "string" });
  assert.equal((await text.db.model("Note").get(key)).views, "9007199254740993");
  const decimal = { status: 200, body: { Item: { ...item, views: { N: "0.12345678901234567" } } } };
  const exact = await scripted([answer, decimal], { numbers: "exact" });
  assert.equal((await exact.db.model("Note").get(key)).views, 9007199254740993n);
  assert.equal(String((await exact.db.model("Note").get(key)).views), "0.12345678901234567");
});

test("the old item of a failed condition comes with the error, as values", async () => {
  const old = { ...found.body.Item, tags: { SS: ["a"] } };
  const refused = { __type: "x#ConditionalCheckFailedException", message: "The conditional request failed", Item: old };
  const { db, transport } = await scripted([{ status: 400, body: refused }]);
  const error = await failure(
    db.model("Note").put({ ...key, title: "x" }, { condition: { title: "y" }, returnOldOnFailure: true }),
  );
  assert.equal(error.code, "ErrConditionFailed");
  assert.deepEqual(error.item, { ...key, title: "hi", tags: new Set(["a"]) });
  assert.equal(bodyOf(transport).ReturnValuesOnConditionCheckFailure, "ALL_OLD");
});

test("a call is a promise in every respect", async () => {
  const { db } = await scripted([found, { status: 200 }, { status: 200 }]);
  const notes = db.model("Note");
  const call = notes.get(key);
  assert.equal((await call).title, "hi");
  assert.equal((await call.then()).title, "hi");
  assert.equal((await Promise.all([call]))[0].title, "hi");
  let settled = 0;
  const missing = notes.get(key).finally(() => {
    settled += 1;
  });
  assert.ok((await missing.catch((error) => error)) instanceof ItemNotFound);
  assert.equal(settled, 1);
  await assert.rejects(notes.get(key).withStats(), ItemNotFound);
});

test("create and put give the item with what was stamped on it", async () => {
  const { db } = await scripted([
    { status: 200 },
    { status: 200, body: { Attributes: found.body.Item } },
    { status: 200 },
  ]);
  const notes = db.model("Note");
  const note = { ...key, title: "hi", tags: new Set(["a"]) };
  const stamp = "2026-01-02T03:04:05.678901234Z";
  const { value, stamped } = await notes.create(note).withStats();
  assert.deepEqual(value, { ...note, createdAt: stamp, updatedAt: stamp, version: 0 });
  assert.deepEqual(stamped, { createdAt: stamp, updatedAt: stamp, version: 0 });
  assert.deepEqual(await notes.put(note, { returnValues: "ALL_OLD" }), { ...key, title: "hi" });
  assert.equal(await notes.put(note, { returnValues: "ALL_OLD" }), undefined);
});

test("closing a client closes its own transport only", async () => {
  let closed = 0;
  const transport = Object.assign(new HttpTransport(), { close: () => (closed += 1) });
  const db = await connect(NOTES, { region: "eu-west-1", transport });
  db.close();
  assert.equal(closed, 0);
});

test("one signal may cancel many calls", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const { db } = await scripted([], { transport: { protocol: "http", send: never } });
  const controller = new AbortController();
  const calls = Array.from({ length: 50 }, () => failure(db.model("Note").get(key, { signal: controller.signal })));
  await new Promise(setImmediate);
  controller.abort();
  for (const error of await Promise.all(calls)) assert.equal(error.code, "ErrCanceled");
  await new Promise(setImmediate);
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});

test("a version serves as it was read, in every mode of numbers", async () => {
  const answer = { status: 200, body: { Attributes: {} } };
  for (const [numbers, expectVersion] of [
    ["number", 3],
    ["bigint", 3n],
    ["string", "3"],
  ] as const) {
    const { db, transport } = await scripted([answer], { numbers });
    await db.model("Note").update(key, { expectVersion });
    const values = bodyOf(transport).ExpressionAttributeValues as Record<string, { N?: string }>;
    assert.ok(Object.values(values).some(({ N }) => N === "3"));
  }
});
