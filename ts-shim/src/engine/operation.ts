/** The driving loop: carries one operation of the core from its start to its end. */

import type { ErrorDocument, TableTheoryError } from "../errors.js";
import { errorFromDocument, hostError } from "../raise.js";
import type { Exchange, Receiver, SocketTransport } from "../transport/socket.js";
import { type Transport, TransportFailure } from "../transport/transport.js";
import type { Parse } from "../values/decode.js";
import type { CoreClient } from "./engine.js";
import { CREDENTIALS, DONE, type Instance, KEEP, MORE, type Outgoing, type Reply, RUN, type Step } from "./instance.js";

/** What an operation needs from outside the core. */
export interface Surroundings {
  readonly transport: Transport | SocketTransport;
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
  /** Hears how far the call has come. */
  readonly progress?: ((progress: string) => void) | undefined;
}

/** What becomes of an operation: the result document, or an error. */
export interface Ending {
  done(result: string): void;
  failed(error: unknown): void;
}

/** One running operation. */
export class Operation implements Receiver {
  readonly client: CoreClient;
  readonly instance: Instance;
  readonly #around: Surroundings;
  readonly #ending: Ending;
  readonly #limits: Limits;
  #handle = 0;
  #over = false;
  /** What the language's own libraries threw last: the cause of an error about it. */
  #cause: unknown;
  #exchanges: Exchange[] = [];
  #forgetTimer: (() => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;
  /** For transports that answer promises. */
  #abort: AbortController | undefined;
  #inFlight = 0;

  /**
   * Runs a call document to its result document.
   * @throws TableTheoryError when it cannot even begin; later errors, cancellation and traps included, go to `ending`.
   */
  static run(
    client: CoreClient,
    call: Uint8Array | string,
    around: Surroundings,
    limits: Limits,
    ending: Ending,
  ): void {
    const { signal } = limits;
    if (signal?.aborted) throw hostError("ErrCanceled", "the call was cancelled", { cause: signal.reason });
    const instance = client.instance();
    const operation = new Operation(client, instance, around, limits, ending);
    let started: { operation: number; step: Step };
    try {
      started = instance.start(client.handle, call);
    } catch (error) {
      throw client.engine.trapped(instance, error);
    }
    operation.#begin(started.operation, started.step);
  }

  private constructor(client: CoreClient, instance: Instance, around: Surroundings, limits: Limits, ending: Ending) {
    this.client = client;
    this.instance = instance;
    this.#around = around;
    this.#limits = limits;
    this.#ending = ending;
  }

  #begin(handle: number, step: Step): void {
    this.#handle = handle;
    if (handle !== 0) {
      this.client.engine.add(this);
      const { signal, timeout } = this.#limits;
      if (signal !== undefined) {
        this.#onAbort = () => this.stop("cancelled", signal.reason);
        signal.addEventListener("abort", this.#onAbort, { once: true });
      }
      if (timeout !== undefined) this.#deadline = setTimeout(() => this.stop("deadline"), timeout);
    }
    this.#take(step);
  }

  #take(step: Step): void {
    if (step.kind === RUN) {
      if (step.text !== "") this.#limits.progress?.(step.text);
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
      this.#ending.done(step.text);
    } else {
      this.fail(errorFromDocument(this.#around.parse(step.text) as ErrorDocument, this.#cause));
    }
  }

  #send(request: Outgoing): void {
    const { transport } = this.#around;
    if (transport.protocol === "socket") {
      const { url, body, fresh, id } = request;
      this.#exchanges.push(transport.exchange(url, body, fresh, id, this));
      return;
    }
    const hand = (reply: Reply) => {
      this.#inFlight -= 1;
      this.#resume((instance) => instance.reply(this.#handle, request.id, reply));
    };
    this.#inFlight += 1;
    this.#abort ??= new AbortController();
    let sending: Promise<Reply>;
    try {
      sending = transport.send(request, this.#abort.signal).then(checked);
    } catch (error) {
      sending = Promise.reject(error);
    }
    sending.then(hand, (error: unknown) => hand(this.#failed(TransportFailure.from(error))));
  }

  #failed(failure: TransportFailure): Reply {
    this.#cause = failure.cause ?? failure;
    return { failure: failure.kind, message: failure.message };
  }

  received(exchange: Exchange, bytes: Buffer, length: number): void {
    let step: Step;
    try {
      step = this.instance.received(this.#handle, exchange.id, bytes, length);
    } catch (error) {
      exchange.close();
      this.fail(this.client.engine.trapped(this.instance, error));
      return;
    }
    this.#settle(exchange, step);
  }

  ended(exchange: Exchange): void {
    let step: Step;
    try {
      step = this.instance.ended(this.#handle, exchange.id);
    } catch (error) {
      exchange.close();
      this.fail(this.client.engine.trapped(this.instance, error));
      return;
    }
    this.#settle(exchange, step);
  }

  lost(exchange: Exchange, failure: TransportFailure): void {
    this.#forget(exchange);
    const reply = this.#failed(failure);
    this.#resume((instance) => instance.reply(this.#handle, exchange.id, reply));
  }

  /** The connection first: the next request of this very step may go over it. */
  #settle(exchange: Exchange, step: Step): void {
    const { connection } = this.instance;
    if (connection !== MORE) {
      this.#forget(exchange);
      if (connection === KEEP) exchange.keep();
      else exchange.close();
    }
    // A step about bytes that only asks for more changes nothing.
    if (connection !== MORE || step.kind !== RUN || step.requests.length > 0) this.#advance(step);
  }

  #forget(exchange: Exchange): void {
    const at = this.#exchanges.indexOf(exchange);
    if (at >= 0) this.#exchanges.splice(at, 1);
  }

  /** Hands something in, unless the operation is over: late replies are nobody's. */
  #resume(call: (instance: Instance) => Step): void {
    if (this.#over) return;
    let step: Step;
    try {
      step = call(this.instance);
    } catch (error) {
      this.fail(this.client.engine.trapped(this.instance, error));
      return;
    }
    this.#advance(step);
  }

  #advance(step: Step): void {
    this.#forgetTimer?.();
    this.#forgetTimer = undefined;
    this.#take(step);
  }

  /** Ends the operation with an error of its own. */
  fail(error: TableTheoryError): void {
    if (this.#over) return;
    this.#end();
    this.#ending.failed(error);
  }

  /** Ends the operation from outside: the core says what that means, requests in flight are given up. */
  stop(why: "cancelled" | "deadline", cause?: unknown): void {
    if (this.#over) return;
    this.#cause = cause;
    this.#resume((instance) => instance.stop(this.#handle, why));
  }

  #end(): void {
    this.#over = true;
    this.client.engine.remove(this);
    this.#forgetTimer?.();
    if (this.#deadline !== undefined) clearTimeout(this.#deadline);
    if (this.#onAbort !== undefined) this.#limits.signal?.removeEventListener("abort", this.#onAbort);
    if (this.#inFlight > 0) this.#abort?.abort(this.#cause);
    for (const exchange of this.#exchanges) exchange.close();
  }
}

/** A transport may be anyone's: what it answers must not upset the core's memory. */
function checked(reply: { status: number; head: string; body: Uint8Array }): Reply {
  const fits = reply !== undefined && (reply.status & 0xffff) === reply.status;
  if (!fits || typeof reply.head !== "string" || !(reply.body instanceof Uint8Array)) {
    throw new TransportFailure("broken", "the transport answered something that is no response");
  }
  return reply;
}
