/**
 * One instance of the core and its linear memory, called by the canonical ABI.
 *
 * Layouts follow `wit/tabletheory.wit`: a list or string is (pointer, length); a `step` is 32 bytes with its case at 0 and
 * its payload at 4; a `request` is 48 bytes; `started` is the operation's handle and then the step; a `turn` is the
 * connection's fate (8 bytes) and then the step.
 */

import { fs } from "../builtin.js";
import { type WasmMemory, type WasmModule, wasm } from "./webassembly.js";

/** Time and randomness as the core takes them. The real ones unless a test supplies its own. */
export interface Clock {
  /** Nanoseconds since the Unix epoch. */
  nanos(): bigint;
  /** 64 fresh random bits. Called twice per step: the high half, then the low half. */
  random(): bigint;
  /** Calls `done` after so many milliseconds. Answers a function that forgets it. */
  sleep(milliseconds: number, done: () => void): () => void;
}

/** One request for the transport. */
export interface Request {
  /** Names the request within its operation. */
  readonly id: number;
  /** AWS service, `dynamodb`. */
  readonly service: string;
  /** API action, for instance `PutItem`. */
  readonly action: string;
  /** Absolute URL of a POST; empty for a transport with protocol `sdk`. */
  readonly url: string;
  /** Header lines, each ended by CR LF, in the order to be sent, signed; for protocol `http` only. */
  readonly head: string;
  /** The body: JSON, UTF-8; for protocol `socket` the whole HTTP/1.1 message. The transport may keep it. */
  readonly body: Uint8Array;
}

/** A request as the core gives it. */
export interface Outgoing extends Request {
  /** To be sent over a new connection (protocol `socket`). */
  readonly fresh: boolean;
}

/** What an operation wants next. `kind`: one of `RUN`, `CREDENTIALS`, `DONE`, `FAILED`. */
export interface Step {
  readonly kind: number;
  /** Requests to send now (`RUN`). */
  readonly requests: readonly Outgoing[];
  /** Timer in milliseconds (`RUN`). */
  readonly wait: number | undefined;
  /** Result or error document (`DONE`, `FAILED`), or how far the operation has come (`RUN`; empty: nothing new). */
  readonly text: string;
}

export const RUN = 0;
export const CREDENTIALS = 1;
export const DONE = 2;
export const FAILED = 3;

/** What is to become of the connection that bytes came from: the cases of the boundary. */
export const KEEP = 0;
export const CLOSE = 1;
export const MORE = 2;

/** Failure kinds of the boundary, in its order. */
export const FAILURE_KINDS = ["connect", "timeout", "broken", "refused", "credentials", "stale"] as const;

/** Why a host ends an operation, in the boundary's order. */
export const STOPS = ["cancelled", "deadline"] as const;

const REPLY_RESPONSE = 0;
const REPLY_FAILURE = 1;
const REPLY_RECEIVED = 2;
const REPLY_ENDED = 3;
const REPLY_ELAPSED = 4;
const REPLY_CREDENTIALS = 5;
const REPLY_NO_CREDENTIALS = 6;
const REPLY_STOP = 7;

/** What a request came to. */
export type Reply =
  | { readonly status: number; readonly head: string; readonly body: Uint8Array }
  | { readonly failure: (typeof FAILURE_KINDS)[number]; readonly message: string };

interface CoreExports {
  memory: WasmMemory;
  cabi_realloc(pointer: number, size: number, align: number, newSize: number): number;
  info(): number;
  check(document: number, length: number, options: number, optionsLength: number): number;
  open(document: number, length: number, settings: number, settingsLength: number): number;
  describe(client: number): number;
  close(client: number): void;
  explain(client: number, call: number, length: number, nanos: bigint, high: bigint, low: bigint): number;
  start(client: number, call: number, length: number, nanos: bigint, high: bigint, low: bigint): number;
  // biome-ignore format: one line is easier to hold against the WIT file
  resume(operation: number, request: number, reply: number, a: number, b: number, c: number, d: number, e: number, nanos: bigint, high: bigint, low: bigint): number;
  abandon(operation: number): void;
  [post: `cabi_post_${string}`]: ((pointer: number) => void) | undefined;
}

const REQUEST_SIZE = 48;
const NO_REQUESTS: readonly Outgoing[] = [];

/** A call into the core trapped: the instance cannot be used any more. */
export class Trap extends Error {
  /** `cause`: what the engine threw. */
  constructor(cause: unknown) {
    super("the core trapped", { cause });
    this.name = "Trap";
  }
}

/** An instance. Every method throws `Trap` when the core traps, and always after that. */
export class Instance {
  readonly #core: CoreExports;
  readonly #clock: Clock;
  #memory: Buffer;
  #words: DataView;
  #trap: Trap | undefined;
  /** Set by `write`: where the list that was just written stands. */
  #pointer = 1;
  #length = 0;
  /** What is to become of the connection that the last `received` or `ended` was about: `KEEP`, `CLOSE`, `MORE`. */
  connection = KEEP;

  /** Instantiates a compiled core module, which imports nothing. */
  constructor(module: WasmModule, clock: Clock = systemClock) {
    this.#core = new wasm.Instance(module, {}).exports as CoreExports;
    this.#clock = clock;
    this.#memory = Buffer.from(this.#core.memory.buffer);
    this.#words = new DataView(this.#core.memory.buffer);
  }

  /** Whether a trap made the instance unusable. */
  get dead(): boolean {
    return this.#trap !== undefined;
  }

  /** Bytes of linear memory. It never shrinks. */
  get memoryBytes(): number {
    return this.#core.memory.buffer.byteLength;
  }

  /** Info JSON. */
  info(): string {
    return this.#guard(() => this.#takeString(this.#core.info(), "info"));
  }

  /** Diagnostics JSON of a DMS document. */
  check(document: Uint8Array | string, options: Uint8Array | string): string {
    return this.#guard(() => {
      this.#write(document);
      const [pointer, length] = [this.#pointer, this.#length];
      this.#write(options);
      return this.#takeString(this.#core.check(pointer, length, this.#pointer, this.#length), "check");
    });
  }

  /** Opens a client: its handle, or an error document. */
  open(document: Uint8Array | string, settings: Uint8Array | string): number | string {
    return this.#guard(() => {
      this.#write(document);
      const [pointer, length] = [this.#pointer, this.#length];
      this.#write(settings);
      const area = this.#core.open(pointer, length, this.#pointer, this.#length);
      this.#refresh();
      const ok = this.#memory[area] === 0;
      const result = ok ? this.#words.getUint32(area + 4, true) : this.#string(area + 4);
      this.#core.cabi_post_open?.(area);
      return result;
    });
  }

  /** The models of a client: `ok` says whether `text` is them or an error document. */
  describe(client: number): { ok: boolean; text: string } {
    return this.#guard(() => {
      const area = this.#core.describe(client);
      this.#refresh();
      const result = { ok: this.#memory[area] === 0, text: this.#string(area + 4) };
      this.#core.cabi_post_describe?.(area);
      return result;
    });
  }

  /** What a call would do: `ok` says whether `text` is that or an error document. */
  explain(client: number, call: Uint8Array | string): { ok: boolean; text: string } {
    return this.#guard(() => {
      this.#write(call);
      const clock = this.#clock;
      // biome-ignore format: one argument per parameter of the WIT function
      const area = this.#core.explain(client, this.#pointer, this.#length, clock.nanos(), clock.random(), clock.random());
      this.#refresh();
      const result = { ok: this.#memory[area] === 0, text: this.#string(area + 4) };
      this.#core.cabi_post_explain?.(area);
      return result;
    });
  }

  /** Frees a client. */
  close(client: number): void {
    this.#guard(() => this.#core.close(client));
  }

  /** Begins an operation: its handle (0 when it is over already) and its first step. */
  start(client: number, call: Uint8Array | string): { operation: number; step: Step } {
    if (this.#trap !== undefined) throw this.#trap;
    try {
      this.#write(call);
      const clock = this.#clock;
      // biome-ignore format: one argument per parameter of the WIT function
      const area = this.#core.start(client, this.#pointer, this.#length, clock.nanos(), clock.random(), clock.random());
      this.#refresh();
      const result = { operation: this.#words.getUint32(area, true), step: this.#step(area + 4) };
      this.#core.cabi_post_start?.(area);
      return result;
    } catch (error) {
      throw this.#trapped(error);
    }
  }

  /** Hands in what a request came to. */
  reply(operation: number, request: number, reply: Reply): Step {
    return this.#guard(() => {
      if ("failure" in reply) {
        this.#write(reply.message);
        const kind = FAILURE_KINDS.indexOf(reply.failure);
        return this.#resume(operation, request, REPLY_FAILURE, kind, this.#pointer, this.#length);
      }
      this.#write(reply.head);
      const [head, headLength] = [this.#pointer, this.#length];
      this.#write(reply.body);
      // biome-ignore format: one line reads like the WIT function
      return this.#resume(operation, request, REPLY_RESPONSE, reply.status, head, headLength, this.#pointer, this.#length);
    });
  }

  /** Hands in the first `length` of these bytes of a request's connection. `connection` then says what becomes of it. */
  received(operation: number, request: number, bytes: Buffer, length: number): Step {
    if (this.#trap !== undefined) throw this.#trap;
    try {
      const pointer = this.#core.cabi_realloc(0, 0, 1, length) >>> 0;
      this.#refresh();
      bytes.copy(this.#memory, pointer, 0, length);
      return this.#resume(operation, request, REPLY_RECEIVED, pointer, length);
    } catch (error) {
      throw this.#trapped(error);
    }
  }

  /** The other side closed a request's connection after the reply had begun. */
  ended(operation: number, request: number): Step {
    return this.#guard(() => this.#resume(operation, request, REPLY_ENDED));
  }

  /** The timer of the last step ran out. */
  elapsed(operation: number): Step {
    return this.#guard(() => this.#resume(operation, 0, REPLY_ELAPSED));
  }

  /** Hands in credentials JSON, or the text that says where there are none. */
  credentials(operation: number, found: { credentials: string } | { none: string }): Step {
    return this.#guard(() => {
      const some = "credentials" in found;
      this.#write(some ? found.credentials : found.none);
      const reply = some ? REPLY_CREDENTIALS : REPLY_NO_CREDENTIALS;
      return this.#resume(operation, 0, reply, this.#pointer, this.#length);
    });
  }

  /** Ends an operation: the step says what is known of its writes. */
  stop(operation: number, stop: (typeof STOPS)[number]): Step {
    return this.#guard(() => this.#resume(operation, 0, REPLY_STOP, STOPS.indexOf(stop)));
  }

  /** Forgets an operation. */
  abandon(operation: number): void {
    this.#guard(() => this.#core.abandon(operation));
  }

  #resume(operation: number, request: number, reply: number, a = 0, b = 0, c = 0, d = 0, e = 0): Step {
    const clock = this.#clock;
    const [nanos, high, low] = [clock.nanos(), clock.random(), clock.random()];
    const area = this.#core.resume(operation, request, reply, a, b, c, d, e, nanos, high, low);
    this.#refresh();
    this.connection = this.#memory[area] as number;
    const step = this.#step(area + 8);
    this.#core.cabi_post_resume?.(area);
    return step;
  }

  /** Runs one call. Whatever it throws came out of the core: nothing else here throws. */
  #guard<T>(call: () => T): T {
    if (this.#trap !== undefined) throw this.#trap;
    try {
      return call();
    } catch (error) {
      throw this.#trapped(error);
    }
  }

  #trapped(error: unknown): Trap {
    this.#trap = new Trap(error);
    return this.#trap;
  }

  /** Growing memory detaches the views that were made before. */
  #refresh(): void {
    if (this.#memory.length === 0 || this.#memory.buffer !== this.#core.memory.buffer) {
      this.#memory = Buffer.from(this.#core.memory.buffer);
      this.#words = new DataView(this.#core.memory.buffer);
    }
  }

  /** Copies a list into memory that the callee will own. */
  #write(data: Uint8Array | string): void {
    const text = typeof data === "string";
    const length = text ? Buffer.byteLength(data) : data.length;
    this.#length = length;
    if (length === 0) {
      this.#pointer = 1;
      return;
    }
    const pointer = this.#core.cabi_realloc(0, 0, 1, length) >>> 0;
    this.#pointer = pointer;
    this.#refresh();
    if (text) this.#memory.write(data, pointer, length, "utf8");
    else this.#memory.set(data, pointer);
  }

  #string(area: number): string {
    const pointer = this.#words.getUint32(area, true);
    return this.#memory.toString("utf8", pointer, pointer + this.#words.getUint32(area + 4, true));
  }

  #takeString(area: number, name: "info" | "check"): string {
    this.#refresh();
    const text = this.#string(area);
    this.#core[`cabi_post_${name}`]?.(area);
    return text;
  }

  #step(area: number): Step {
    const kind = this.#memory[area] as number;
    if (kind === RUN) {
      const list = this.#words.getUint32(area + 4, true);
      const count = this.#words.getUint32(area + 8, true);
      const wait = this.#memory[area + 12] === 1 ? this.#words.getUint32(area + 16, true) : undefined;
      const text = this.#memory[area + 20] === 1 ? this.#string(area + 24) : "";
      if (count === 0) return { kind, requests: NO_REQUESTS, wait, text };
      if (count === 1) return { kind, requests: [this.#request(list)], wait, text };
      const requests = Array.from({ length: count }, (_, index) => this.#request(list + REQUEST_SIZE * index));
      return { kind, requests, wait, text };
    }
    const text = kind === CREDENTIALS ? "" : this.#string(area + 4);
    return { kind, requests: NO_REQUESTS, wait: undefined, text };
  }

  #request(at: number): Outgoing {
    const pointer = this.#words.getUint32(at + 36, true);
    const length = this.#words.getUint32(at + 40, true);
    const body = Buffer.allocUnsafe(length);
    this.#memory.copy(body, 0, pointer, pointer + length);
    return {
      id: this.#words.getUint32(at, true),
      service: this.#string(at + 4),
      action: this.#string(at + 12),
      url: this.#string(at + 20),
      head: this.#string(at + 28),
      body,
      fresh: this.#memory[at + 44] === 1,
    };
  }
}

const entropy = new BigUint64Array(256);
let drawn = entropy.length;

/**
 * Fills with the system's randomness: from the kernel where it has a device for that, else from `crypto`, which takes longer to load than a
 * request to make.
 */
function draw(bytes: Uint8Array): void {
  try {
    const device = fs.openSync("/dev/urandom", "r");
    try {
      if (fs.readSync(device, bytes) === bytes.length) return;
    } finally {
      fs.closeSync(device);
    }
  } catch {
    // There is none, or it may not be read.
  }
  crypto.getRandomValues(bytes);
}

/** The machine's clock (milliseconds, as JavaScript has it), the system's randomness, and timers. */
export const systemClock: Clock = {
  nanos: () => BigInt(Date.now()) * 1_000_000n,
  random() {
    if (drawn === entropy.length) {
      draw(new Uint8Array(entropy.buffer));
      drawn = 0;
    }
    return entropy[drawn++] as bigint;
  },
  sleep(milliseconds, done) {
    const timer = setTimeout(done, milliseconds);
    return () => clearTimeout(timer);
  },
};
