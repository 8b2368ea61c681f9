/** Operations that are not carried out by themselves: parts of transactions and batches, or to be explained. */

import { encodeMembers } from "../values/encode.js";
import type { CallOptions } from "./call.js";
import { addMembers, type CallDocument, callDocument, encodeKey, nested } from "./document.js";
import type { DeleteOptions, GetOptions, Key, Projected, PutOptions, Update, WriteOptions, Written } from "./model.js";

/** What an action does. */
export type ActionKind = "put" | "create" | "update" | "delete" | "check" | "get";

type Plain<O> = Omit<O, keyof CallOptions | "returnValues">;

/** One operation on one item. `R`: what it gives within `transact` or `transactGet`. */
export class Action<R = unknown, K extends ActionKind = ActionKind> {
  readonly kind: K;
  /** Name of the model. */
  readonly model: string;
  readonly #members: object;
  readonly #value: (result: Record<string, unknown> | undefined) => R;

  /** Made by `Model.op`. */
  constructor(kind: K, model: string, members: object, value: (result: Record<string, unknown> | undefined) => R) {
    this.kind = kind;
    this.model = model;
    this.#members = members;
    this.#value = value;
  }

  /** The members of its call, to stand at `at` in another one. */
  within(at: string): CallDocument {
    return addMembers({ model: this.model }, this.#members, at);
  }

  /** The call document of this operation alone. */
  document(): CallDocument {
    return callDocument(this.kind, this.model, this.#members);
  }

  /** What it gives, from what the transaction stamped or read. */
  value(result: Record<string, unknown> | undefined): R {
    return this.#value(result);
  }
}

/** Several items of one model in a batch. `R`: what a `batchGet` gives for them. */
export class Group<R = unknown, K extends "put" | "delete" | "get" = "put" | "delete" | "get"> {
  readonly kind: K;
  /** Name of the model. */
  readonly model: string;
  /** The items or keys. */
  readonly subjects: readonly unknown[];
  readonly #options: object;
  /** What a `batchGet` gives for it. */
  declare readonly result: R;

  /** Made by `Model.op`. */
  constructor(kind: K, model: string, subjects: readonly unknown[], options: object = {}) {
    this.kind = kind;
    this.model = model;
    this.subjects = subjects;
    this.#options = options;
  }

  /** The group as it stands at `at` in the call. */
  within(at: string): CallDocument {
    const name = this.kind === "get" ? "keys" : this.kind;
    const encode = this.kind === "put" ? encodeMembers : encodeKey;
    return addMembers({ model: this.model, [name]: nested(this.subjects, `${at}/${name}`, encode) }, this.#options, at);
  }

  /** Only some of its items or keys. */
  only(positions: readonly number[]): this {
    const subjects = positions.map((position) => this.subjects[position]);
    return new Group(this.kind, this.model, subjects, this.#options) as this;
  }
}

/** The operations of one model as parts of transactions and batches. */
export class Operations<T extends object, I extends object> {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  /** Writes an item that must not exist yet. Gives it with what was stamped on it. */
  create(item: I, options: Plain<WriteOptions> = {}): Action<Written<T, I>, "create"> {
    return new Action("create", this.#model, { item, ...options }, (stamped) => ({ ...item, ...stamped }) as never);
  }

  /** Writes an item, whatever was there. Gives it with what was stamped on it. */
  put(item: I, options: Plain<PutOptions> = {}): Action<Written<T, I>, "put"> {
    return new Action("put", this.#model, { item, ...options }, (stamped) => ({ ...item, ...stamped }) as never);
  }

  /** Changes attributes of an item. */
  update(key: Key<T>, update: Plain<Update<T>>): Action<undefined, "update"> {
    return new Action("update", this.#model, { key, ...update }, () => undefined);
  }

  /** Deletes an item. */
  delete(key: Key<T>, options: Plain<DeleteOptions> = {}): Action<undefined, "delete"> {
    return new Action("delete", this.#model, { key, ...options }, () => undefined);
  }

  /** Changes nothing, but lets the transaction fail unless the item is as it should be: `condition`, `expectVersion`. */
  check(key: Key<T>, options: Plain<DeleteOptions>): Action<undefined, "check"> {
    return new Action("check", this.#model, { key, ...options }, () => undefined);
  }

  /** Reads an item; for `transactGet`. */
  get<const O extends Plain<Omit<GetOptions, "consistent">> = object>(
    key: Key<T>,
    options?: O,
  ): Action<Projected<T, O> | undefined, "get"> {
    return new Action("get", this.#model, { key, ...options }, (item) => item as Projected<T, O> | undefined);
  }

  /** Writes items; for `batchWrite`. */
  puts(items: readonly I[]): Group<never, "put"> {
    return new Group("put", this.#model, items);
  }

  /** Deletes items; for `batchWrite`. */
  deletes(keys: readonly Key<T>[]): Group<never, "delete"> {
    return new Group("delete", this.#model, keys);
  }

  /** Reads items; for `batchGet`. */
  gets<const O extends Plain<GetOptions> = object>(
    keys: readonly Key<T>[],
    options?: O,
  ): Group<(Projected<T, O> | undefined)[], "get"> {
    return new Group("get", this.#model, keys, options);
  }
}
