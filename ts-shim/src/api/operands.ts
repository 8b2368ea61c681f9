/** Where the value of a condition or of an update's `set` comes from, if it is not given. */

import { Operand } from "../values/encode.js";

/** Another attribute of the item: `{ condition: { spent: { lte: path("budget") } } }`, `{ set: { before: path("now") } }`. */
export function path(attribute: string): Operand {
  return new Operand("$path", attribute);
}

/** In conditions: the size of another attribute, where numbers are compared: `{ taken: { lt: sizeOf("seats") } }`. */
export function sizeOf(attribute: string): Operand {
  return new Operand("$size", attribute);
}

/** In `set`: the attribute at a path, or a value (or another `path`) where there is none. */
export function ifNotExists(attribute: string, value: unknown): Operand {
  return new Operand("$if_not_exists", [attribute, value]);
}

/** In `set`: two lists as one. Each is a list, a `path` or an `ifNotExists`. */
export function listAppend(first: readonly unknown[] | Operand, second: readonly unknown[] | Operand): Operand {
  return new Operand("$list_append", [first, second]);
}

/** In `set`: the sum of two numbers. Each is a number, a `path` or an `ifNotExists`: `{ set: { total: plus(path("net"), 5) } }`. */
export function plus(first: unknown, second: unknown): Operand {
  return new Operand("$plus", [first, second]);
}

/** In `set`: the difference of two numbers, as `plus`. */
export function minus(first: unknown, second: unknown): Operand {
  return new Operand("$minus", [first, second]);
}
