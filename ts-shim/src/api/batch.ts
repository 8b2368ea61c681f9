/** Batches: any number of items, several requests side by side. No transaction: each item is by itself. */

import { BatchOperationFailed } from "../errors.js";
import type { Group } from "./action.js";
import type { Call, Caller, CallOptions, ResultDocument } from "./call.js";
import { addMembers } from "./document.js";

/** How far a batch has come. */
export interface BatchProgress {
  /** Items written or read. */
  done: number;
  /** Items of the call. */
  total: number;
  /** Items that the service has put off, and that are tried again. */
  unprocessed: number;
}

/** Options of batches. */
export interface BatchOptions extends CallOptions {
  /** Requests side by side. Default 4. */
  readonly parallel?: number;
  /** Hears after each request how far the batch has come; of the last one that all is done. */
  readonly onProgress?: (progress: BatchProgress) => void;
}

/** What a group of a `batchGet` gives. */
export type GroupResults<G extends readonly Group[]> = {
  -readonly [P in keyof G]: G[P] extends Group<infer R> ? R : never;
};

/** Puts and deletes items. Gives how many. */
export function batchWrite(
  caller: Caller,
  groups: readonly Group<unknown, "put" | "delete">[],
  options: BatchOptions,
): Call<number> {
  const text = () => document("batch_write", "writes", groups, options);
  return caller.run(text, options, ({ written }) => written as number, explained(groups));
}

/** Reads items: by group, in the order of the keys; undefined where there is none. */
export function batchGet<const G extends readonly Group<unknown, "get">[], R>(
  caller: Caller,
  groups: G,
  options: BatchOptions,
  value: (results: GroupResults<G>) => R,
): Call<R> {
  const text = () => document("batch_get", "gets", groups, options);
  const all = ({ results }: ResultDocument) => value(absent(results) as GroupResults<G>);
  return caller.run(text, options, all, explained(groups));
}

function document(op: string, name: string, groups: readonly Group[], options: BatchOptions): string {
  const written = groups.map((group, index) => group.within(`/${name}/${index}`));
  return JSON.stringify(addMembers({ op, [name]: written }, options, ""));
}

function absent(results: (Record<string, unknown> | null)[][] | undefined) {
  return results?.map((items) => items.map((item) => item ?? undefined));
}

/** Puts what is left to do into the error, in the form in which it can be called again. */
function explained(groups: readonly Group[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof BatchOperationFailed) || error.batch === undefined) return;
    const { unwritten = [], unknown = [], unread = [] } = error.batch;
    const left = [...unwritten, ...unknown, ...unread];
    const remaining = groups
      .map((group, at) => group.only(left.filter(([of]) => of === at).map(([, position]) => position)))
      .filter((group) => group.subjects.length > 0);
    Object.defineProperty(error, "remaining", { value: remaining });
  };
}
