/** A transport that fails on purpose. */

import { setTimeout as sleep } from "node:timers/promises";
import { type Request, type Response, type Transport, TransportFailure } from "../transport/transport.js";

/**
 * What goes wrong with a request:
 * - `drop-before`: no connection; it is not sent
 * - `drop-after`: it is sent, and the answer gets lost
 * - `truncate`: the answer breaks off in the middle
 * - `throttle`: it is refused as too much; it is not sent
 * - `{ status }`: this status, for instance 500, instead of an answer; it is not sent
 * - `{ delay }`: the answer comes so many milliseconds later
 * - `{ unprocessed }`: of a batch, so many items are not carried out, but given back as unprocessed; other requests go through
 */
export type Fault =
  | "drop-before"
  | "drop-after"
  | "truncate"
  | "throttle"
  | { readonly status: number }
  | { readonly delay: number }
  | { readonly unprocessed: number };

/** The fault of each request in turn, or a function that says which the n-th (from 0) has. Undefined: none. */
export type Faults = readonly (Fault | undefined)[] | ((request: Request, n: number) => Fault | undefined);

/** Sends requests by another transport, with faults. For local engines: a batch that is cut is not signed anew. */
export class FaultyTransport implements Transport {
  readonly protocol: "http" | "sdk";
  /** Requests so far, those that were not sent included. */
  attempts = 0;
  readonly #inner: Transport;
  readonly #faults: Faults;

  constructor(inner: Transport, faults: Faults) {
    this.protocol = inner.protocol;
    this.#inner = inner;
    this.#faults = faults;
  }

  async send(request: Request, signal?: AbortSignal): Promise<Response> {
    const n = this.attempts++;
    const fault = typeof this.#faults === "function" ? this.#faults(request, n) : this.#faults[n];
    if (fault === undefined) return this.#inner.send(request, signal);
    if (fault === "drop-before") throw new TransportFailure("connect", "dropped before it was sent");
    if (fault === "throttle") return refusal(400, "ThrottlingException");
    if (typeof fault === "object") {
      if ("status" in fault) return refusal(fault.status, "InternalServerError");
      if ("unprocessed" in fault) return this.#unprocessed(request, fault.unprocessed, signal);
      const response = await this.#inner.send(request, signal);
      await sleep(fault.delay, undefined, { signal });
      return response;
    }
    const { status, head, body } = await this.#inner.send(request, signal);
    if (fault === "drop-after") throw new TransportFailure("broken", "the answer got lost");
    return { status, head, body: body.subarray(0, body.length >> 1) };
  }

  /** Takes the last items out of a batch and gives them back as unprocessed. */
  async #unprocessed(request: Request, count: number, signal?: AbortSignal): Promise<Response> {
    if (request.action !== "BatchGetItem" && request.action !== "BatchWriteItem")
      return this.#inner.send(request, signal);
    const sent = JSON.parse(Buffer.from(request.body).toString());
    const [left, held] = split(sent.RequestItems, count);
    const gets = request.action === "BatchGetItem";
    let answer: Record<string, object> = gets ? { Responses: {} } : {};
    let response: Response = { status: 200, head: "", body: new Uint8Array() };
    if (Object.keys(left).length > 0) {
      const body = Buffer.from(JSON.stringify({ ...sent, RequestItems: left }));
      response = await this.#inner.send({ ...request, body }, signal);
      if (response.status !== 200) return response;
      answer = JSON.parse(Buffer.from(response.body).toString());
    }
    answer[gets ? "UnprocessedKeys" : "UnprocessedItems"] = held;
    // The checksum is that of another body now.
    const head = response.head.replace(/^x-amz-crc32:.*\r?\n/im, "");
    return { status: 200, head, body: Buffer.from(JSON.stringify(answer)) };
  }

  close(): void {
    this.#inner.close?.();
  }
}

type Entries = unknown[] | { Keys: unknown[] };

/** The items of a batch by table, without the last `count`, and these. */
function split(tables: Record<string, Entries>, count: number): [Record<string, Entries>, Record<string, Entries>] {
  const left: Record<string, Entries> = {};
  const held: Record<string, Entries> = {};
  let wanted = count;
  for (const [table, entries] of Object.entries(tables).reverse()) {
    const all = Array.isArray(entries) ? entries : entries.Keys;
    const part = (items: unknown[]) => (Array.isArray(entries) ? items : { ...entries, Keys: items });
    const kept = Math.max(0, all.length - wanted);
    wanted -= all.length - kept;
    if (kept > 0) left[table] = part(all.slice(0, kept));
    if (kept < all.length) held[table] = part(all.slice(kept));
  }
  return [left, held];
}

function refusal(status: number, code: string): Response {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: "on purpose" };
  return { status, head: "", body: Buffer.from(JSON.stringify(body)) };
}
