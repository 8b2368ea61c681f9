/** A transport and a clock that do what a test says. */

import { randomFillSync } from "node:crypto";
import type { Clock } from "../engine/instance.js";
import {
  type FailureKind,
  type Request,
  type Response,
  type Transport,
  TransportFailure,
} from "../transport/transport.js";
import { differences, RequestMismatch, readable } from "./diff.js";

/** What a request must be. */
export interface Expected {
  /** For instance `PutItem`. */
  readonly action?: string;
  /** The whole body, as JSON. */
  readonly body?: object;
}

/** One answer of a `ScriptedTransport`, a response or a failure, and the request that it is for: any, if it does not say. */
export type ScriptEntry = { readonly expect?: Expected } & (
  | { readonly status: number; readonly head?: string; readonly body?: string | Uint8Array | object }
  | { readonly failure: FailureKind; readonly message?: string }
);

/** Answers requests from a list, in order, and notes them. When the list is used up, or a request is another one, it refuses. */
export class ScriptedTransport implements Transport {
  readonly protocol: "http" | "sdk";
  /** The requests so far. */
  readonly requests: Request[] = [];
  readonly #script: ScriptEntry[];
  #mismatch: RequestMismatch | undefined;

  /** `protocol`: `http` (default) for signed requests, `sdk` for action and body only. */
  constructor(script: readonly ScriptEntry[] = [], protocol: "http" | "sdk" = "http") {
    this.protocol = protocol;
    this.#script = [...script];
  }

  /** Adds answers at the end of the list. */
  push(...entries: readonly ScriptEntry[]): void {
    this.#script.push(...entries);
  }

  /** Answers with the next entry. */
  async send(request: Request): Promise<Response> {
    this.requests.push(request);
    const entry: ScriptEntry = this.#script.shift() ?? { failure: "refused", message: "script used up" };
    this.#check(request, entry.expect ?? {});
    if ("failure" in entry) throw new TransportFailure(entry.failure, entry.message ?? "scripted failure");
    const body = entry.body ?? "{}";
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    return { status: entry.status, head: entry.head ?? "", body: Buffer.from(text as string) };
  }

  #check(request: Request, expected: Expected): void {
    const { action = request.action, body } = expected;
    const lines = differences(action, request.action, "action");
    if (body !== undefined) lines.push(...differences(body, readable(request.body)));
    if (lines.length === 0) return;
    const mismatch = new RequestMismatch(`request ${this.requests.length} is not the expected one`, lines);
    this.#mismatch ??= mismatch;
    throw new TransportFailure("refused", mismatch.message, { cause: mismatch });
  }

  /** For the end of a test: throws unless every request was as expected and every answer was used. */
  done(): void {
    if (this.#mismatch !== undefined) throw this.#mismatch;
    const left = this.#script.length;
    if (left > 0) throw new RequestMismatch(`\`${left}\` answers of the script were not used`, []);
  }
}

/** A clock that stands still until a wait moves it on: waits take no time, and are noted. */
export class ScriptedClock implements Clock {
  /** Now, in nanoseconds since the Unix epoch. */
  now: bigint;
  /** What every draw of 128 bits gives; undefined: fresh randomness. */
  seed: readonly [high: bigint, low: bigint] | undefined;
  /** The waits that ran out, in milliseconds. */
  readonly waits: number[] = [];
  #half = 0;

  /** Starts at `now`. */
  constructor(now: bigint, seed?: readonly [high: bigint, low: bigint]) {
    this.now = now;
    this.seed = seed;
  }

  nanos(): bigint {
    return this.now;
  }

  random(): bigint {
    this.#half = 1 - this.#half;
    if (this.seed === undefined) return randomFillSync(new BigUint64Array(1))[0] as bigint;
    return this.#half === 1 ? this.seed[0] : this.seed[1];
  }

  sleep(milliseconds: number, done: () => void): () => void {
    // After everything that is ready: a reply comes before the timer.
    const timer = setImmediate(() => {
      this.now += BigInt(milliseconds) * 1_000_000n;
      this.waits.push(milliseconds);
      done();
    });
    return () => clearImmediate(timer);
  }
}
