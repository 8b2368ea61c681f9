import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ConditionFailed, connect, sdkTransport, TransportFailure } from "tabletheory";
import type { Local } from "tabletheory/testkit";
import { failure, local, NOTES } from "./support/index.ts";

let engine: Local;
before(async () => {
  engine = await local();
});
after(() => engine.stop());

const key = { pk: "u#1", sk: "n#1" };
const request = { id: 1, service: "dynamodb", action: "GetItem", url: "", head: "", body: Buffer.from("{}") };

/** A client of the SDK over a handler of our own. */
function over(handle: (request: { headers: Record<string, string>; body: unknown }) => unknown): DynamoDBClient {
  const requestHandler = { handle: async (sent: never) => ({ response: await handle(sent) }), destroy() {} };
  const credentials = { accessKeyId: "A", secretAccessKey: "B" };
  return new DynamoDBClient({ region: "eu-west-1", credentials, requestHandler: requestHandler as never });
}

test("every operation goes through the user's own client", async () => {
  const client = new DynamoDBClient(engine.options);
  const commands: string[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      commands.push(String(context.commandName));
      return next(args);
    },
    { step: "initialize", name: "noting" },
  );
  using db = await connect(NOTES, { client, tablePrefix: "sdk-" });
  await db.ensureTable("Note");
  const notes = db.model("Note");
  const created = await notes.create({ ...key, title: "hü", tags: new Set(["a"]) });
  assert.ok((await failure(notes.create({ ...key }))) instanceof ConditionFailed);
  assert.deepEqual(await notes.get(key), created);
  const { value, stats } = await notes.update(key, { add: { views: 1 } }).withStats();
  assert.equal((value as { views: number }).views, 1);
  assert.equal(stats.attempts, 1);
  assert.ok((stats.capacity?.total ?? 0) > 0);
  await notes.delete(key);
  assert.equal(await notes.find(key), undefined);
  await db.deleteTable("Note");
  for (const name of [
    "CreateTableCommand",
    "PutItemCommand",
    "GetItemCommand",
    "UpdateItemCommand",
    "DeleteItemCommand",
  ]) {
    assert.ok(commands.includes(name), name);
  }
  client.destroy();
});

test("the request is signed by the SDK over the core's body; the response comes back raw", async () => {
  let sent: { headers: Record<string, string>; body: unknown } | undefined;
  const client = over((incoming) => {
    sent = incoming;
    return { statusCode: 418, headers: { "X-Amzn-RequestId": "R1" }, body: Buffer.from("<html>") };
  });
  const body = Buffer.from('{"TableName":"ü"}');
  const response = await sdkTransport(client).send({ ...request, body });
  assert.deepEqual(response, { status: 418, head: "X-Amzn-RequestId: R1\n", body: Buffer.from("<html>") });
  assert.equal(Buffer.from(sent?.body as Uint8Array).toString(), '{"TableName":"ü"}');
  assert.equal(sent?.headers["content-length"], String(body.length));
  assert.equal(sent?.headers["x-amz-target"], "DynamoDB_20120810.GetItem");
  assert.match(sent?.headers.authorization ?? "", /^AWS4-HMAC-SHA256 Credential=A\//);
});

test("the SDK retries nothing: neither refusals nor failures", async () => {
  let attempts = 0;
  const throttled = over(() => {
    attempts += 1;
    const body = Buffer.from('{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}');
    return { statusCode: 400, headers: {}, body };
  });
  assert.equal((await sdkTransport(throttled).send(request)).status, 400);
  assert.equal(attempts, 1);

  const broken = over(() => {
    attempts += 1;
    throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
  });
  await assert.rejects(sdkTransport(broken).send(request), {
    name: "TransportFailure",
    kind: "broken",
    message: "reset",
  });
  assert.equal(attempts, 2);
});

test("how far a failed request got", async () => {
  const gone = await local();
  await gone.stop();
  const transport = sdkTransport(new DynamoDBClient(gone.options));
  await assert.rejects(transport.send(request), { kind: "connect" });

  const hanging = over(() => new Promise(() => {}));
  await assert.rejects(sdkTransport(hanging, { attemptTimeout: 20 }).send(request), {
    kind: "timeout",
    message: /20 ms/,
  });

  const controller = new AbortController();
  setImmediate(() => controller.abort());
  await assert.rejects(sdkTransport(hanging).send(request, controller.signal), TransportFailure);
});

test("a client without credentials is said so, with the SDK's own words as the cause", async () => {
  const client = new DynamoDBClient({
    region: "eu-west-1",
    credentials: async () => {
      throw new Error("no credentials here");
    },
  });
  await assert.rejects(sdkTransport(client).send(request), { kind: "credentials", message: /no credentials here/ });
  using db = await connect(NOTES, { client });
  const error = await failure(db.model("Note").get(key));
  assert.equal(error.code, "ErrCredentials");
  assert.equal(error.outcome, "not_sent");
  assert.match(String(error.cause), /no credentials here/);
});

test("a client that cannot be used is refused", async () => {
  const client = over(() => ({ statusCode: 200, headers: {}, body: "{}" }));
  client.middlewareStack.add(
    () => async () => {
      throw new Error("not today");
    },
    { step: "initialize" },
  );
  await assert.rejects(sdkTransport(client).send(request), { kind: "refused", message: /not today/ });
  await assert.rejects(sdkTransport(client).send({ ...request, action: "Nonsense" }), { kind: "refused" });
});

test("streams and plain bodies are read alike", async () => {
  for (const body of [new Blob(["{}"]).stream(), "{}", new Uint8Array([0x7b, 0x7d]), undefined]) {
    const client = over(() => ({ statusCode: 200, headers: {}, body }));
    (client.config as { streamCollector?: unknown }).streamCollector = undefined;
    const response = await sdkTransport(client).send(request);
    assert.equal(Buffer.from(response.body).toString(), body === undefined ? "" : "{}");
  }
});
