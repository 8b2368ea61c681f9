/** Servers that answer as told, byte for byte. */

import { once } from "node:events";
import * as net from "node:net";
import * as tls from "node:tls";

/** A server and what it saw. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open, in the order in which they came. */
  readonly connections: net.Socket[];
  /** How many there were in all. */
  readonly accepted: number;
  /** Whole requests, as text. */
  readonly requests: string[];
}

/** What to do with the n-th request (from 0) of all. */
export type Answer = (socket: net.Socket, n: number) => void;

/** A server for whole HTTP requests with a content-length. */
export async function serve(answer: Answer, secure?: tls.TlsOptions): Promise<Server> {
  const connections: net.Socket[] = [];
  const requests: string[] = [];
  let accepted = 0;
  const accept = (socket: net.Socket) => {
    accepted += 1;
    connections.push(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => connections.splice(connections.indexOf(socket), 1));
    let received = Buffer.alloc(0);
    socket.on("data", (data) => {
      received = Buffer.concat([received, data]);
      const head = received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received.toString("latin1", 0, head))?.[1]);
      const end = head + 4 + length;
      if (received.length < end) return;
      requests.push(received.toString("utf8", 0, end));
      received = received.subarray(end);
      answer(socket, requests.length - 1);
    });
  };
  const server = secure === undefined ? net.createServer(accept) : tls.createServer(secure, accept);
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    connections,
    requests,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of [...connections]) socket.destroy();
      await closed;
    },
  };
}

/** An HTTP reply with this body. */
export function reply(body: unknown, head = ""): string {
  const text = JSON.stringify(body);
  return `HTTP/1.1 200 OK\r\n${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** What GetItem answers. */
export const FOUND = reply({ Item: { pk: { S: "u#1" }, sk: { S: "n#1" }, title: { S: "hü" } } });
