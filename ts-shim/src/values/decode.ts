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

/**
 * Parses a result document and turns the values in it into JavaScript's own: sets into `Set`, binary into `Uint8Array`,
 * integers that a number cannot hold into `bigint`. Documents that hold none of these are only parsed.
 */
export function decodeDocument<T>(text: string, members: readonly string[], parse: Parse): T {
  const document = parse(text) as Record<string, unknown>;
  // Every such value is a member whose name begins with `$`: most texts have none, and are not walked.
  if (text.includes('"$')) {
    for (const name of members) {
      const member = document[name];
      if (member !== undefined) document[name] = decodeMembers(member);
    }
  }
  return document as T;
}

/** Turns the members of an item into JavaScript values, in place. */
export function decodeMembers(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const members = item as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (typeof member === "object" && member !== null) members[name] = decodeValue(member);
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
  const names = Object.keys(value);
  const only = names[0];
  if (names.length === 1 && only?.startsWith("$")) return special(only, (value as Record<string, unknown>)[only]);
  return decodeMembers(value);
}

function special(name: string, content: unknown): unknown {
  switch (name) {
    case "$set":
      return new Set(decodeValue(content) as unknown[]);
    case "$binary":
      return new Uint8Array(Buffer.from(content as string, "base64"));
    case "$number":
      return BigInt(content as string);
    default:
      return { [name.slice(1)]: decodeValue(content) };
  }
}
