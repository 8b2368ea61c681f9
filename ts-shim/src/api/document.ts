/** Calls of the API as call documents. What the members mean is the core's business: they are only written down. */

import { hostError } from "../raise.js";
import { encodeMembers, encodeTree } from "../values/encode.js";

/** Members that guard a write. Left undefined by accident, they would let it through unguarded. */
const GUARDS = new Set(["condition", "expect_version"]);

/** Options that are the host's own. */
const OWN = new Set(["signal", "timeout"]);

/** Members whose content is not simply values. */
const ENCODERS: Readonly<Record<string, (value: unknown, at: string) => unknown>> = {
  key: encodeKey,
  condition: encodeTree,
  where: encodeTree,
  filter: encodeTree,
  until: encodeTree,
  expect_version: integer,
  changes: (value, at) => nested(value, at, encodeMembers),
};

const written = new Map<string, string>();

/** `returnValues` as the core has it, `return_values`. */
export function snakeCase(name: string): string {
  let snake = written.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    written.set(name, snake);
  }
  return snake;
}

/** A call document, as the core reads it. */
export type CallDocument = Record<string, unknown>;

/** A call as JSON text. `members` are the members of its document in JavaScript's own naming; options of the host are left out. */
export function callText(op: string, model: string | undefined, ...members: readonly object[]): string {
  return JSON.stringify(callDocument(op, model, ...members));
}

/**
 * A call document. The core refuses members that it does not know.
 * @throws InvalidValue when a value has no form in DynamoDB; InvalidCall when a guard is there but undefined.
 */
export function callDocument(op: string, model: string | undefined, ...members: readonly object[]): CallDocument {
  const document: CallDocument = model === undefined ? { op } : { op, model };
  for (const part of members) addMembers(document, part, "");
  return document;
}

/** Adds members to a document that stands at `at` in the call. */
export function addMembers(document: CallDocument, members: object, at: string): CallDocument {
  for (const [name, value] of Object.entries(members)) {
    if (OWN.has(name)) continue;
    const member = snakeCase(name);
    if (value === undefined) {
      if (!GUARDS.has(member)) continue;
      const hint = "leave the option out to write without it";
      throw hostError("ErrInvalidCall", `\`${name}\` is undefined`, { path: `${at}/${member}`, hint });
    }
    if (name === "onProgress") document.progress = true;
    else document[member] = (ENCODERS[member] ?? encodeMembers)(value, `${at}/${member}`);
  }
  return document;
}

/** A key. A single value is the key of a table without a sort key. */
export function encodeKey(key: unknown, at: string): unknown {
  const single = typeof key !== "object" || key === null || key instanceof Uint8Array;
  return encodeMembers(single ? [key] : key, at);
}

/** The key of a query: values, or an object whose sort attributes may have operators. */
export function encodeQueryKey(key: unknown, at: string): unknown {
  const object = typeof key === "object" && key !== null && !Array.isArray(key) && !(key instanceof Uint8Array);
  return object && !(key instanceof Date) ? encodeTree(key, at) : encodeKey(key, at);
}

/** An object or array of things that are encoded each by itself. */
export function nested(value: unknown, at: string, encode: (value: unknown, at: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((member, index) => encode(member, `${at}/${index}`));
  if (typeof value !== "object" || value === null) return encode(value, at);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encode(member, `${at}/${name}`)]));
}

/** A version as it was read, whichever way numbers are read, as a JSON number with all its digits. */
function integer(value: unknown): unknown {
  const digits = typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value));
  return digits ? (JSON as unknown as { rawJSON(text: string): object }).rawJSON(String(value)) : value;
}
