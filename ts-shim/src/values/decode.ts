/** The core's plain JSON as JavaScript values. */

import { NumberValue } from "./encode.js";

/** Parses a JSON text. */
export type Parse = (text: string) => unknown;

/** Parses JSON without losing digits: numbers that a JavaScript number cannot hold become `bigint` or `NumberValue`. */
export function parseExact(text: string): unknown {
  // Node gives the third argument from version 21 on; TypeScript does not know it yet.
  const reviver = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? exact(value, context.source) : value;
  return JSON.parse(text, reviver);
}

function exact(value: number, source: string): number | bigint | NumberValue {
  if (String(value) === source || decimal(String(value)) === decimal(source)) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : new NumberValue(source);
}

/** A decimal text in one form: sign, digits without zeros at either end, exponent. */
function decimal(text: string): string {
  const [, sign, whole = "", part = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + part).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : `${sign}${kept}e${Number(exponent) - part.length + digits.length - kept.length}`;
}

/** Members of result documents that hold items: one, a list, or a list of lists. */
const ITEMS = ["item", "items", "results", "stamped"];

/**
 * Parses a result document and turns the values in it into JavaScript's own: sets into `Set`, binary into `Uint8Array`,
 * integers that a number cannot hold into `bigint`. Documents that hold none of these are only parsed.
 */
export function decodeDocument<T>(text: string, parse: Parse): T {
  const document = parse(text) as Record<string, unknown>;
  // Every such value is a member whose name begins with `$`: most texts have none, and are not walked.
  if (text.includes('"$')) for (const name of ITEMS) decodeItems(document[name]);
  return document as T;
}

/** Turns the members of items into JavaScript values, in place. */
export function decodeItems(items: unknown): void {
  if (Array.isArray(items)) for (const item of items) decodeItems(item);
  else decodeMembers(items);
}

/** Turns the members of an item into JavaScript values, in place. */
export function decodeMembers(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const members = item as Record<string, unknown>;
  // Not by `Object.keys`, which makes a list for every item of a page.
  for (const name in members) {
    const member = members[name];
    if (typeof member !== "object" || member === null || !Object.hasOwn(members, name)) continue;
    const value = decodeValue(member);
    if (value !== member) members[name] = value;
  }
  return item;
}

/** Turns one value into JavaScript's own, in place where it stays an object. */
export function decodeValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof NumberValue) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = decodeValue(value[index]);
    return value;
  }
  const only = loneName(value);
  if (only?.startsWith("$")) return special(only, (value as Record<string, unknown>)[only]);
  return decodeMembers(value);
}

/** The name of a member that is the only one. */
function loneName(value: object): string | undefined {
  let only: string | undefined;
  for (const name in value) {
    if (only !== undefined) return undefined;
    only = name;
  }
  return only;
}

function special(name: string, content: unknown): unknown {
  switch (name) {
    case "$set":
      return new Set(decodeValue(content) as unknown[]);
    case "$binary": {
      // A view into memory that small buffers share, as of any `Buffer`.
      const bytes = Buffer.from(content as string, "base64");
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    case "$number":
      return BigInt(content as string);
    default:
      return { [name.slice(1)]: decodeValue(content) };
  }
}
