// The floor: the bytes of a request written to a socket, the bytes of the reply read from it, nothing else.

import { readFileSync } from "node:fs";
import { connect } from "node:net";

/** A connection that sends one request at a time. */
class Connection {
  #socket;
  #done;
  #failed;
  #missing = 0;

  constructor({ hostname, port }) {
    this.#socket = connect(Number(port), hostname).setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    this.#socket.on("error", (error) => this.#failed?.(error));
    this.#socket.on("close", () => this.#failed?.(new Error("the connection was closed")));
  }

  send(request) {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  // The stub sends a head in one piece.
  #receive(chunk) {
    if (this.#missing === 0) {
      const head = chunk.indexOf("\r\n\r\n");
      const length = chunk.indexOf("Content-Length: ") + 16;
      const body = Number(chunk.latin1Slice(length, chunk.indexOf("\r", length)));
      if (chunk.latin1Slice(9, 12) !== "200") this.#failed(new Error(chunk.toString()));
      this.#missing = head + 4 + body;
    }
    this.#missing -= chunk.length;
    if (this.#missing === 0) this.#done();
  }

  close() {
    this.#socket.destroy();
  }
}

export function open() {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL_DYNAMODB);
  const requests = JSON.parse(readFileSync(process.env.BENCH_FLOOR, "utf8"));
  const idle = [];
  const all = [];
  const operations = {};
  for (const [name, text] of Object.entries(requests)) {
    const request = Buffer.from(text);
    operations[name] = async () => {
      let connection = idle.pop();
      if (!connection) all.push((connection = new Connection(endpoint)));
      await connection.send(request);
      idle.push(connection);
    };
  }
  return { operations, close: () => all.forEach((connection) => connection.close()) };
}
