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

/** The promise that every call answers. `await` gives the value; `withStats()` the value and what it cost. */
export class Call<T> implements Promise<T> {
  readonly #result: Promise<WithStats<T>>;

  /** Calls are made by the library. */
  constructor(result: Promise<ResultDocument>, value: (result: ResultDocument) => T) {
    this.#result = result.then((document) => ({
      value: value(document),
      stats: statsOf(document.stats),
      ...(document.stamped === undefined ? {} : { stamped: document.stamped }),
    }));
  }

  /** The value, the statistics and what the library stamped. Rejects as the call does; errors carry `stats` too. */
  withStats(): Promise<WithStats<T>> {
    return this.#result;
  }

  /** As of any promise. */
  // biome-ignore lint/suspicious/noThenProperty: a call is a promise
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const done = fulfilled ?? ((value: T) => value as unknown as A);
    return this.#result.then(({ value }) => done(value), rejected);
  }

  /** As of any promise. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected);
  }

  /** As of any promise. */
  finally(settled?: (() => void) | null): Promise<T> {
    return this.then().finally(settled);
  }

  get [Symbol.toStringTag](): string {
    return "Call";
  }
}
