import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type ConnectOptions, connect, type Model, SocketTransport, TransportFailure } from "tabletheory";
import { proxied } from "../dist/esm/inner.js";
import { selfSigned } from "./support/certificate.ts";
import { CREDENTIALS, failure, inRepository, NOTES } from "./support/index.ts";
import { FOUND, reply, type Server, serve } from "./support/server.ts";

const key = { pk: "u#1", sk: "n#1" };
const note = { ...key, title: "hü" };

/** Notes in a server, over sockets of their own. */
async function notesIn(server: Pick<Server, "port">, options: ConnectOptions = {}, scheme = "http") {
  const endpoint = `${scheme}://localhost:${server.port}`;
  const retry = { maxAttempts: 1 };
  const db = await connect(NOTES, { region: "eu-west-1", endpoint, credentials: CREDENTIALS, retry, ...options });
  return Object.assign(db.model("Note"), { [Symbol.dispose]: () => db.close() }) as Model & Disposable;
}

const turns = async (count = 5) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

test("requests follow one another over one connection, whole and in order", async () => {
  await using server = await serve((socket) => socket.write(FOUND));
  using notes = await notesIn(server);
  for (let round = 0; round < 20; round++) assert.deepEqual(await notes.get(key), note);
  assert.equal(server.accepted, 1);
  const [first = ""] = server.requests;
  assert.match(first, /^POST \/ HTTP\/1\.1\r\nhost: localhost:\d+\r\n/);
  assert.match(first, /\r\nx-amz-target: DynamoDB_20120810\.GetItem\r\n/);
  assert.match(first, /\r\n\r\n\{"TableName"/);
});

test("calls side by side have a connection each, up to the limit; others wait", async () => {
  const waiting: Socket[] = [];
  await using server = await serve((socket) => waiting.push(socket));
  using notes = await notesIn(server, { maxSockets: 3 });
  const running = Array.from({ length: 7 }, () => notes.get(key));
  for (let answered = 0; answered < 7; answered++) {
    while (waiting.length === 0) await turns(1);
    assert.ok(server.connections.length <= 3);
    waiting.shift()?.write(FOUND);
  }
  for (const found of await Promise.all(running)) assert.deepEqual(found, note);
  assert.equal(server.accepted, 3);
});

test("replies split at every byte, trickled or in one piece, are one reply", async () => {
  await using server = await serve(async (socket, n) => {
    socket.write(FOUND.slice(0, n));
    await turns();
    socket.write(FOUND.slice(n));
  });
  using notes = await notesIn(server);
  for (let at = 0; at < FOUND.length; at++) assert.deepEqual(await notes.get(key), note);
  assert.equal(server.accepted, 1);
});

test("a big reply and a big request", async () => {
  const title = "ü".repeat(150_000);
  await using server = await serve((socket) => socket.write(reply({ Item: { pk: { S: "u" }, title: { S: title } } })));
  using notes = await notesIn(server);
  assert.equal((await notes.get(key)).title, title);
  await notes.put({ ...key, title });
  assert.ok(server.requests[1]?.includes(title));
});

test("chunked and close-delimited replies, and `connection: close`", async () => {
  const body = FOUND.split("\r\n\r\n")[1] as string;
  const chunked = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\n${body.slice(0, 5)}\r\n${Buffer.byteLength(body.slice(5)).toString(16)}\r\n${body.slice(5)}\r\n0\r\nt: u\r\n\r\n`;
  await using server = await serve((socket, n) => {
    if (n === 0) socket.write(chunked);
    else if (n === 1) socket.end(`HTTP/1.1 200 OK\r\n\r\n${body}`);
    else if (n === 2) socket.write(FOUND.replace("OK\r\n", "OK\r\nconnection: close\r\n"));
    else socket.write(`HTTP/1.1 100 Continue\r\n\r\n${FOUND}`);
  });
  using notes = await notesIn(server);
  for (let round = 0; round < 5; round++) assert.deepEqual(await notes.get(key), note);
  assert.equal(server.accepted, 3);
});

test("a connection that closes while idle is not used again", async () => {
  await using server = await serve((socket) => socket.end(FOUND));
  using notes = await notesIn(server);
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await notes.get(key), note);
    await turns(20);
  }
  assert.equal(server.accepted, 3);
  assert.equal(server.requests.length, 3);
});

test("bytes that nobody asked for close the connection", async () => {
  await using server = await serve((socket) => {
    socket.write(FOUND);
    setImmediate(() => setImmediate(() => socket.write("HTTP/1.1 500 Late\r\n\r\n")));
  });
  using notes = await notesIn(server);
  assert.deepEqual(await notes.get(key), note);
  await turns(20);
  assert.deepEqual(await notes.get(key), note);
  assert.equal(server.accepted, 2);
});

test("a kept connection is closed instead of answered: reads go over a new one, writes are unknown, nothing is sent twice", async () => {
  await using server = await serve((socket, n) => {
    if (n % 2 === 0) socket.write(FOUND);
    else socket.destroy();
  });
  {
    using notes = await notesIn(server);
    await notes.get(key);
    assert.deepEqual(await notes.get(key), note, "sent again, once");
    assert.equal(server.requests.length, 3);
    assert.equal(server.accepted, 2);
  }
  {
    using notes = await notesIn(server);
    server.requests.splice(0);
    await notes.get(key);
    const error = await failure(notes.update(key, { add: { views: 1 } }));
    assert.equal(error.code, "ErrTransport");
    assert.equal(error.outcome, "unknown");
    assert.equal(server.requests.length, 2, "not again");
  }
});

test("a new connection that is closed instead of answered", async () => {
  await using server = await serve((socket) => socket.destroy());
  using notes = await notesIn(server);
  const error = await failure(notes.put(note));
  assert.equal(error.code, "ErrTransport");
  assert.equal(error.outcome, "unknown");
  assert.equal(server.requests.length, 1);
});

test("a reply that breaks off, is reset, or is no HTTP", async () => {
  for (const answer of [
    (socket: Socket) => socket.end(FOUND.slice(0, 20)),
    (socket: Socket) => socket.end(FOUND.slice(0, -1)),
    (socket: Socket) => socket.write(FOUND.slice(0, -1), () => socket.resetAndDestroy()),
    (socket: Socket) => socket.write("SSH-2.0-OpenSSH\r\n\r\n"),
  ]) {
    await using server = await serve((socket) => answer(socket));
    using notes = await notesIn(server);
    const error = await failure(notes.put(note));
    assert.equal(error.code, "ErrTransport");
    assert.equal(error.outcome, "unknown");
    assert.equal(server.requests.length, 1);
  }
});

test("nobody listens, and names that do not resolve", async () => {
  const server = await serve(() => {});
  await server[Symbol.asyncDispose]();
  using notes = await notesIn(server);
  const error = await failure(notes.put(note));
  assert.equal(error.code, "ErrTransport");
  assert.equal(error.outcome, "not_sent");
  assert.match(String(error.cause), /ECONNREFUSED/);
  using nowhere = await notesIn(server, { endpoint: "http://nowhere.invalid" });
  assert.equal((await failure(nowhere.put(note))).outcome, "not_sent");
});

test("no reply, or one that trickles, against the time-out of an attempt", async () => {
  await using silent = await serve(() => {});
  using unanswered = await notesIn(silent, { attemptTimeout: 60 });
  const error = await failure(unanswered.put(note));
  assert.equal(error.code, "ErrTimeout");
  assert.equal(error.outcome, "unknown");
  await turns(20);
  assert.equal(silent.connections.length, 0, "the connection is closed");

  await using slow = await serve(async (socket) => {
    for (const letter of FOUND) {
      socket.write(letter);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  using trickled = await notesIn(slow, { attemptTimeout: 60 });
  assert.equal((await failure(trickled.get(key))).code, "ErrTimeout");
});

test("waiting for a free connection counts, too: nothing was sent", async () => {
  await using server = await serve(() => {});
  using notes = await notesIn(server, { attemptTimeout: 60, maxSockets: 1 });
  const [first, second] = await Promise.all([failure(notes.put(note)), failure(notes.put(note))]);
  assert.equal(first.outcome, "unknown");
  // When the first one gives up, the second has its turn, unless its own time is over as well.
  assert.equal(second.outcome, server.requests.length === 1 ? "not_sent" : "unknown");
});

test("TLS that never completes: connect, in the time for connecting", async () => {
  await using server = await serve(() => {});
  using notes = await notesIn(server, { connectTimeout: 50 }, "https");
  const error = await failure(notes.put(note));
  assert.equal(error.code, "ErrTransport");
  assert.equal(error.outcome, "not_sent");
});

test("cancelling midway closes the connection; others go on", async () => {
  const sockets: Record<string, Socket> = {};
  await using server: Server = await serve((socket, n) => {
    sockets[/DynamoDB_20120810\.(\w+)/.exec(server.requests[n] ?? "")?.[1] ?? ""] = socket;
  });
  using notes = await notesIn(server);
  const controller = new AbortController();
  const cancelled = failure(notes.put(note, { signal: controller.signal }));
  const other = notes.get(key);
  while (sockets.PutItem === undefined || sockets.GetItem === undefined) await turns(1);
  const closed = once(sockets.PutItem, "close");
  controller.abort();
  const error = await cancelled;
  assert.equal(error.code, "ErrCanceled");
  assert.equal(error.outcome, "unknown");
  await closed;
  sockets.GetItem.write(FOUND);
  assert.deepEqual(await other, note);

  const timed = await failure(notes.put(note, { timeout: 30 }));
  assert.equal(timed.code, "ErrTimeout");
  assert.equal(timed.outcome, "unknown");
});

test("closing the client closes idle and busy connections", async () => {
  await using server = await serve((socket, n) => {
    if (n === 0) socket.write(FOUND);
  });
  const db = await connect(NOTES, {
    region: "eu-west-1",
    endpoint: `http://localhost:${server.port}`,
    credentials: CREDENTIALS,
  });
  const notes = db.model("Note");
  await notes.get(key);
  const running = [failure(notes.get(key)), failure(notes.get(key))];
  while (server.requests.length < 3) await turns(1);
  db.close();
  for (const error of await Promise.all(running)) assert.equal(error.code, "ErrCanceled");
  while (server.connections.length > 0) await turns(1);
});

test("an idle connection is closed in time", async () => {
  await using server = await serve((socket) => socket.write(FOUND));
  using notes = await notesIn(server, { idleTimeout: 50 });
  await notes.get(key);
  const [socket] = server.connections;
  await once(socket as Socket, "close");
  await notes.get(key);
  assert.equal(server.accepted, 2);
});

test("a connection that rested is looked at before it is used", async () => {
  await using server = await serve((socket) => socket.write(FOUND));
  using notes = await notesIn(server);
  await notes.get(key);
  await new Promise((resolve) => setTimeout(resolve, 600));
  server.connections[0]?.destroy();
  // The event loop has no chance to notice before the call.
  const until = performance.now() + 20;
  while (performance.now() < until);
  await notes.put(note);
  assert.equal(server.requests.length, 2);
  assert.equal(server.accepted, 2);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await notes.put(note);
  assert.equal(server.accepted, 2, "and used if it is well");
});

test("one transport may serve several clients, and outlives them", async () => {
  await using server = await serve((socket) => socket.write(FOUND));
  const transport = new SocketTransport();
  for (let round = 0; round < 2; round++) {
    using notes = await notesIn(server, { transport });
    await notes.get(key);
  }
  assert.equal(server.accepted, 1);
  assert.equal(server.connections.length, 1);
  transport.close();
  while (server.connections.length > 0) await turns(1);
});

test("a transport that is closed loses what is under way", async () => {
  await using server = await serve(() => {});
  const transport = new SocketTransport({ maxSockets: 1 });
  using notes = await notesIn(server, { transport });
  const [sent, waiting] = [failure(notes.put(note)), failure(notes.put(note))];
  while (server.requests.length === 0) await turns(1);
  transport.close();
  assert.equal((await sent).outcome, "unknown");
  assert.equal((await waiting).outcome, "not_sent");
  assert.match(String((await sent).cause), /transport was closed/);
});

test("an address or certificates that cannot be used are refused", async () => {
  using notes = await notesIn({ port: 1 }, { ca: "no-such-file.pem" }, "https");
  const error = await failure(notes.get(key));
  assert.equal(error.code, "ErrTransport");
  assert.equal(error.outcome, "not_sent");
  assert.ok(error.cause !== undefined);
  const lost = await new Promise<TransportFailure>((resolve) => {
    const receiver = { received() {}, ended() {}, lost: (_: unknown, failure: TransportFailure) => resolve(failure) };
    new SocketTransport().exchange("nonsense", Buffer.from(""), false, 1, receiver);
  });
  assert.ok(lost instanceof TransportFailure);
  assert.equal(lost.kind, "refused");
});

test("TLS: certificates are checked, names too; `ca` says whom to trust", async () => {
  const secure = selfSigned("localhost");
  const folder = mkdtempSync(join(tmpdir(), "tabletheory-"));
  const file = join(folder, "ca.pem");
  writeFileSync(file, secure.cert);
  await using server = await serve((socket) => socket.write(FOUND), secure);
  for (const ca of [file, pathToFileURL(file), Buffer.from(secure.cert)]) {
    using notes = await notesIn(server, { ca }, "https");
    assert.deepEqual(await notes.get(key), note);
    assert.deepEqual(await notes.get(key), note);
  }
  rmSync(folder, { recursive: true });
  assert.equal(server.accepted, 3);
  using unknown = await notesIn(server, {}, "https");
  const error = await failure(unknown.put(note));
  assert.equal(error.outcome, "not_sent");
  assert.match(String(error.cause), /self-signed/);
  const ca = Buffer.from(secure.cert);
  using misnamed = await notesIn(server, { ca, endpoint: `https://127.0.0.1:${server.port}` });
  assert.equal((await failure(misnamed.put(note))).outcome, "not_sent");
  assert.equal(server.requests.length, 6);
});

test("a proxy of the environment is left to Node's own client", async () => {
  const program = `
    import { connect } from "tabletheory";
    const db = await connect(${JSON.stringify(NOTES)}, { region: "eu-west-1", retry: { maxAttempts: 1 }, credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    const error = await db.model("Note").get(["u", "n"]).catch((error) => error);
    console.log(error.code, error.outcome);
    db.close();
  `;
  let asked: string | undefined;
  const proxy = createServer();
  proxy.on("connect", (incoming, socket) => {
    asked = incoming.url;
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const cwd = inRepository("ts-shim");
  const env = { ...process.env, HTTPS_PROXY };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { cwd, env });
  proxy.close();
  assert.equal(asked, "dynamodb.eu-west-1.amazonaws.com:443");
  assert.equal(stdout, "ErrTransport not_sent\n");
});

test("which endpoints go through a proxy", () => {
  const through = (endpoint: string, environment: Record<string, string>) => proxied({ endpoint }, environment);
  const both = { HTTPS_PROXY: "http://p:1", http_proxy: "http://p:1" };
  assert.equal(proxied({ region: "eu-west-1" }, both), true);
  assert.equal(proxied({ region: "eu-west-1" }, {}), false);
  assert.equal(through("http://db.example.com:8000", { HTTPS_PROXY: "http://p:1" }), false);
  assert.equal(through("http://db.example.com:8000", both), true);
  for (const local of ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"]) {
    assert.equal(through(local, both), false);
  }
  for (const [NO_PROXY, expected] of [
    ["*", false],
    ["other.com, db.example.com", false],
    [".example.com", false],
    ["*.example.com", false],
    ["DB.Example.com:8000", false],
    ["db.example.com:8001", true],
    ["ample.com", true],
    [".b.example.com", true],
    ["", true],
  ] as const) {
    assert.equal(through("http://db.example.com:8000", { ...both, NO_PROXY }), expected, NO_PROXY);
  }
});

test("nothing keeps the process alive", async () => {
  await using server = await serve((socket) => socket.write(FOUND));
  const program = `
    import { connect } from "tabletheory";
    const db = await connect(${JSON.stringify(NOTES)}, { region: "eu-west-1", endpoint: "http://127.0.0.1:${server.port}",
      credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    console.log((await db.model("Note").get(["u", "n"])).title);
  `;
  const began = performance.now();
  const cwd = inRepository("ts-shim");
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { cwd });
  assert.equal(stdout, "hü\n");
  assert.ok(performance.now() - began < 10_000, "well before idle connections are closed");
});
