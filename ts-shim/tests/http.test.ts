import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { after, test } from "node:test";
import { HttpTransport, type Request, type Response, TransportFailure } from "tabletheory";

const servers: { close(): void }[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** A TCP server that answers every connection as told; gives its port. */
async function serve(onConnection: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push({
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  return (server.address() as net.AddressInfo).port;
}

function request(port: number, body = "{}", path = "/"): Request {
  const head =
    "content-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.GetItem\r\nX-Case: Kept\r\n";
  const url = `http://127.0.0.1:${port}${path}`;
  return { id: 1, service: "dynamodb", action: "GetItem", url, head, body: Buffer.from(body) };
}

async function fails(sending: Promise<Response>, kind: string, message?: RegExp): Promise<TransportFailure> {
  const error = await sending.then(
    (response) => assert.fail(`answered ${response.status}`),
    (failure) => failure,
  );
  assert.ok(error instanceof TransportFailure);
  assert.equal(error.kind, kind);
  if (message) assert.match(error.message, message);
  return error;
}

test("sends exactly the bytes and header lines given, and reads back whatever comes", async () => {
  let received = "";
  const port = await serve((socket) => {
    socket.on("data", (data) => {
      received += data;
      if (received.endsWith("ü}")) {
        socket.write(
          "HTTP/1.1 418 I am\r\nX-Amzn-RequestId: R1\r\nx-two: a\r\nX-Two: b\r\ncontent-length: 7\r\n\r\n{}\0\xff",
          "latin1",
        );
        setTimeout(() => socket.write(Buffer.from("tail").subarray(0, 3)), 5);
      }
    });
  });
  const transport = new HttpTransport();
  const body = '{"name":"ü}';
  const response = await transport.send(request(port, body, "/base/"));
  assert.equal(response.status, 418);
  assert.equal(response.head, "X-Amzn-RequestId: R1\nx-two: a\nX-Two: b\ncontent-length: 7\n");
  assert.deepEqual([...response.body], [0x7b, 0x7d, 0, 0xff, ...Buffer.from("tai")]);
  const lines = Buffer.from(received, "latin1").toString().split("\r\n");
  assert.deepEqual(lines.slice(0, 6), [
    "POST /base/ HTTP/1.1",
    `host: 127.0.0.1:${port}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "content-type: application/x-amz-json-1.0",
    "x-amz-target: DynamoDB_20120810.GetItem",
    "X-Case: Kept",
  ]);
  assert.ok(received.endsWith(`\r\n\r\n${body}`));
  transport.close();
});

test("keeps connections alive, and close ends them", async () => {
  const connections: net.Socket[] = [];
  const server = http.createServer((_, response) => response.end("{}"));
  server.on("connection", (socket) => connections.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const transport = new HttpTransport();
  const { port } = server.address() as net.AddressInfo;
  for (let round = 0; round < 5; round++) assert.equal((await transport.send(request(port))).status, 200);
  assert.equal(connections.length, 1);
  const ended = once(connections[0] as net.Socket, "close");
  transport.close();
  await ended;
});

test("chunked bodies, empty bodies, big bodies", async () => {
  const server = http.createServer((incoming, response) => {
    if (incoming.url === "/empty") return response.end();
    if (incoming.url === "/echo") return incoming.pipe(response);
    response.write("ab");
    setTimeout(() => response.end("cd"), 5);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const { port } = server.address() as net.AddressInfo;
  const transport = new HttpTransport();
  assert.equal(Buffer.from((await transport.send(request(port))).body).toString(), "abcd");
  assert.equal((await transport.send(request(port, "{}", "/empty"))).body.length, 0);
  const big = "x".repeat(3_000_000);
  assert.equal(Buffer.from((await transport.send(request(port, big, "/echo"))).body).toString(), big);
  transport.close();
});

test("nobody listens: connect", async () => {
  const port = await serve(() => {});
  servers.pop()?.close();
  const error = await fails(new HttpTransport().send(request(port)), "connect", /ECONNREFUSED/);
  assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNREFUSED");
});

test("a name that does not resolve: connect", async () => {
  const unknown = { ...request(1), url: "http://nowhere.invalid/" };
  await fails(new HttpTransport().send(unknown), "connect");
});

test("TLS towards a server that speaks none: connect", async () => {
  const port = await serve((socket) => socket.end("HTTP/1.1 400 plain\r\n\r\n"));
  await fails(new HttpTransport().send({ ...request(port), url: `https://127.0.0.1:${port}/` }), "connect");
});

test("what cannot be sent at all: refused", async () => {
  await fails(new HttpTransport().send({ ...request(1), url: "nonsense" }), "refused");
  await fails(new HttpTransport().send({ ...request(1), head: "x-bad: a\0b\r\n" }), "refused");
});

test("the connection closes before the answer: broken", async () => {
  const port = await serve((socket) => socket.once("data", () => socket.destroy()));
  await fails(new HttpTransport().send(request(port)), "broken");
});

test("the body is cut short: broken", async () => {
  const port = await serve((socket) => {
    socket.once("data", () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"It'));
  });
  await fails(new HttpTransport().send(request(port)), "broken");
});

test("a chunked body is cut short: broken", async () => {
  const port = await serve((socket) => {
    socket.once("data", () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"Ite'));
  });
  await fails(new HttpTransport().send(request(port)), "broken");
});

test("what is no HTTP: broken", async () => {
  const port = await serve((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH\r\n")));
  await fails(new HttpTransport().send(request(port)), "broken");
});

test("HTML is an answer like any other: the core judges it", async () => {
  const port = await serve((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>"));
  });
  assert.equal(Buffer.from((await new HttpTransport().send(request(port))).body).toString(), "<html>");
});

test("no answer, or one that does not end: timeout", async () => {
  const silent = await serve(() => {});
  await fails(new HttpTransport({ attemptTimeout: 50 }).send(request(silent)), "timeout", /50 ms/);
  const slow = await serve((socket) => {
    socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"));
  });
  await fails(new HttpTransport({ attemptTimeout: 50 }).send(request(slow)), "timeout");
});

test("TLS that never completes: connect, in the time for connecting", async () => {
  const port = await serve(() => {});
  const sending = new HttpTransport({ connectTimeout: 50 }).send({
    ...request(port),
    url: `https://127.0.0.1:${port}/`,
  });
  await fails(sending, "connect", /50 ms/);
});

test("aborting ends the request", async () => {
  let closed: Promise<unknown> | undefined;
  const port = await serve((socket) => {
    closed = once(socket, "close");
    socket.resume();
    setImmediate(() => controller.abort());
  });
  const controller = new AbortController();
  await fails(new HttpTransport().send(request(port), controller.signal), "broken", /aborted/);
  await closed;
});

test("a proxy of the environment is used, but never for loopback", async () => {
  const seen: string[] = [];
  const proxy = http.createServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    response.end('{"proxied":true}');
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  servers.push(proxy);
  const address = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
  const direct = http.createServer((_, response) => response.end("{}"));
  direct.listen(0, "127.0.0.1");
  await once(direct, "listening");
  servers.push(direct);
  process.env.HTTP_PROXY = address;
  try {
    const transport = new HttpTransport();
    const far = await transport.send({ ...request(1), url: "http://dynamodb.example.invalid/" });
    assert.equal(Buffer.from(far.body).toString(), '{"proxied":true}');
    assert.deepEqual(seen, ["POST http://dynamodb.example.invalid/"]);
    await transport.send(request((direct.address() as net.AddressInfo).port));
    assert.equal(seen.length, 1);
    transport.close();
  } finally {
    delete process.env.HTTP_PROXY;
  }
});

test("TLS goes through the proxy of the environment by a tunnel", async () => {
  let asked: string | undefined;
  const proxy = http.createServer();
  proxy.on("connect", (incoming, socket) => {
    asked = incoming.url;
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  servers.push(proxy);
  process.env.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
  try {
    const sending = new HttpTransport().send({ ...request(1), url: "https://dynamodb.example.invalid/" });
    await fails(sending, "connect");
    assert.equal(asked, "dynamodb.example.invalid:443");
  } finally {
    delete process.env.HTTPS_PROXY;
  }
});
