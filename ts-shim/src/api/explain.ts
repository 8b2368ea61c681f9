/** What a call would do. */

/** What a call would do, and what is worth knowing about it before it is sent. */
export interface Explanation {
  /** The operation, as in the call document. */
  operation: string;
  /** The requests that it sends before it has any answer, as they would go out. */
  requests: { action: string; body: Record<string, unknown> }[];
  /** What it sends after that, if that depends on the answers. */
  follows: string | undefined;
  /** The index that is read; undefined: the table itself. */
  index: string | undefined;
  /** What items are found by, with names in the places of their placeholders. */
  keyCondition: string | undefined;
  /** What drops items that have been read, likewise. */
  filter: string | undefined;
  /** A better way to the same items, if there is one: the index, what it uses, why, and in what its result may differ. */
  indexAdvice: { index: string | null; uses: string[]; reason: string; differs: string[] } | undefined;
  cost: Cost;
  /** What is doubtful: kind, message, and JSON pointer into the call. */
  warnings: { code: string; message: string; path: string }[];
}

/** What is paid for. */
export interface Cost {
  /** How much is touched. */
  shape: "none" | "one_item" | "items" | "range" | "partition" | "index" | "table";
  read: Units | undefined;
  write: Units | undefined;
  /** Indexes that a write may have to change, too, each for its own write units. */
  indexes: string[];
}

/** Capacity units: `units` for each `perBytes` bytes, begun or whole, of what `of` says. */
export interface Units {
  units: number;
  perBytes: number;
  of: string;
}

/** An explanation as the core writes it. */
export interface ExplanationDocument {
  operation: string;
  requests: Explanation["requests"];
  follows: string | null;
  index: string | null;
  key_condition: string | null;
  filter: string | null;
  index_advice: Explanation["indexAdvice"] | null;
  cost: { shape: Cost["shape"]; read: UnitsDocument | null; write: UnitsDocument | null; indexes: string[] };
  warnings: Explanation["warnings"];
}

interface UnitsDocument {
  units: number;
  per_bytes: number;
  of: string;
}

/** An explanation in JavaScript's own naming. */
export function explanationOf(document: ExplanationDocument): Explanation {
  const { operation, requests, cost, warnings } = document;
  return {
    operation,
    requests,
    follows: document.follows ?? undefined,
    index: document.index ?? undefined,
    keyCondition: document.key_condition ?? undefined,
    filter: document.filter ?? undefined,
    indexAdvice: document.index_advice ?? undefined,
    cost: { ...cost, read: unitsOf(cost.read), write: unitsOf(cost.write) },
    warnings,
  };
}

function unitsOf(units: UnitsDocument | null): Units | undefined {
  return units === null ? undefined : { units: units.units, perBytes: units.per_bytes, of: units.of };
}
