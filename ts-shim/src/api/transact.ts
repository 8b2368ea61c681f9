/** Transactions: all of it or nothing. */

import type { Action } from "./action.js";
import type { Call, Caller, CallOptions } from "./call.js";
import { addMembers } from "./document.js";

/** Options of `transact`. */
export interface TransactOptions extends CallOptions {
  /** 1 to 36 characters: the service carries out a transaction with this token once within ten minutes. Default: a random one. */
  readonly token?: string;
}

/** What an action of a transaction gives. */
export type ActionValue<A> = A extends Action<infer R> ? R : never;

/** What the actions of a transaction give, in their order. */
export type ActionValues<A extends readonly Action[]> = { -readonly [P in keyof A]: ActionValue<A[P]> };

/** An action that writes, or checks. */
export type WriteAction = Action<unknown, "put" | "create" | "update" | "delete" | "check">;

/** An action that reads. */
export type ReadAction = Action<unknown, "get">;

/** Carries out writes and checks, all or none. */
export function transact<A extends readonly WriteAction[]>(
  caller: Caller,
  actions: A,
  options: TransactOptions,
): Call<ActionValues<A>> {
  const text = () => {
    const written = actions.map((action, index) => ({
      [action.kind]: action.within(`/actions/${index}/${action.kind}`),
    }));
    return JSON.stringify(addMembers({ op: "transact", actions: written }, options, ""));
  };
  return caller.run(text, options, ({ stamped }) => values(actions, stamped));
}

/** Reads items as of one moment. */
export function transactGet<A extends readonly ReadAction[]>(
  caller: Caller,
  actions: A,
  options: CallOptions,
): Call<ActionValues<A>> {
  const text = () => {
    const gets = actions.map((action, index) => action.within(`/gets/${index}`));
    return JSON.stringify(addMembers({ op: "transact_get", gets }, options, ""));
  };
  return caller.run(text, options, ({ items }) => values(actions, items));
}

/** Changes a state and appends the event that tells of it, both or neither. */
export function transitionAppendEvent<E>(
  caller: Caller,
  actual: Action<undefined, "update">,
  event: Action<E, "create">,
  options: TransactOptions,
): Call<E> {
  const text = () => {
    const document = { op: "transition_append_event", actual: actual.within("/actual"), event: event.within("/event") };
    return JSON.stringify(addMembers(document, options, ""));
  };
  return caller.run(text, options, ({ stamped }) => event.value(list(stamped)[1] ?? undefined));
}

function values<A extends readonly Action[]>(actions: A, results: unknown): ActionValues<A> {
  const given = list(results);
  return actions.map((action, index) => action.value(given[index] ?? undefined)) as unknown as ActionValues<A>;
}

function list(results: unknown): (Record<string, unknown> | null | undefined)[] {
  return Array.isArray(results) ? results : [];
}
