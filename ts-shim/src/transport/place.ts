/** The connections to one endpoint. */

import type { Socket } from "node:net";
import { elapsed, net } from "../builtin.js";
import type { Exchange, Secure, Sockets } from "./socket.js";
import { TransportFailure } from "./transport.js";

/** Idle connections kept per endpoint. */
const MOST_IDLE = 50;

/** After so many milliseconds without a request, the event loop gets a turn to notice that a connection was closed. */
const TRUSTED = 500;

/** What comes from any connection stands here until it is handed on, which is at once. */
let buffer: Buffer | undefined;

/** One endpoint: scheme, host, port. */
export class Place {
  readonly #host: string;
  readonly #port: number;
  /** Whether connections are encrypted. */
  readonly #encrypted: boolean;
  #secure: Secure | undefined;
  readonly sockets: Sockets;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting: Exchange[] = [];
  #session: Buffer | undefined;

  constructor(host: string, port: number, encrypted: boolean, sockets: Sockets) {
    this.#host = host;
    this.#port = port;
    this.#encrypted = encrypted;
    this.sockets = sockets;
  }

  /** It has yet to `begin`. */
  get waitsForTls(): boolean {
    return this.#encrypted && this.#secure === undefined;
  }

  /** Now it can make connections, and sends, unless nobody waits for it any more. */
  begin(secure: Secure, exchange: Exchange): void {
    this.#secure = secure;
    if (!exchange.over) this.send(exchange);
  }

  /** Sends over an idle connection, else over a new one, else as soon as there is one. */
  send(exchange: Exchange): void {
    if (exchange.fresh) {
      // Whatever closed the one that was found closed has closed these as well.
      for (const connection of this.#idle.splice(0)) connection.destroy();
    }
    const now = elapsed();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      const age = now - idle.since;
      if (age < TRUSTED) {
        idle.send(exchange);
        return;
      }
      // A process that was frozen meanwhile has not noticed the time-out.
      if (age < this.sockets.idleTimeout) {
        this.#check(idle, exchange);
        return;
      }
      idle.destroy();
    }
    if (this.#connections.size < this.sockets.maxSockets) this.#open(exchange);
    else this.#wait(exchange);
  }

  /** Lets the event loop look at the sockets first. */
  #check(idle: Connection, exchange: Exchange): void {
    idle.reserve();
    const destroy = () => idle.destroy();
    exchange.line = { keep: destroy, close: destroy };
    setImmediate(() =>
      setImmediate(() => {
        if (exchange.over) return;
        if (idle.closed) this.send(exchange);
        else idle.send(exchange);
      }),
    );
  }

  #wait(exchange: Exchange): void {
    this.#waiting.push(exchange);
    const leave = () => this.#waiting.splice(this.#waiting.indexOf(exchange), 1);
    exchange.line = { keep: leave, close: leave };
  }

  #open(exchange: Exchange): void {
    const connection = new Connection(this, this.#connect.bind(this), exchange);
    this.#connections.add(connection);
  }

  #connect(callback: (length: number, bytes: Uint8Array) => boolean): Socket {
    buffer ??= Buffer.allocUnsafeSlow(65_536);
    const where = { host: this.#host, port: this.#port, onread: { buffer, callback } };
    if (this.#secure === undefined) return net().connect(where);
    const socket = this.#secure.tls.connect({
      ...where,
      secureContext: this.#secure.context,
      rejectUnauthorized: true,
      ALPNProtocols: ["http/1.1"],
      ...(net().isIP(this.#host) === 0 ? { servername: this.#host } : {}),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on("session", (session) => {
      this.#session = session;
    });
    return socket;
  }

  /** The event that says that a socket can be written to. */
  get readyEvent(): string {
    return this.#encrypted ? "secureConnect" : "connect";
  }

  /** A connection is free: for one who waits, or for later. */
  free(connection: Connection): void {
    const next = this.#waiting[0];
    if (next !== undefined && !next.fresh) {
      this.#waiting.shift();
      connection.send(next);
    } else if (next !== undefined || this.#idle.length >= MOST_IDLE) {
      connection.destroy();
    } else {
      this.#idle.push(connection);
      connection.rest();
    }
  }

  /** A connection is gone: there is room for another. */
  gone(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#open(next);
  }

  /** Ends what has taken too long. Answers whether there is anything to look after. */
  sweep(now: number): boolean {
    for (const exchange of [...this.#waiting]) {
      if (exchange.deadline >= now) continue;
      exchange.line?.close();
      exchange.fail(late(`no connection was free within ${this.sockets.attemptTimeout} ms`, "connect"));
    }
    for (const connection of [...this.#connections]) connection.sweep(now);
    return this.#connections.size + this.#waiting.length > 0;
  }

  /** Closes all connections. */
  close(): void {
    const waiting = this.#waiting.splice(0);
    const closed = new Error("the transport was closed");
    for (const connection of [...this.#connections]) connection.lose(closed);
    for (const exchange of waiting) exchange.fail(new TransportFailure("connect", closed.message, { cause: closed }));
    this.#session = undefined;
  }
}

function late(message: string, kind: "connect" | "timeout"): TransportFailure {
  return new TransportFailure(kind, message);
}

/** One connection: for one request at a time. */
class Connection {
  readonly #place: Place;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;
  #ready = false;
  #served = false;
  #cause: Error | undefined;
  /** Gone, or about to be. */
  closed = false;
  /** Since when it is idle or connecting. */
  since = elapsed();

  constructor(
    place: Place,
    open: (received: (length: number, bytes: Uint8Array) => boolean) => Socket,
    exchange: Exchange,
  ) {
    this.#place = place;
    this.#exchange = exchange;
    exchange.line = this;
    this.#socket = open((length, bytes) => {
      this.#received(length, bytes as Buffer);
      return true;
    });
    this.#socket.setNoDelay(true);
    this.#socket.once(place.readyEvent, () => {
      this.#ready = true;
      // Whoever gave up meanwhile has closed it.
      if (this.#exchange !== undefined) this.send(this.#exchange);
    });
    this.#socket.on("error", (error) => {
      this.#cause = error;
    });
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("close", () => this.#lost());
  }

  /** It is about to be used: the process waits for it. */
  reserve(): void {
    this.#socket.ref();
  }

  send(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.line = this;
    this.#socket.ref();
    this.#socket.write(exchange.message);
  }

  #received(length: number, bytes: Buffer): void {
    const exchange = this.#exchange;
    // Nobody asked: what follows on such a connection cannot be trusted.
    if (exchange === undefined) {
      this.destroy();
      return;
    }
    exchange.started = true;
    exchange.receiver.received(exchange, bytes, length);
  }

  #ended(): void {
    const exchange = this.#exchange;
    if (exchange?.started && !exchange.over) exchange.receiver.ended(exchange);
    this.#lost();
  }

  #lost(): void {
    const exchange = this.#exchange;
    this.destroy();
    if (exchange === undefined || exchange.over) return;
    const cause = this.#cause;
    const message = cause?.message || "the connection was closed";
    const kind = !this.#ready ? "connect" : this.#served && !exchange.started ? "stale" : "broken";
    exchange.fail(new TransportFailure(kind, message, cause === undefined ? undefined : { cause }));
  }

  /** Closes it; a request under way is lost. */
  lose(cause: Error): void {
    this.#cause = cause;
    this.#lost();
  }

  /** The exchange is over and the connection can serve others, unless its message is not even written yet. */
  keep(): void {
    this.#exchange = undefined;
    this.#served = true;
    if (this.closed || this.#socket.writableLength > 0) this.destroy();
    else this.#place.free(this);
  }

  close(): void {
    this.destroy();
  }

  /** Nothing is to be done for now: it keeps no process alive. */
  rest(): void {
    this.since = elapsed();
    this.#socket.unref();
  }

  sweep(now: number): void {
    const { connectTimeout, attemptTimeout, idleTimeout } = this.#place.sockets;
    const exchange = this.#exchange;
    if (exchange === undefined) {
      if (now - this.since > idleTimeout) this.destroy();
    } else if (now > exchange.deadline) {
      this.destroy();
      exchange.fail(late(`no response within ${attemptTimeout} ms`, this.#ready ? "timeout" : "connect"));
    } else if (!this.#ready && now - this.since > connectTimeout) {
      this.destroy();
      exchange.fail(late(`no connection within ${connectTimeout} ms`, "connect"));
    }
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.#exchange = undefined;
    this.#socket.destroy();
    this.#place.gone(this);
  }
}
