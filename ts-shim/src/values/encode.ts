/**
 * JavaScript values as the core's plain JSON (`wit/README.md`, "Values").
 *
 * Most items are plain JSON already and are passed on as they are; a copy is made only of the objects on the way to
 * a value that JSON does not have.
 */

import type { TableTheoryError } from "../errors.js";
import { hostError } from "../raise.js";

/** An exact number of any digits, for places where a JavaScript number would lose some and a string would stay a string. */
export class NumberValue {
  readonly #text: string;

  /** `text`: the digits, as in `"0.12345678901234567890"`. The core checks them. */
  constructor(text: string | number | bigint) {
    this.#text = String(text);
  }

  /** The digits. */
  toString(): string {
    return this.#text;
  }
}

/** Something that is no value but says where one comes from: made by `path`, `plus` and their like. */
export class Operand {
  readonly #name: string;
  readonly #content: unknown;

  /** Use `path`, `ifNotExists`, `listAppend`, `plus`, `minus`. */
  constructor(name: string, content: unknown) {
    this.#name = name;
    this.#content = content;
  }

  /** As the core has it. */
  written(encode: (value: unknown) => unknown): unknown {
    const content = this.#content;
    return { [this.#name]: Array.isArray(content) ? content.map(encode) : content };
  }
}

/** Deeper values are refused here, before they exhaust the stack; the core's own limit is far lower. */
const DEEPEST = 500;

/**
 * A value as plain JSON, ready for `JSON.stringify`. The value itself is given back where it is plain JSON already.
 * `at`: JSON pointer of the value within the call, for error messages.
 * @throws InvalidValue for what has no form in DynamoDB: functions, symbols, NaN, cyclic values, and so on.
 */
export function encodeValue(value: unknown, at = ""): unknown {
  return new Encoder(at).value(value);
}

/** An object whose members are values and whose own names are not data: an item, a key, an update clause. */
export function encodeMembers(value: unknown, at = ""): unknown {
  return new Encoder(at).members(value);
}

/** A condition tree: members are paths with operators; members that begin with `$` hold trees. */
export function encodeTree(tree: unknown, at = ""): unknown {
  return new Encoder(at).tree(tree);
}

class Encoder {
  readonly #root: string;
  readonly #keys: (string | number)[] = [];
  readonly #parents: object[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  value(value: unknown): unknown {
    switch (typeof value) {
      case "string":
        if (!value.isWellFormed()) throw this.#error("a string with half a surrogate pair has no UTF-8 form");
        return value;
      case "boolean":
        return value;
      case "number":
        if (!Number.isFinite(value)) throw this.#error(`\`${value}\` is not a number that DynamoDB takes`);
        return value;
      case "bigint":
        return { $number: String(value) };
      case "object":
        return value === null ? null : this.#object(value);
      case "undefined":
        throw this.#error("undefined is not a value", "leave it out, or use null");
      default:
        throw this.#error(`a ${typeof value} is not a value`);
    }
  }

  members(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return this.value(value);
    return isRecord(value)
      ? this.#enter(value, () => this.#map(value, (member) => this.value(member)))
      : this.value(value);
  }

  /** What a condition asks for must not get lost: undefined is refused. */
  tree(tree: unknown): unknown {
    if (Array.isArray(tree)) return this.#enter(tree, () => this.#list(tree, (branch) => this.tree(branch)));
    if (typeof tree !== "object" || tree === null || !isRecord(tree)) return this.value(tree);
    return this.#enter(tree, () =>
      this.#map(tree, (branch, name) => (name.startsWith("$") ? this.tree(branch) : this.#operators(branch)), true),
    );
  }

  #operators(branch: unknown): unknown {
    if (typeof branch === "bigint") return this.#equals(branch);
    if (typeof branch !== "object" || branch === null) return this.value(branch);
    if (!isRecord(branch)) return this.#equals(branch);
    return this.#enter(branch, () => this.#map(branch, (operand) => this.value(operand), true));
  }

  /** The short form `{ path: value }` for values that JSON does not have. */
  #equals(value: unknown): unknown {
    return { eq: this.value(value) };
  }

  #object(value: object): unknown {
    if (Array.isArray(value)) return this.#enter(value, () => this.#list(value, (member) => this.value(member)));
    if (isRecord(value)) return this.#plain(value);
    if (value instanceof Uint8Array) return binary(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof ArrayBuffer) return binary(value, 0, value.byteLength);
    if (value instanceof Set) {
      return { $set: this.#enter(value, () => this.#list([...value], (member) => this.value(member))) };
    }
    if (value instanceof Date) return this.#date(value);
    if (value instanceof NumberValue) return { $number: value.toString() };
    if (value instanceof Operand) return value.written((part) => this.value(part));
    if (value instanceof Map) return this.#enter(value, () => this.#plain(this.#fromMap(value)));
    if (hasToJson(value)) return this.#enter(value, () => this.value(value.toJSON()));
    throw this.#error(`a ${value.constructor?.name ?? "foreign object"} is not a value`);
  }

  #date(value: Date): unknown {
    if (Number.isNaN(value.getTime())) throw this.#error("an invalid Date is not a value");
    return { $time: value.toISOString() };
  }

  #fromMap(map: Map<unknown, unknown>): Record<string, unknown> {
    for (const key of map.keys()) {
      if (typeof key !== "string")
        throw this.#error(`a Map with a ${typeof key} as key is not a value`, "use strings as keys");
    }
    return Object.fromEntries(map as Map<string, unknown>);
  }

  #plain(value: Record<string, unknown>): unknown {
    const encoded = this.#enter(value, () => this.#map(value, (member) => this.value(member)));
    return escaped(encoded);
  }

  #list(list: readonly unknown[], encode: (member: unknown) => unknown): unknown[] {
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index++) {
      this.#keys.push(index);
      const member = list[index];
      const encoded = encode(member);
      if (encoded !== member) {
        copy ??= list.slice();
        copy[index] = encoded;
      }
      this.#keys.pop();
    }
    return copy ?? (list as unknown[]);
  }

  #map(
    map: Record<string, unknown>,
    encode: (member: unknown, name: string) => unknown,
    strict = false,
  ): Record<string, unknown> {
    let copy: Record<string, unknown> | undefined;
    for (const name of Object.keys(map)) {
      const member = map[name];
      if (member === undefined && !strict) continue;
      this.#keys.push(name);
      if (!name.isWellFormed()) throw this.#error("a name with half a surrogate pair has no UTF-8 form");
      const encoded = encode(member, name);
      if (encoded !== member) {
        copy ??= { ...map };
        copy[name] = encoded;
      }
      this.#keys.pop();
    }
    return copy ?? map;
  }

  #enter<T>(value: object, encode: () => T): T {
    if (this.#parents.length >= DEEPEST)
      throw this.#error(`values nested deeper than \`${DEEPEST}\` levels are refused`);
    if (this.#parents.includes(value)) throw this.#error("a value that contains itself has no end");
    this.#parents.push(value);
    const encoded = encode();
    this.#parents.pop();
    return encoded;
  }

  #error(message: string, hint?: string): TableTheoryError {
    const pointer = this.#keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    return hostError("ErrInvalidValue", message, { path: this.#root + pointer, ...(hint ? { hint } : {}) });
  }
}

/** A plain object, or an instance of a class that is nothing but its own properties. */
function isRecord(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  if (value instanceof NumberValue || value instanceof Operand || hasToJson(value)) return false;
  return Object.prototype.toString.call(value) === "[object Object]";
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

function binary(buffer: ArrayBufferLike, offset: number, length: number): unknown {
  return { $binary: Buffer.from(buffer, offset, length).toString("base64") };
}

/** A map with exactly one member whose name begins with `$` gets one more, so that it stays data. */
function escaped(map: Record<string, unknown>): Record<string, unknown> {
  let only: string | undefined;
  for (const name of Object.keys(map)) {
    if (map[name] === undefined) continue;
    if (only !== undefined) return map;
    only = name;
  }
  return only?.startsWith("$") ? { [`$${only}`]: map[only] } : map;
}
