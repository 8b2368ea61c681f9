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

/** One answer of a `ScriptedTransport`: a response or a failure. */
export type ScriptEntry =
  | { readonly status: number; readonly head?: string; readonly body?: string | Uint8Array | object }
  | { readonly failure: FailureKind; readonly message?: string };

/** Answers requests from a list, in order, and notes them. When the list is used up it refuses. */
export class ScriptedTransport implements Transport {
  readonly protocol: "http" | "sdk";
  /** The requests so far. */
  readonly requests: Request[] = [];
  readonly #script: ScriptEntry[];

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
    const entry = this.#script.shift() ?? { failure: "refused", message: "script used up" };
    if ("failure" in entry) throw new TransportFailure(entry.failure, entry.message ?? "scripted failure");
    const body = entry.body ?? "{}";
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    return { status: entry.status, head: entry.head ?? "", body: Buffer.from(text as string) };
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
