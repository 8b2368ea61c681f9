/** The one port between the core and the network. */

import type { FAILURE_KINDS, Request } from "../engine/instance.js";

export type { Request };

/** An HTTP response, whatever its status. */
export interface Response {
  /** HTTP status. */
  readonly status: number;
  /** Header lines `name: value`, each ended by LF or CR LF. */
  readonly head: string;
  /** The whole body. */
  readonly body: Uint8Array;
}

/**
 * How far a request got.
 * - `connect`: no connection was made, nothing was sent
 * - `timeout`: the time-out ran out after something may have been sent
 * - `broken`: the connection broke after something may have been sent
 * - `refused`: the transport cannot be used at all; the call is not retried
 * - `credentials`: the transport has none of its own; the call is not retried
 * - `stale`: a connection that had served before was found closed before one byte of the response came
 */
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** What a transport throws when there is no response. */
export class TransportFailure extends Error {
  /** How far the request got. */
  readonly kind: FailureKind;

  /** `message` stays beside the error that the caller sees, never in it; `cause` becomes that error's cause. */
  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TransportFailure";
    this.kind = kind;
  }

  /** Any thrown value as a failure. What is not a failure already counts as `broken`, the careful reading. */
  static from(error: unknown): TransportFailure {
    if (error instanceof TransportFailure) return error;
    return new TransportFailure("broken", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Sends requests. Implement it to put anything between the core and DynamoDB: a fake, a recorder, another HTTP client.
 * Every request of a client goes through it, each attempt once: retries are decided by the core.
 */
export interface Transport {
  /**
   * `http`: requests come signed, with `url` and `head`, to be sent as they are, byte for byte.
   * `sdk`: requests have `action` and `body` only.
   */
  readonly protocol: "http" | "sdk";
  /**
   * Sends one request and answers the response, whatever its status.
   * `signal` aborts it: nobody waits for the answer any more.
   * @throws TransportFailure when there is no response.
   */
  send(request: Request, signal?: AbortSignal): Promise<Response>;
  /** Frees connections. Called when the client is closed, if the client made this transport itself. */
  close?(): void;
}
