/** One call: a promise of its value that also knows what the call cost. */

import { type Stats, type StatsDocument, statsOf } from "../stats.js";
import type { CallDocument } from "./document.js";
import type { Explanation } from "./explain.js";
import type { TableDescription } from "./table.js";

/** What the core answered to one call. */
export interface ResultDocument {
  item?: Record<string, unknown> | null;
  /** Of reads of several items. */
  items?: (Record<string, unknown> | null)[];
  /** Of `batch_get`: by group. */
  results?: (Record<string, unknown> | null)[][];
  /** Of transactions: by action. */
  stamped?: Record<string, unknown> | (Record<string, unknown> | null)[];
  cursor?: string | null;
  remaining?: number | null;
  count?: number;
  scanned?: number;
  pages?: number;
  /** Of `batch_write`. */
  written?: number;
  /** How far the call has come in the end, as `onProgress` has it. */
  progress?: Record<string, unknown>;
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
  /** The attributes that the library set: timestamps and version. Of `create` and `put`; of transactions, by action. */
  readonly stamped?: ResultDocument["stamped"];
  /** All that the core answered (`result.schema.json`), with values as JavaScript has them. */
  readonly result: ResultDocument;
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

/** Runs call documents. */
export interface Caller {
  /** Runs a call document, made when the call begins, and makes the value of its result. */
  run<T>(
    call: () => string,
    options: RunOptions,
    value: (result: ResultDocument) => T,
    /** Adds to an error what only the caller knows. */
    amend?: (error: unknown) => void,
  ): Call<T>;
  /** What a call would do, without sending anything. */
  explain(call: CallDocument): Explanation;
}

/** What a call may be told besides its document. */
export interface RunOptions extends CallOptions {
  /** Hears how far the call has come; plain JSON, in JavaScript's own naming. */
  // biome-ignore lint/suspicious/noExplicitAny: every call has its own kind of progress
  readonly onProgress?: ((progress: any) => void) | undefined;
}

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
    const result = this.#document();
    const { stats, stamped } = result;
    return { value, stats: statsOf(stats), ...(stamped === undefined ? {} : { stamped }), result };
  }

  override get [Symbol.toStringTag](): string {
    return "Call";
  }
}
