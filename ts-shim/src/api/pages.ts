/** Pages of a query or scan, and the items in them, one after the other. */

import type { Stats } from "../stats.js";

/** A page: some of the items, and where to go on. */
export interface Page<T> {
  readonly items: T[];
  /** Where to go on: for the option `cursor`. Undefined: these were the last. */
  readonly cursor: string | undefined;
  /** Items that DynamoDB looked at; more than it gave, with a filter. */
  readonly scanned: number;
  /** What it cost. */
  readonly stats: Stats;
}

/** A page with what the core wants to know for the next one. */
export interface PageOf<T> extends Page<T> {
  /** Items of the limit that are still wanted. */
  readonly remaining: number | undefined;
}

/** Reads the page at a cursor, with this much of the limit left. */
export type Turn<T> = (cursor: string | undefined, limit: number | undefined) => PromiseLike<PageOf<T>>;

/** All pages from here on; each is read when it is asked for. */
export async function* pagesOf<T>(
  turn: Turn<T>,
  start: string | undefined,
  limit: number | undefined,
): AsyncGenerator<Page<T>, undefined, undefined> {
  let cursor = start;
  let left = limit;
  do {
    const { remaining, ...page } = await turn(cursor, left);
    cursor = page.cursor;
    left = remaining;
    yield page;
  } while (cursor !== undefined && left !== 0);
}

/** The items of pages. Written out, for a generator would take several turns of the event loop's microtasks for each. */
export class Items<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #pages: AsyncGenerator<Page<T>, undefined, undefined>;
  #items: readonly T[] = [];
  #at = 0;
  #loading: Promise<IteratorResult<T, undefined>> | undefined;

  constructor(pages: AsyncGenerator<Page<T>, undefined, undefined>) {
    this.#pages = pages;
  }

  /** The next item. */
  next(): Promise<IteratorResult<T, undefined>> {
    // Whoever asks before the answer to the last question is here comes after it.
    if (this.#loading !== undefined) return this.#loading.then(() => this.next());
    if (this.#at < this.#items.length) {
      return Promise.resolve({ value: this.#items[this.#at++] as T, done: false });
    }
    const loading = this.#load().finally(() => {
      this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async #load(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const { done, value } = await this.#pages.next();
      if (done) return { value: undefined, done };
      if (value.items.length === 0) continue;
      this.#items = value.items;
      this.#at = 1;
      return { value: value.items[0] as T, done: false };
    }
  }

  /** Ends it: no further page is read. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    await this.#pages.return(undefined);
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
