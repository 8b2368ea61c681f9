/** The core's plain JSON as JavaScript values. */

/**
 * Parses a result or error document and turns the values in it into JavaScript's own: sets into `Set`, binary into
 * `Uint8Array`, integers that a number cannot hold into `bigint`. Documents that hold none of these are only parsed.
 */
export function decodeDocument<T>(text: string, members: readonly string[]): T {
  const document = JSON.parse(text) as Record<string, unknown>;
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
  if (typeof value !== "object" || value === null) return value;
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
