/**
 * Conditions: plain objects, as they go to the core, and a few functions that read better than nested objects.
 *
 * A condition is an object whose members are paths; several members are ANDed. A path has a value (equal to it) or an
 * object of operators, all of which must hold: `{ status: "open", views: { gte: 10, lt: 20 } }`.
 */

/** What an attribute may be held against. */
export type Operand = unknown;

/** Operators on one attribute. */
export interface Operators {
  eq?: Operand;
  ne?: Operand;
  lt?: Operand;
  lte?: Operand;
  gt?: Operand;
  gte?: Operand;
  /** Both ends included. */
  between?: readonly [Operand, Operand];
  in?: readonly Operand[];
  begins_with?: Operand;
  /** Part of a string, element of a set or list. */
  contains?: Operand;
  not_contains?: Operand;
  exists?: boolean;
  /** Name of a DynamoDB type. */
  type?: string;
  /** Length of a string, set, list, map or binary. */
  size?: number | Pick<Operators, "eq" | "ne" | "lt" | "lte" | "gt" | "gte" | "between" | "in">;
}

/** A condition tree. Paths are `attr`, `attr.member`, `attr[3].member`. */
export interface Condition {
  $and?: readonly Condition[];
  $or?: readonly Condition[];
  $not?: Condition;
  [path: string]: Operators | Operand;
}

/** All of the conditions hold. */
export function and(...conditions: readonly Condition[]): Condition {
  return { $and: conditions };
}

/** At least one of the conditions holds. */
export function or(...conditions: readonly Condition[]): Condition {
  return { $or: conditions };
}

/** The condition does not hold. */
export function not(condition: Condition): Condition {
  return { $not: condition };
}

/** The attribute begins with this string or binary: `{ sk: begins("n#") }`. */
export function begins(prefix: string | Uint8Array): Operators {
  return { begins_with: prefix };
}

/** The attribute is there: `{ approvedAt: exists() }`. */
export function exists(): Operators {
  return { exists: true };
}

/** The attribute is not there: `{ deletedAt: absent() }`. */
export function absent(): Operators {
  return { exists: false };
}

/** The attribute is between two values, both included: `{ sk: between("a", "m") }`. */
export function between(low: Operand, high: Operand): Operators {
  return { between: [low, high] };
}

/** The attribute is one of these values, at most 100: `{ status: oneOf("open", "held") }`. */
export function oneOf(...values: readonly Operand[]): Operators {
  return { in: values };
}

/** The string, set or list contains this: `{ tags: contains("red") }`. */
export function contains(part: Operand): Operators {
  return { contains: part };
}
