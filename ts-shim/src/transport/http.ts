/**
 * HTTP/1.1 over `node:http` and `node:https` with keep-alive: sends the bytes that the core wrote, once.
 *
 * Not `fetch`: it costs two and a half times the CPU of an agent's request.
 */

import type * as http from "node:http";
import type * as https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { isLocal } from "./proxy.js";
import { certificates, type SocketOptions } from "./socket.js";
import { type Request, type Response, type Transport, TransportFailure } from "./transport.js";

/** Options of the built-in transports. */
export interface HttpOptions extends SocketOptions {
  /** An agent of your own (proxy, client certificates), for `http:` or `https:` as the endpoint is. It is not closed. */
  agent?: http.Agent;
}

interface Modules {
  readonly http: typeof http;
  readonly https: typeof https;
}

/** Loaded with the first request: they take longer than all else of this package, and most programs do without. */
async function load(): Promise<Modules> {
  const [plain, secure] = await Promise.all([import("node:http"), import("node:https")]);
  return { http: plain, https: secure };
}

let modules: Promise<Modules> | undefined;

/** The built-in HTTP transport. Proxies are taken from the environment where Node's agents can do that (24.5 and later). */
export class HttpTransport implements Transport {
  readonly protocol = "http";
  readonly #options: HttpOptions;
  readonly #agents = new Map<string, http.Agent>();
  readonly #targets = new Map<string, Target>();

  /** Makes no connection yet. */
  constructor(options: HttpOptions = {}) {
    this.#options = options;
  }

  /** Sends one request as it is and reads the whole response. */
  async send(request: Request, signal?: AbortSignal): Promise<Response> {
    modules ??= load();
    const loaded = await modules;
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(request, loaded);
      new Exchange(outgoing, this.#options, signal, resolve, reject);
      outgoing.end(request.body);
    });
  }

  #open(request: Request, loaded: Modules): http.ClientRequest {
    try {
      const { request: open, authority, ...where } = this.#target(request.url, loaded);
      return open({ method: "POST", ...where, headers: rawHeaders(authority, request) });
    } catch (cause) {
      throw new TransportFailure("refused", cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  /** Closes idle and busy connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
    this.#targets.clear();
  }

  #target(address: string, { http, https }: Modules): Target {
    let target = this.#targets.get(address);
    if (target === undefined) {
      const url = new URL(address);
      const secure = url.protocol === "https:";
      target = {
        request: secure ? https.request : http.request,
        agent: this.#options.agent ?? this.#agent(url, secure ? https : http),
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
        path: url.pathname + url.search,
        authority: url.host,
      };
      this.#targets.set(address, target);
    }
    return target;
  }

  #agent(url: URL, { Agent }: { Agent: new (options: https.AgentOptions) => http.Agent }): http.Agent {
    const secure = url.protocol === "https:";
    // A local emulator is never behind a proxy. Node 22 loses the host of plain HTTP towards a proxy.
    const proxied = !isLocal(url.hostname) && (secure || Number.parseInt(process.versions.node, 10) >= 24);
    const name = `${url.protocol} ${proxied}`;
    let agent = this.#agents.get(name);
    if (agent === undefined) {
      const options: https.AgentOptions = {
        keepAlive: true,
        timeout: this.#options.idleTimeout ?? 15_000,
        maxSockets: this.#options.maxSockets ?? 50,
        ...(secure && this.#options.ca !== undefined ? { ca: certificates(this.#options.ca) } : {}),
        ...(proxied ? { proxyEnv: process.env } : {}),
      };
      agent = new Agent(options);
      this.#agents.set(name, agent);
    }
    return agent;
  }
}

interface Target {
  readonly request: typeof http.request;
  readonly agent: http.Agent;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly authority: string;
}

/** Host and length, then the core's header lines in their order. */
function rawHeaders(authority: string, request: Request): string[] {
  const headers = ["host", authority, "content-length", String(request.body.length)];
  for (const line of request.head.split("\r\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) headers.push(line.slice(0, colon), line.slice(colon + 2));
  }
  return headers;
}

/** One request under way. */
class Exchange {
  readonly #outgoing: http.ClientRequest;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (failure: TransportFailure) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #attempt: NodeJS.Timeout;
  #connect: NodeJS.Timeout | undefined;
  #connected = false;
  #over = false;

  constructor(
    outgoing: http.ClientRequest,
    options: HttpOptions,
    signal: AbortSignal | undefined,
    resolve: (response: Response) => void,
    reject: (failure: TransportFailure) => void,
  ) {
    this.#outgoing = outgoing;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    const attempt = options.attemptTimeout ?? 10_000;
    this.#attempt = setTimeout(() => {
      const kind = this.#connected ? "timeout" : "connect";
      this.#fail(new TransportFailure(kind, `no response within ${attempt} ms`));
    }, attempt);
    signal?.addEventListener("abort", this.#aborted);
    outgoing.once("socket", (socket) => this.#assigned(socket, options.connectTimeout ?? 3_000));
    outgoing.once("response", (incoming) => this.#receive(incoming));
    outgoing.on("error", (error) => this.#broke(error));
  }

  readonly #aborted = () => this.#fail(new TransportFailure("broken", "aborted"));

  #assigned(socket: Socket, timeout: number): void {
    if (!socket.connecting) {
      this.#connected = true;
      return;
    }
    this.#connect = setTimeout(() => {
      this.#fail(new TransportFailure("connect", `no connection within ${timeout} ms`));
    }, timeout);
    socket.once((socket as TLSSocket).encrypted ? "secureConnect" : "connect", () => {
      this.#connected = true;
      clearTimeout(this.#connect);
    });
  }

  #receive(incoming: http.IncomingMessage): void {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", (error) => this.#broke(error));
    incoming.on("end", () => {
      if (this.#over) return;
      this.#end();
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      this.#resolve({ status: incoming.statusCode ?? 0, head: headText(incoming.rawHeaders), body });
    });
  }

  #broke(cause: Error): void {
    this.#fail(new TransportFailure(this.#connected ? "broken" : "connect", cause.message, { cause }));
  }

  #fail(failure: TransportFailure): void {
    if (this.#over) return;
    this.#end();
    this.#outgoing.destroy();
    this.#reject(failure);
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#attempt);
    clearTimeout(this.#connect);
    this.#signal?.removeEventListener("abort", this.#aborted);
  }
}

function headText(raw: string[]): string {
  let text = "";
  for (let at = 0; at + 1 < raw.length; at += 2) text += `${raw[at]}: ${raw[at + 1]}\n`;
  return text;
}
