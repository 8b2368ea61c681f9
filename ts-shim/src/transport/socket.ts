/**
 * TCP and TLS connections for the HTTP/1.1 that the core writes and reads: opened, pooled, closed, nothing else.
 *
 * Neither streams nor HTTP objects: a request is one write, and what comes back goes to the core from one buffer that all
 * connections share. That is where the CPU time of an HTTP client goes.
 */

import type * as tls from "node:tls";
import { elapsed, fs, net } from "../builtin.js";
import { Place } from "./place.js";
import { TransportFailure } from "./transport.js";

/** Options of the built-in transports. Times in milliseconds. */
export interface SocketOptions {
  /** Time to connect, TLS included. Default 3000. */
  connectTimeout?: number;
  /** Time for one attempt, from its beginning to the last byte of the response. Default 10000. */
  attemptTimeout?: number;
  /** Connections side by side to one endpoint; further requests wait. Default 50. */
  maxSockets?: number;
  /** How long a connection is kept without a request. Default 15000: less than services and load balancers do. */
  idleTimeout?: number;
  /** Certificates to trust instead of Node's own: a PEM file's path or `file:` URL, or its bytes. */
  ca?: string | URL | Uint8Array;
}

/** Who sent a request, and hears what becomes of it. */
export interface Receiver {
  /** Bytes came: the first `length` of `bytes`, valid during this call. Answers with `keep` or `close` when it is complete. */
  received(exchange: Exchange, bytes: Buffer, length: number): void;
  /** The other side closed the connection after the reply had begun. */
  ended(exchange: Exchange): void;
  /** There is no reply. */
  lost(exchange: Exchange, failure: TransportFailure): void;
}

/** What an exchange does with the connection it has. */
interface Line {
  keep(): void;
  close(): void;
}

/** One request and its reply, over one connection. */
export class Exchange {
  readonly receiver: Receiver;
  /** Names the request within the receiver. */
  readonly id: number;
  /** The whole message. */
  readonly message: Uint8Array;
  /** Not over a connection that has served before. */
  readonly fresh: boolean;
  /** When the attempt has taken too long, as `elapsed()` counts. */
  readonly deadline: number;
  /** At least one byte of the reply came. */
  started = false;
  over = false;
  line: Line | undefined;

  constructor(receiver: Receiver, id: number, message: Uint8Array, fresh: boolean, deadline: number) {
    this.receiver = receiver;
    this.id = id;
    this.message = message;
    this.fresh = fresh;
    this.deadline = deadline;
  }

  /** The reply is complete: the connection can serve others. */
  keep(): void {
    this.over = true;
    this.line?.keep();
  }

  /** The reply is complete, beyond repair, or nobody waits for it: the connection is closed. */
  close(): void {
    this.over = true;
    this.line?.close();
  }

  /** There will be no reply. */
  fail(failure: TransportFailure): void {
    if (this.over) return;
    this.over = true;
    this.line = undefined;
    this.receiver.lost(this, failure);
  }
}

/** The settings of a transport, complete. */
export interface Sockets {
  readonly connectTimeout: number;
  readonly attemptTimeout: number;
  readonly maxSockets: number;
  readonly idleTimeout: number;
}

/** What TLS connections need. */
export interface Secure {
  readonly tls: typeof tls;
  readonly context: tls.SecureContext;
}

/** The built-in transport over sockets. It may serve several clients; a client closes the one it made itself. */
export class SocketTransport {
  readonly protocol = "socket";
  readonly #sockets: Sockets;
  readonly #places = new Map<string, Place>();
  #last: { url: string; place: Place } | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #ca: SocketOptions["ca"];
  #secure: Promise<Secure> | undefined;

  /** Makes no connection yet. */
  constructor(options: SocketOptions = {}) {
    this.#sockets = {
      connectTimeout: options.connectTimeout ?? 3_000,
      attemptTimeout: options.attemptTimeout ?? 10_000,
      maxSockets: options.maxSockets ?? 50,
      idleTimeout: options.idleTimeout ?? 15_000,
    };
    this.#ca = options.ca;
    net();
  }

  /** Sends a message to where `url` says; `receiver` hears what comes of it, never before this returns. */
  exchange(url: string, message: Uint8Array, fresh: boolean, id: number, receiver: Receiver): Exchange {
    const exchange = new Exchange(receiver, id, message, fresh, elapsed() + this.#sockets.attemptTimeout);
    let place: Place;
    try {
      place = this.#place(url);
    } catch (cause) {
      setImmediate(() => refuse(exchange, cause));
      return exchange;
    }
    if (!place.waitsForTls) {
      place.send(exchange);
    } else {
      this.#secure ??= loadTls(this.#ca);
      this.#secure.then(
        (secure) => place.begin(secure, exchange),
        (cause) => refuse(exchange, cause),
      );
    }
    this.#timer ??= this.#tick();
    return exchange;
  }

  /** Closes all connections; requests under way are lost. */
  close(): void {
    for (const place of this.#places.values()) place.close();
    this.#places.clear();
    this.#last = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #place(url: string): Place {
    if (this.#last?.url === url) return this.#last.place;
    const { protocol, hostname, port } = new URL(url);
    const secure = protocol === "https:";
    const host = hostname.replace(/^\[|\]$/g, "");
    const name = `${protocol}//${host}:${port}`;
    let place = this.#places.get(name);
    if (place === undefined) {
      place = new Place(host, port === "" ? (secure ? 443 : 80) : Number(port), secure, this.#sockets);
      this.#places.set(name, place);
    }
    this.#last = { url, place };
    return place;
  }

  /** One timer for all requests: a time-out may come a tenth late, and costs nothing while all goes well. */
  #tick(): NodeJS.Timeout {
    const { connectTimeout, attemptTimeout, idleTimeout } = this.#sockets;
    const resolution = Math.max(5, Math.min(500, connectTimeout / 10, attemptTimeout / 10, idleTimeout / 10));
    const timer = setInterval(() => {
      const now = elapsed();
      let busy = false;
      for (const place of this.#places.values()) busy = place.sweep(now) || busy;
      if (busy) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, resolution);
    // What is under way keeps the process alive by its socket.
    return timer.unref();
  }
}

function refuse(exchange: Exchange, cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause);
  exchange.fail(new TransportFailure("refused", message, { cause }));
}

/** With the first TLS connection: it takes longer to load than all of this package. */
async function loadTls(ca: SocketOptions["ca"]): Promise<Secure> {
  const tls = await import("node:tls");
  return { tls, context: tls.createSecureContext(ca === undefined ? {} : { ca: certificates(ca) }) };
}

/** The certificates of the option `ca`. */
export function certificates(own: string | URL | Uint8Array): Buffer {
  return own instanceof Uint8Array ? Buffer.from(own) : fs.readFileSync(own);
}
