/** What is different between two JSON values, for people. */

/** One line or two for every place at which `actual` is not `expected`, by JSON pointer. */
export function differences(expected: unknown, actual: unknown, at = ""): string[] {
  if (expected === actual) return [];
  const [left, right] = [membersOf(expected), membersOf(actual)];
  if (left === undefined || right === undefined || Array.isArray(expected) !== Array.isArray(actual)) {
    if (expected === undefined) return [`${at || "/"}: not expected: ${shown(actual)}`];
    if (actual === undefined) return [`${at || "/"}: missing: ${shown(expected)}`];
    return [
      `${at || "/"}: expected ${shown(expected)}`,
      `${" ".repeat((at || "/").length)}       was ${shown(actual)}`,
    ];
  }
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap((name) => differences(left[name], right[name], `${at}/${name}`));
}

function membersOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The body of a request or response as a person reads it: JSON where it is JSON and more than a string, else text. */
export function readable(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString();
  try {
    const value = JSON.parse(text);
    return typeof value === "string" ? text : value;
  } catch {
    return text;
  }
}

/** A request was not the one that was expected. `message` says where they differ. */
export class RequestMismatch extends Error {
  /** The differences, line by line. */
  readonly differences: readonly string[];

  constructor(what: string, lines: readonly string[]) {
    super([what, ...lines.map((line) => `  ${line}`)].join("\n"));
    this.name = "RequestMismatch";
    this.differences = lines;
  }
}
