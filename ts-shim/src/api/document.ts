/** Calls of the API as call documents. What the options mean is the core's business: they are only written down. */

import { hostError } from "../raise.js";
import { encodeMembers, encodeTree } from "../values/encode.js";

/** Members that guard a write. Left undefined by accident, they would let it through unguarded. */
const GUARDS = new Set(["condition", "expect_version"]);

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

/**
 * A call document. `subject` holds the item or key; of the options, `signal` and `timeout` are the host's own, all
 * others become members of the document under their snake_case names, and the core refuses those it does not know.
 * @throws InvalidValue when a value has no form in DynamoDB; InvalidCall when a guard is there but undefined.
 */
export function callDocument(
  op: string,
  model: string,
  subject: { item?: unknown; key?: unknown },
  options: object,
): string {
  const document: Record<string, unknown> = { op, model };
  if (subject.item !== undefined) document.item = encodeMembers(subject.item, "/item");
  if (subject.key !== undefined) document.key = encodeKey(subject.key);
  for (const [name, value] of Object.entries(options)) {
    if (name === "signal" || name === "timeout") continue;
    const member = snakeCase(name);
    if (value === undefined) {
      if (!GUARDS.has(member)) continue;
      const hint = "leave the option out to write without it";
      throw hostError("ErrInvalidCall", `\`${name}\` is undefined`, { path: `/${member}`, hint });
    }
    if (member === "condition") document.condition = encodeTree(value, "/condition");
    else document[member] = member === "expect_version" ? integer(value) : encodeMembers(value, `/${member}`);
  }
  return JSON.stringify(document);
}

/** A single value is the key of a table without a sort key. */
function encodeKey(key: unknown): unknown {
  const single = typeof key !== "object" || key === null || key instanceof Uint8Array;
  return encodeMembers(single ? [key] : key, "/key");
}

/** A version as it was read, whichever way numbers are read, as a JSON number with all its digits. */
function integer(value: unknown): unknown {
  const digits = typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value));
  return digits ? (JSON as unknown as { rawJSON(text: string): object }).rawJSON(String(value)) : value;
}
