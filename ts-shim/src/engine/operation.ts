/** The driving loop: carries one operation of the core from its start to its end. */

import type { ErrorDocument, Outcome, TableTheoryError } from "../errors.js";
import { errorFromDocument, hostError } from "../raise.js";
import { type Transport, TransportFailure } from "../transport/transport.js";
import type { Parse } from "../values/decode.js";
import type { CoreClient } from "./engine.js";
import { CREDENTIALS, DONE, type Instance, type Reply, type Request, RUN, type Step } from "./instance.js";

/** What an operation needs from outside the core. */
export interface Surroundings {
  readonly transport: Transport;
  /** Answers credentials JSON, or the text that says where none were found. Never rejects. */
  readonly credentials: () => Promise<Found>;
  /** Parses the documents of the core. */
  readonly parse: Parse;
}

/** Credentials JSON, or why there is none. */
export type Found = { credentials: string } | { none: string; cause?: unknown };

/** What a caller may set for one call. */
export interface Limits {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, retries and waits included. */
  readonly timeout?: number | undefined;
}

/** One running operation. */
export class Operation {
  readonly client: CoreClient;
  readonly instance: Instance;
  readonly #around: Surroundings;
  readonly #resolve: (result: string) => void;
  readonly #reject: (error: TableTheoryError) => void;
  #handle = 0;
  #over = false;
  #sent = false;
  /** What the language's own libraries threw last: the cause of an error about it. */
  #cause: unknown;
  #forgetTimer: (() => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  #abort: AbortController | undefined;

  /**
   * Runs a call document to its result document.
   * @throws TableTheoryError for every error of the core, cancellation, time-outs and traps.
   */
  static run(client: CoreClient, call: Uint8Array | string, around: Surroundings, limits: Limits): Promise<string> {
    return new Promise((resolve, reject) => {
      if (limits.signal?.aborted) throw canceled(limits.signal.reason, "not_sent");
      const { instance, client: handle } = client.handle();
      const operation = new Operation(client, instance, around, resolve, reject);
      const { operation: id, step } = client.engine.enter(instance, () => instance.start(handle, call));
      operation.#begin(id, step, limits);
    });
  }

  private constructor(
    client: CoreClient,
    instance: Instance,
    around: Surroundings,
    resolve: (result: string) => void,
    reject: (error: TableTheoryError) => void,
  ) {
    this.client = client;
    this.instance = instance;
    this.#around = around;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  #begin(handle: number, step: Step, limits: Limits): void {
    this.#handle = handle;
    if (handle !== 0) {
      this.client.engine.add(this);
      this.#limit(limits);
    }
    this.#take(step);
  }

  #limit({ signal, timeout }: Limits): void {
    if (signal === undefined && timeout === undefined) return;
    this.#abort = new AbortController();
    if (signal !== undefined) {
      this.#signal = signal;
      this.#onAbort = () => this.cancel(canceled(signal.reason, this.outcome));
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
    if (timeout !== undefined) {
      this.#deadline = setTimeout(() => this.cancel(timedOut(timeout, this.outcome)), timeout);
    }
  }

  #take(step: Step): void {
    if (step.kind === RUN) {
      this.#sent ||= step.requests.length > 0;
      for (const request of step.requests) this.#send(request);
      if (step.wait !== undefined && !this.#over) {
        this.#forgetTimer = this.client.engine.clock.sleep(step.wait, () => {
          this.#forgetTimer = undefined;
          this.#resume((instance) => instance.elapsed(this.#handle));
        });
      }
    } else if (step.kind === CREDENTIALS) {
      void this.#around.credentials().then((found) => {
        if ("none" in found && found.cause !== undefined) this.#cause = found.cause;
        this.#resume((instance) => instance.credentials(this.#handle, found));
      });
    } else if (step.kind === DONE) {
      this.#end();
      this.#resolve(step.text);
    } else {
      this.fail(errorFromDocument(this.#around.parse(step.text) as ErrorDocument, this.#cause));
    }
  }

  #send(request: Request): void {
    const hand = (reply: Reply) => this.#resume((instance) => instance.reply(this.#handle, request.id, reply));
    let sending: Promise<Reply>;
    try {
      sending = this.#around.transport.send(request, this.#abort?.signal).then(checked);
    } catch (error) {
      sending = Promise.reject(error);
    }
    sending.then(hand, (error: unknown) => {
      const failure = TransportFailure.from(error);
      this.#cause = failure.cause ?? failure;
      hand({ failure: failure.kind, message: failure.message });
    });
  }

  /** Hands something in, unless the operation is over: late replies are nobody's. */
  #resume(call: (instance: Instance) => Step): void {
    if (this.#over) return;
    this.#forgetTimer?.();
    this.#forgetTimer = undefined;
    let step: Step;
    try {
      step = this.client.engine.enter(this.instance, call);
    } catch (error) {
      this.fail(error as TableTheoryError);
      return;
    }
    this.#take(step);
  }

  /** What an end from outside means for a write: once a request is out, nobody knows. */
  get outcome(): Outcome {
    return this.#sent ? "unknown" : "not_sent";
  }

  /** Ends the operation with an error of its own. */
  fail(error: TableTheoryError): void {
    if (this.#over) return;
    this.#end();
    this.#reject(error);
  }

  /** Ends the operation from outside: the core forgets it, requests in flight are aborted. */
  cancel(error: TableTheoryError): void {
    if (this.#over) return;
    this.fail(error);
    this.#abort?.abort(error);
    if (this.instance.dead) return;
    try {
      this.client.engine.enter(this.instance, (instance) => instance.abandon(this.#handle));
    } catch {
      // A trap here concerns others, and they have been told; this call is over already.
    }
  }

  #end(): void {
    this.#over = true;
    this.client.engine.remove(this);
    this.#forgetTimer?.();
    if (this.#deadline !== undefined) clearTimeout(this.#deadline);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

function canceled(cause: unknown, outcome: Outcome): TableTheoryError {
  return hostError("ErrCanceled", "the call was cancelled", { cause, outcome });
}

function timedOut(timeout: number, outcome: Outcome): TableTheoryError {
  return hostError("ErrTimeout", `the call took longer than \`${timeout}\` ms`, { retryable: true, outcome });
}

/** A transport may be anyone's: what it answers must not upset the core's memory. */
function checked(reply: { status: number; head: string; body: Uint8Array }): Reply {
  const fits = reply !== undefined && (reply.status & 0xffff) === reply.status;
  if (!fits || typeof reply.head !== "string" || !(reply.body instanceof Uint8Array)) {
    throw new TransportFailure("broken", "the transport answered something that is no response");
  }
  return reply;
}
