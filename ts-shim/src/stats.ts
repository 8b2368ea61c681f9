/** Statistics of a call. */

/** What a call cost. */
export interface Stats {
  /** Requests sent. */
  attempts: number;
  /** Requests sent again. */
  retries: number;
  /** Milliseconds of back-off in total. */
  waitedMs: number;
  /** Request id of the last answer. */
  requestId: string | undefined;
  /** Consumed capacity; undefined when the service sent none. */
  capacity: Capacity | undefined;
}

/** Consumed capacity, in capacity units over all requests of the call. */
export interface Capacity {
  /** Read and write units together. */
  total: number;
  /** Read units, when the service tells them apart. */
  read?: number | null;
  /** Write units, when the service tells them apart. */
  write?: number | null;
  /** Physical name of the table. */
  table?: string | null;
}

/** Statistics as the core writes them. */
export interface StatsDocument {
  attempts: number;
  retries: number;
  waited_ms: number;
  request_id?: string | null;
  capacity?: Capacity | null;
}

/** Statistics in JavaScript's own naming. */
export function statsOf(stats: StatsDocument): Stats {
  return {
    attempts: stats.attempts,
    retries: stats.retries,
    waitedMs: stats.waited_ms,
    requestId: stats.request_id ?? undefined,
    capacity: stats.capacity ?? undefined,
  };
}
