/** Queries and scans: builders that put a call document together. Each method gives a new builder; the old one stays as it is. */

import { statsOf } from "../stats.js";
import type { Call, Caller, CallOptions, ResultDocument } from "./call.js";
import type { Condition, Operators } from "./conditions.js";
import { callDocument, encodeQueryKey } from "./document.js";
import type { Explanation } from "./explain.js";
import type { KeyValue } from "./model.js";
import { Items, type Page, type PageOf, pagesOf } from "./pages.js";

/**
 * Which partition: the value of its key attribute, the values of its key attributes (and of sort attributes) in order, or an
 * object with them, in which sort attributes may have operators. A whole item serves.
 */
export type QueryKey<T> = KeyValue | readonly KeyValue[] | { readonly [K in keyof T]?: T[K] | Operators | KeyValue };

/** Paths of attributes: their names, or paths into them. */
export type Path<T> = (keyof T & string) | (string & {});

/** Options of the calls that read pages. */
export interface ReadOptions extends CallOptions {
  /** Where to go on: the cursor of a page. */
  readonly cursor?: string | undefined;
  /** Most pages of DynamoDB to read in this call. Not for loops over items or pages: leave them instead. */
  readonly pages?: number | undefined;
}

/** How far a scan has come. */
export interface ScanProgress {
  /** Items given. */
  items: number;
  pages: number;
  /** Items looked at. */
  scanned: number;
  /** Segments of the whole scan, and how many of them are read to their end. */
  segments: number;
  segmentsDone: number;
  /** Capacity units, when the service tells. */
  capacity: number | null;
}

/** What queries and scans have in common. */
abstract class Read<T extends object, X extends string, O extends ReadOptions> implements AsyncIterable<T> {
  readonly #caller: Caller;
  readonly #members: Readonly<Record<string, unknown>>;
  protected abstract readonly op: string;

  constructor(caller: Caller, members: Readonly<Record<string, unknown>>) {
    this.#caller = caller;
    this.#members = members;
  }

  /** This builder with more members. */
  protected with(members: Readonly<Record<string, unknown>>): this {
    const made = this.constructor as new (caller: Caller, members: object) => this;
    return new made(this.#caller, { ...this.#members, ...members });
  }

  /** This builder with one more condition: what is asked for already must hold, too. */
  protected also(name: string, condition: Condition): this {
    const before = this.#members[name];
    return this.with({ [name]: before === undefined ? condition : { $and: [before, condition] } });
  }

  protected member<M>(name: string): M | undefined {
    return this.#members[name] as M | undefined;
  }

  /** Reads an index instead of the table. */
  index(name: X): this {
    return this.with({ index: name });
  }

  /** Gives only items that meet a condition. What does not has been read, and paid for, all the same. */
  filter(condition: Condition): this {
    return this.also("filter", condition);
  }

  /** Strongly consistent; not on a global index. */
  consistent(consistent = true): this {
    return this.with({ consistent });
  }

  /** Items wanted, over all pages. Default: all. */
  limit(items: number): this {
    return this.with({ limit: items });
  }

  /** Items that DynamoDB looks at for one page. Default: as many as 1 MB holds. */
  pageSize(items: number): this {
    return this.with({ pageSize: items });
  }

  /** Also gives attributes that the schema does not know. */
  raw(raw = true): this {
    return this.with({ raw });
  }

  /** Goes on where a page ended. */
  after(cursor: string | undefined): this {
    return this.with({ cursor });
  }

  /**
   * One page: with a limit as many items as that, from as many pages of DynamoDB as it takes; without one a page of DynamoDB.
   * @throws InvalidCursor when the cursor is malformed or belongs to another query.
   */
  page(options?: O): Call<Page<T>> {
    const whole = this.member("limit") !== undefined || options?.pages !== undefined;
    return this.#run(options, whole ? {} : { pages: this.turnPages() }, pageOf<T>) as Call<Page<T>>;
  }

  /** All items in one list. For many, `for await` needs less memory. */
  all(options?: O): Call<T[]> {
    return this.#run(options, {}, (result) => result.items as T[]);
  }

  /** The first item; undefined when there is none. */
  first(options?: O): Call<T | undefined> {
    return this.limit(1).#run(options, {}, (result) => result.items?.[0] as T | undefined);
  }

  /** How many items there are. They are read, and paid for, but stay away. */
  count(options?: O): Call<number> {
    return this.#run(options, { count: true }, (result) => result.count as number);
  }

  /** The pages of DynamoDB, each read when it is asked for. Leaving the loop ends it. */
  pages(options?: O): AsyncGenerator<Page<T>, undefined, undefined> {
    const start = options?.cursor ?? this.member<string>("cursor");
    const given = this.everyTurn(options);
    const turn = (cursor: string | undefined, limit: number | undefined) => {
      return this.#run(given, { cursor, limit, pages: this.turnPages() }, pageOf<T>);
    };
    return pagesOf(turn, start, this.member("limit"));
  }

  /** The items one after the other, read page by page. Leaving the loop ends it. */
  items(options?: O): Items<T> {
    return new Items(this.pages(options));
  }

  /** `for await (const item of query)`: as `items()`. */
  [Symbol.asyncIterator](): Items<T> {
    return this.items();
  }

  /** What it would do, without sending anything. */
  explain(): Explanation {
    return this.#caller.explain(this.document());
  }

  /** The call document. */
  document(...members: readonly object[]): Record<string, unknown> {
    const { model, key, ...rest } = this.#members;
    const document = callDocument(this.op, model as string);
    if (key !== undefined) document.key = encodeQueryKey(key, "/key");
    return Object.assign(document, callDocument(this.op, model as string, rest, ...members));
  }

  /** Pages that are read for one turn of `pages`. */
  protected turnPages(): number {
    return 1;
  }

  /** The options for the calls that `pages` makes. */
  protected everyTurn(options: O | undefined): O | undefined {
    return options;
  }

  #run<R>(options: O | undefined, members: object, value: (result: ResultDocument) => R): Call<R> {
    const given = options ?? {};
    return this.#caller.run(() => JSON.stringify(this.document(given, members)), given, value);
  }
}

function pageOf<T>(result: ResultDocument): PageOf<T> {
  return {
    items: result.items as T[],
    cursor: result.cursor ?? undefined,
    remaining: result.remaining ?? undefined,
    scanned: result.scanned as number,
    stats: statsOf(result.stats),
  };
}

/** Items of one partition of a table or index, in the order of their sort key. Made by `Model.query`. */
export class Query<T extends object, X extends string = string> extends Read<T, X, ReadOptions> {
  protected readonly op = "query";

  /** Conditions: those on sort attributes choose what is read, the others what is given of it, as `filter` does. */
  where(condition: Condition): this {
    return this.also("where", condition);
  }

  /** By the sort key: `asc` (default) or `desc`. */
  order(order: "asc" | "desc"): this {
    return this.with({ order });
  }

  /** Reads only these paths. */
  projection<const P extends readonly Path<T>[]>(...paths: P): Query<Partial<T>, X> {
    return this.with({ projection: paths }) as unknown as Query<Partial<T>, X>;
  }
}

/** Options of the calls of a scan. */
export interface ScanOptions extends ReadOptions {
  /** Hears after each page how far this call has come. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** All items of a table or index. Made by `Model.scan`. */
export class Scan<T extends object, X extends string = string> extends Read<T, X, ScanOptions> {
  protected readonly op = "scan";

  /** Divides the table into so many segments, and reads several of them side by side. `parallel`: how many; default up to 4. */
  segments(segments: number, parallel?: number): this {
    return this.with({ segments, parallel });
  }

  /** Reads only this segment, from 0: for scans that several processes share. */
  segment(segment: number): this {
    return this.with({ segment });
  }

  /** Reads only these paths. */
  projection<const P extends readonly Path<T>[]>(...paths: P): Scan<Partial<T>, X> {
    return this.with({ projection: paths }) as unknown as Scan<Partial<T>, X>;
  }

  /** Side by side, a page of each segment that is being read. */
  protected override turnPages(): number {
    const segments = this.member<number>("segments");
    if (segments === undefined || this.member("segment") !== undefined) return 1;
    return this.member<number>("parallel") ?? Math.min(segments, 4);
  }

  /** Every turn counts from 0: adds up. */
  protected override everyTurn(options: ScanOptions | undefined): ScanOptions | undefined {
    const hear = options?.onProgress;
    if (hear === undefined) return options;
    let before: ScanProgress | undefined;
    let last: ScanProgress | undefined;
    const onProgress = (progress: ScanProgress) => {
      // A turn that begins anew has fewer pages than the last one had in the end.
      if (last !== undefined && progress.pages <= last.pages) before = added(before, last);
      last = progress;
      hear(added(before, progress));
    };
    return { ...options, onProgress };
  }
}

function added(before: ScanProgress | undefined, progress: ScanProgress): ScanProgress {
  if (before === undefined) return progress;
  const capacity =
    before.capacity === null && progress.capacity === null ? null : (before.capacity ?? 0) + (progress.capacity ?? 0);
  return {
    ...progress,
    items: before.items + progress.items,
    pages: before.pages + progress.pages,
    scanned: before.scanned + progress.scanned,
    capacity,
  };
}
