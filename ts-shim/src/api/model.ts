/** The operations on the items of one model. */

import { type Group, Operations } from "./action.js";
import { type BatchOptions, batchGet, batchWrite } from "./batch.js";
import type { Call, Caller, CallOptions, ResultDocument } from "./call.js";
import type { Condition } from "./conditions.js";
import { callText } from "./document.js";
import { Query, type QueryKey, Scan } from "./read.js";

/** What may name an item: its key attributes (a whole item serves), the key values in order, or a lone partition key. */
export type Key<T> = Partial<T> | readonly [KeyValue] | readonly [KeyValue, KeyValue] | Exclude<KeyValue, Date>;

/** A value of a key attribute. */
export type KeyValue = string | number | bigint | Uint8Array | Date;

/** Options of writes. */
export interface WriteOptions extends CallOptions {
  /** Refuses the write unless it holds; then `ConditionFailed`. */
  readonly condition?: Condition;
  /** With `ConditionFailed`, the error's `item` is the item as it stands. */
  readonly returnOldOnFailure?: boolean;
}

/** Options of `put`. */
export interface PutOptions extends WriteOptions {
  /** Refuses the write unless the stored item has this version; then `VersionConflict`. */
  readonly expectVersion?: number | bigint | string;
  /** `ALL_OLD`: the call gives the item that was replaced, not the one that was written. */
  readonly returnValues?: "NONE" | "ALL_OLD";
}

/** What an update gives: the item after it (default) or before it, only the attributes it touched, or nothing. */
export type ReturnValues = "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW";

/** Options of `upsert`. */
export interface UpsertOptions extends WriteOptions {
  /** Default `ALL_NEW`. */
  readonly returnValues?: ReturnValues;
}

/** Paths and what is to become of them. Paths are `attr`, `attr.member`, `attr[3].member`. */
export type Clause<T> = { readonly [K in keyof T]?: unknown } & { readonly [path: string]: unknown };

/** An update: what to change, and under which conditions. Without any clause it bumps version and timestamp. */
export interface Update<T> extends WriteOptions {
  /** Sets values, or what `path`, `plus`, `minus`, `ifNotExists`, `listAppend` say. */
  readonly set?: Clause<T>;
  /** An item as it was read, and as it is to be: what is different is set and removed, nothing else is touched. */
  readonly changes?: { readonly from?: Partial<T> | null; readonly to: Partial<T> };
  /** Sets values where there are none yet. */
  readonly setIfNotExists?: Clause<T>;
  /** Adds to a number, or elements to a set. */
  readonly add?: Clause<T>;
  /** Takes elements out of a set. */
  readonly delete?: Clause<T>;
  /** Removes attributes. */
  readonly remove?: readonly string[];
  /** Adds elements at the end of a list. */
  readonly append?: Clause<T>;
  /** Adds elements at the beginning of a list. */
  readonly prepend?: Clause<T>;
  /** Refuses the update unless the stored item has this version; then `VersionConflict`. */
  readonly expectVersion?: number | bigint | string;
  /** Refuses to create the item. */
  readonly ifExists?: boolean;
  /** More attributes that this update must not change. */
  readonly protectedAttributes?: readonly string[];
  /** Default `ALL_NEW`. */
  readonly returnValues?: ReturnValues;
}

/** Options of `delete`. */
export interface DeleteOptions extends WriteOptions {
  /** Refuses the deletion unless the stored item has this version; then `VersionConflict`. */
  readonly expectVersion?: number | bigint | string;
  /** `ALL_OLD`: the call gives the item that was deleted, undefined when there was none. */
  readonly returnValues?: "NONE" | "ALL_OLD";
}

/** Options of reads. */
export interface GetOptions extends CallOptions {
  /** Strongly consistent. Default false. */
  readonly consistent?: boolean;
  /** Paths to read; the rest of the item stays away. */
  readonly projection?: readonly string[];
  /** Also give attributes that the schema does not know. Default false. */
  readonly raw?: boolean;
}

/** Options of `Model.batchGet`: how items are read, and how the batch is sent. */
export interface BatchGetOptions extends GetOptions, BatchOptions {}

/** What a write with `returnValues` gives. */
export type Returned<T, O, Default> = O extends { readonly returnValues: infer R }
  ? R extends "NONE"
    ? undefined
    : R extends "ALL_OLD"
      ? T | undefined
      : R extends "UPDATED_OLD"
        ? Partial<T> | undefined
        : R extends "UPDATED_NEW"
          ? Partial<T>
          : T
  : Default;

/** An item as it was given, with what was stamped on it: each attribute as it is read, or as it was written. */
export type Written<T, I> = { [K in keyof T]: T[K] | (K extends keyof I ? I[K] : never) };

/** What a read gives: part of the item when it has a projection. */
export type Projected<T, O> = O extends { readonly projection: readonly string[] } ? Partial<T> : T;

/** Options of `waitFor`. */
export interface WaitForOptions extends GetOptions {
  /** What must hold of the item. Default: that it is there. */
  readonly until?: Condition;
  /** Looks into this index. */
  readonly index?: string;
  /** Milliseconds to wait in all; then `TimeoutError`. Default 10000. */
  readonly timeoutMs?: number;
  /** Bound of the first wait in milliseconds; it doubles from look to look. Default 100. */
  readonly baseMs?: number;
  /** Bound of every wait in milliseconds. Default 5000. */
  readonly maxMs?: number;
}

/**
 * The items of one model. `T` is the item as read, `I` as written, `X` the names of its indexes.
 * Every call rejects with a `TableTheoryError`: see its subclasses.
 */
export class Model<T extends object = Record<string, unknown>, I extends object = T, X extends string = string> {
  /** Name of the model. */
  readonly name: string;
  /** The operations as parts of transactions and batches: `db.transact([notes.op.put(note)])`. */
  readonly op: Operations<T, I>;
  readonly #caller: Caller;

  /** Use `TableTheory.model`. */
  constructor(caller: Caller, name: string) {
    this.#caller = caller;
    this.name = name;
    this.op = new Operations(name);
  }

  /**
   * Writes an item that must not exist yet. Gives the item with what the library stamped on it.
   * @throws ConditionFailed when the item exists.
   */
  create(item: I, options: WriteOptions = {}): Call<Written<T, I>> {
    return this.#run("create", { item }, options, (result) => {
      return { ...item, ...result.stamped } as unknown as Written<T, I>;
    });
  }

  /**
   * Writes an item, replacing the one that may be there. Gives the item with what the library stamped on it, or, with
   * `returnValues: "ALL_OLD"`, the item that was replaced (undefined when there was none).
   */
  put<const O extends PutOptions = object>(item: I, options?: O): Call<Returned<T, O, Written<T, I>>> {
    const old = options?.returnValues === "ALL_OLD";
    return this.#run("put", { item }, options ?? {}, (result) => {
      return (old ? (result.item ?? undefined) : { ...item, ...result.stamped }) as Returned<T, O, Written<T, I>>;
    });
  }

  /** Writes the given attributes into an item, creating it if need be; others stay. Gives the whole item. */
  upsert<const O extends UpsertOptions = object>(item: I, options?: O): Call<Returned<T, O, T>> {
    return this.#run("upsert", { item }, options ?? {}, (result) => (result.item ?? undefined) as Returned<T, O, T>);
  }

  /**
   * Reads an item.
   * @throws ItemNotFound when there is none; `find` gives undefined instead.
   */
  get<const O extends GetOptions = object>(key: Key<T>, options?: O): Call<Projected<T, O>> {
    return this.#run("get", { key }, options ?? {}, (result) => result.item as Projected<T, O>);
  }

  /** Reads an item; undefined when there is none. */
  find<const O extends GetOptions = object>(key: Key<T>, options?: O): Call<Projected<T, O> | undefined> {
    return this.#run(
      "find",
      { key },
      options ?? {},
      (result) => (result.item ?? undefined) as Projected<T, O> | undefined,
    );
  }

  /**
   * Changes attributes of an item. Gives the item afterwards, unless `returnValues` says otherwise.
   * @throws VersionConflict when `expectVersion` is not the stored version; ConditionFailed.
   */
  update<const O extends Update<T>>(key: Key<T>, update: O): Call<Returned<T, O, T>> {
    return this.#run("update", { key }, update, (result) => (result.item ?? undefined) as Returned<T, O, T>);
  }

  /** Deletes an item; no error when there is none. Gives undefined, or the old item with `returnValues: "ALL_OLD"`. */
  delete<const O extends DeleteOptions = object>(key: Key<T>, options?: O): Call<Returned<T, O, undefined>> {
    return this.#run(
      "delete",
      { key },
      options ?? {},
      (result) => (result.item ?? undefined) as Returned<T, O, undefined>,
    );
  }

  /**
   * Items of one partition, in the order of their sort key: a builder, read by `for await`, `page()`, `all()`, `first()`.
   * With `index(…)`, the partition of an index.
   */
  query(key: QueryKey<T>): Query<T, X> {
    return new Query(this.#caller, { model: this.name, key });
  }

  /** All items of the table: a builder as of `query`. */
  scan(): Scan<T, X> {
    return new Scan(this.#caller, { model: this.name });
  }

  /**
   * Reads an item again and again until it is there, or until `until` holds: for indexes, and for what others write.
   * @throws TimeoutError when it has taken too long.
   */
  waitFor<const O extends WaitForOptions = object>(key: QueryKey<T>, options?: O): Call<Projected<T, O>> {
    const query = new Query<T, X>(this.#caller, { model: this.name, key, ...options });
    const text = () => JSON.stringify({ ...query.document(), op: "wait_for" });
    return this.#caller.run(text, options ?? {}, (result) => result.item as Projected<T, O>);
  }

  /**
   * Reads any number of items by their keys; undefined where there is none.
   * @throws BatchOperationFailed when some could not be read; `remaining` holds them.
   */
  batchGet<const O extends BatchGetOptions = BatchGetOptions>(
    keys: readonly Key<T>[],
    options?: O,
  ): Call<(Projected<T, O> | undefined)[]> {
    const { signal, timeout, parallel, onProgress, ...read } = (options ?? {}) as BatchGetOptions;
    const group = this.op.gets(keys, read) as Group<(Projected<T, O> | undefined)[], "get">;
    return batchGet(this.#caller, [group], defined({ signal, timeout, parallel, onProgress }), ([items]) => items);
  }

  /**
   * Writes any number of items, each by itself. Gives how many.
   * @throws BatchOperationFailed when some were not written, or may not have been; `remaining` holds them.
   */
  batchPut(items: readonly I[], options: BatchOptions = {}): Call<number> {
    return batchWrite(this.#caller, [this.op.puts(items)], options);
  }

  /** Deletes any number of items by their keys, each by itself. Gives how many; as `batchPut`. */
  batchDelete(keys: readonly Key<T>[], options: BatchOptions = {}): Call<number> {
    return batchWrite(this.#caller, [this.op.deletes(keys)], options);
  }

  #run<R>(
    op: string,
    subject: { item?: unknown; key?: unknown },
    options: CallOptions,
    value: (result: ResultDocument) => R,
  ): Call<R> {
    return this.#caller.run(() => callText(op, this.name, subject, options), options, value);
  }
}

function defined<T extends object>(options: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
