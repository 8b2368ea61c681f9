/**
 * The instance of a core module, shared by all clients of a thread, and what happens when it traps.
 *
 * JavaScript runs one call at a time, so one instance per module serves every operation side by side. A trap
 * discards it, fails the operations that ran on it, and the next call makes a new one in which clients are opened anew.
 */

import type { TableTheoryError } from "../errors.js";
import { errorFromDocument, hostError } from "../raise.js";
import { type Clock, Instance, systemClock, Trap } from "./instance.js";
import { type CoreInfo, type CoreSource, compile, contractMismatch } from "./module.js";
import type { Operation } from "./operation.js";
import type { WasmModule } from "./webassembly.js";

const engines = new WeakMap<WasmModule, Engine>();

/** One compiled core and its live instance. */
export class Engine {
  readonly #module: WasmModule;
  readonly #clock: Clock;
  readonly #running = new Set<Operation>();
  #instance: Instance | undefined;
  #clients = 0;

  private constructor(module: WasmModule, clock: Clock) {
    this.#module = module;
    this.#clock = clock;
  }

  /**
   * The engine of a core, compiled on first use. Engines with the machine's own clock are shared between clients.
   * @throws ContractVersionError when the core is not the one this package was built for.
   */
  static async load(source?: CoreSource, clock?: Clock): Promise<Engine> {
    let module: WasmModule;
    try {
      module = await compile(source);
    } catch (cause) {
      throw hostError("ErrContractVersion", "the core cannot be compiled", {
        hint: "install the package again, or leave the option `wasm` out",
        cause,
      });
    }
    let engine = clock === undefined ? engines.get(module) : undefined;
    if (engine === undefined) {
      engine = new Engine(module, clock ?? systemClock);
      engine.#checkContract();
      if (clock === undefined) engines.set(module, engine);
    }
    return engine;
  }

  #checkContract(): void {
    let problem: string | undefined;
    try {
      const instance = new Instance(this.#module, this.#clock);
      problem = contractMismatch(JSON.parse(instance.info()) as CoreInfo);
      this.#instance = instance;
    } catch (cause) {
      throw hostError("ErrContractVersion", "the module is not a core of TableTheory", { cause });
    }
    if (problem !== undefined) {
      const hint = "use the `tabletheory.wasm` of the same release as this package, or leave the option `wasm` out";
      throw hostError("ErrContractVersion", problem, { hint });
    }
  }

  /** The clock that operations of this engine follow. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Bytes of linear memory of the live instance, 0 when there is none. */
  get memoryBytes(): number {
    return this.#instance?.memoryBytes ?? 0;
  }

  /** Opens a client from a DMS document and settings JSON. */
  open(document: Uint8Array, settings: string): CoreClient {
    const client = new CoreClient(this, document, settings);
    client.instance();
    this.#clients += 1;
    return client;
  }

  /** The live instance; a new one after a trap. */
  instance(): Instance {
    if (this.#instance === undefined || this.#instance.dead) {
      try {
        this.#instance = new Instance(this.#module, this.#clock);
      } catch (cause) {
        throw hostError("ErrInternal", "no memory for the core", { retryable: true, cause });
      }
    }
    return this.#instance;
  }

  /** Runs one call into an instance; a trap fails whatever runs on it, and this call, with `InternalError`. */
  enter<T>(instance: Instance, call: (instance: Instance) => T): T {
    try {
      return call(instance);
    } catch (error) {
      throw this.trapped(instance, error);
    }
  }

  /** The error of a call that trapped; whatever else runs on its instance fails, too. */
  trapped(instance: Instance, error: unknown): TableTheoryError {
    if (!(error instanceof Trap)) throw error;
    if (this.#instance === instance) this.#instance = undefined;
    for (const operation of this.#running) {
      // What it has written by then, nobody can tell any more.
      if (operation.instance === instance) operation.fail(trapped(error, "unknown"));
    }
    return trapped(error, "not_sent");
  }

  /** Remembers a running operation, so that a trap reaches it. */
  add(operation: Operation): void {
    this.#running.add(operation);
  }

  /** Forgets an operation that is over. */
  remove(operation: Operation): void {
    this.#running.delete(operation);
  }

  /** Ends a client: its operations are cancelled; with the last client the instance's memory goes too. */
  closed(client: CoreClient): void {
    for (const operation of this.#running) {
      if (operation.client === client) operation.stop("cancelled", new Error("the client was closed"));
    }
    this.#clients -= 1;
    if (this.#clients === 0) this.#instance = undefined;
  }
}

function trapped(trap: Trap, outcome: "not_sent" | "unknown"): TableTheoryError {
  return hostError("ErrInternal", "the core failed unexpectedly and was restarted", {
    hint: "this is a bug of tabletheory: please report it with the cause of this error",
    retryable: true,
    outcome,
    cause: trap.cause,
  });
}

/** A client handle that survives the instance: it is opened anew in the next one. */
export class CoreClient {
  readonly engine: Engine;
  readonly #document: Uint8Array;
  readonly #settings: string;
  #instance: Instance | undefined;
  #handle = 0;
  #closed = false;

  /** Use `Engine.open`. */
  constructor(engine: Engine, document: Uint8Array, settings: string) {
    this.engine = engine;
    this.#document = document;
    this.#settings = settings;
  }

  /** This client's handle in the instance that `instance()` gave last. */
  get handle(): number {
    return this.#handle;
  }

  /** The live instance; this client is open in it. */
  instance(): Instance {
    if (this.#closed) throw hostError("ErrInvalidHandle", "the client is closed");
    if (this.#instance === undefined || this.#instance.dead) {
      const instance = this.engine.instance();
      const opened = this.engine.enter(instance, () => instance.open(this.#document, this.#settings));
      if (typeof opened === "string") throw errorFromDocument(JSON.parse(opened));
      this.#instance = instance;
      this.#handle = opened;
    }
    return this.#instance;
  }

  /** The compiled models as JSON (`models.schema.json`). */
  describe(): string {
    return this.#ask((instance) => instance.describe(this.#handle));
  }

  /** What a call would do, as JSON (`explanation.schema.json`). */
  explain(call: string): string {
    return this.#ask((instance) => instance.explain(this.#handle, call));
  }

  #ask(question: (instance: Instance) => { ok: boolean; text: string }): string {
    const { ok, text } = this.engine.enter(this.instance(), question);
    if (!ok) throw errorFromDocument(JSON.parse(text));
    return text;
  }

  /** Frees the handle and cancels what runs. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.engine.closed(this);
    if (this.#instance !== undefined && !this.#instance.dead) {
      const instance = this.#instance;
      this.engine.enter(instance, () => instance.close(this.#handle));
    }
    this.#instance = undefined;
  }
}
