/** One call: a promise of its value that also knows what the call cost. */

import { type Stats, type StatsDocument, statsOf } from "../stats.js";
import type { TableDescription } from "./table.js";

/** What the core answered to one call. */
export interface ResultDocument {
  item?: Record<string, unknown> | null;
  stamped?: Record<string, unknown>;
  table?: TableDescription;
  created?: boolean;
  deleted?: boolean;
  stats: StatsDocument;
}

/** A value with what it cost. */
export interface WithStats<T> {
  /** What the call gives. */
  readonly value: T;
  /** Requests, retries, back-off, consumed capacity, request id. */
  readonly stats: Stats;
  /** The attributes that the library set: timestamps and version. Of `create` and `put`. */
  readonly stamped?: Readonly<Record<string, unknown>> | undefined;
}

/** Options that every call takes. */
export interface CallOptions {
  /** Cancels the call: it rejects with `Canceled`, requests in flight are aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, retries and waits included. Default: the client's `callTimeout`. */
  readonly timeout?: number | undefined;
}

const never = (): ResultDocument => {
  throw new TypeError("calls are made by the library");
};

/** The promise that every call answers. `await` gives the value; `withStats()` the value and what it cost. */
export class Call<T> extends Promise<T> {
  #document: () => ResultDocument = never;

  static {
    // What is derived from it (`then`) is a plain promise, and `await` takes it as one, without another in between.
    Object.defineProperty(Call.prototype, "constructor", { value: Promise, configurable: true, writable: true });
  }

  /** Calls are made by the library: `run` gets functions that take the result document, or the error. */
  static run<T>(
    value: (result: ResultDocument) => T,
    run: (done: (result: ResultDocument) => void, failed: (error: unknown) => void) => void,
  ): Call<T> {
    let document: ResultDocument;
    const call = new Call<T>((resolve, reject) => {
      const done = (result: ResultDocument) => {
        document = result;
        resolve(value(result));
      };
      run(done, reject);
    });
    call.#document = () => document;
    return call;
  }

  /** The value, the statistics and what the library stamped. Rejects as the call does; errors carry `stats` too. */
  async withStats(): Promise<WithStats<T>> {
    const value = await this;
    const { stats, stamped } = this.#document();
    return { value, stats: statsOf(stats), ...(stamped === undefined ? {} : { stamped }) };
  }

  override get [Symbol.toStringTag](): string {
    return "Call";
  }
}
