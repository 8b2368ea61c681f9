/** `connect` and the client that it makes. */

import { fs } from "../builtin.js";
import { type CoreClient, Engine } from "../engine/engine.js";
import type { Clock } from "../engine/instance.js";
import type { CoreSource } from "../engine/module.js";
import { type Limits, Operation, type Surroundings } from "../engine/operation.js";
import { TableTheoryError } from "../errors.js";
import { hostError } from "../raise.js";
import {
  type AwsCredentials,
  type CredentialProvider,
  credentialSource,
  endpointOf,
  regionOf,
} from "../transport/credentials.js";
import { type HttpOptions, HttpTransport } from "../transport/http.js";
import { proxied } from "../transport/proxy.js";
import { type SdkClient, sdkTransport } from "../transport/sdk.js";
import { SocketTransport } from "../transport/socket.js";
import type { Transport } from "../transport/transport.js";
import { decodeDocument, decodeItems, parseExact } from "../values/decode.js";
import { VERSION } from "../version.js";
import { Action, type Group } from "./action.js";
import { type BatchOptions, batchGet, batchWrite, type GroupResults } from "./batch.js";
import { Call, type Caller, type CallOptions, type ResultDocument, type RunOptions } from "./call.js";
import type { IndexNames, InferInput, InferItem, ModelDefinition, Numbers } from "./define.js";
import { type CallDocument, callText, snakeCase } from "./document.js";
import { type Explanation, type ExplanationDocument, explanationOf } from "./explain.js";
import { Model } from "./model.js";
import type { TableDescription } from "./table.js";
import {
  type ActionValues,
  type ReadAction,
  type TransactOptions,
  transact,
  transactGet,
  transitionAppendEvent,
  type WriteAction,
} from "./transact.js";

/**
 * The schema of a client: the path or `file:` URL of a DMS document (YAML or JSON), its bytes, its text as
 * `{ document }`, or models declared with `defineModel`.
 */
export type Schema =
  | string
  | URL
  | Uint8Array
  | { readonly document: string | Uint8Array }
  | ModelDefinition
  | readonly ModelDefinition[];

/** Options of `connect`. Everything has a default. */
export interface ConnectOptions<N extends Numbers = Numbers> extends HttpOptions {
  /** AWS region. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`. */
  region?: string;
  /** Endpoint URL. Default: `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL`, or the region's own. */
  endpoint?: string;
  /** Credentials or a function that answers them. Default: environment, then the AWS SDK's default chain. */
  credentials?: AwsCredentials | CredentialProvider;
  /** Your own AWS SDK client: requests go through it, with everything configured on it. */
  client?: SdkClient;
  /**
   * `socket` (default): TCP and TLS sockets, HTTP spoken by the core. `http`: Node's own HTTP client, which is taken instead
   * with an `agent`, and where the environment names a proxy. Or a transport of your own.
   */
  transport?: "socket" | "http" | SocketTransport | Transport;
  /** Put in front of the table names of the document. */
  tablePrefix?: string;
  /** Table names by model name; used as they are. */
  tables?: Readonly<Record<string, string>>;
  /** How N values are read. Default `number`: `NumberPrecisionLoss` where a number cannot hold the value. */
  numbers?: N;
  /** Which consumed capacity to ask for. Default `total`. */
  capacity?: "none" | "total" | "indexes";
  /** Warnings of the document are errors. Default false. */
  strict?: boolean;
  /** Retry policy: attempts in all, back-off in milliseconds, tokens of the budget that limits retries. */
  retry?: { maxAttempts?: number; baseMs?: number; maxBackoffMs?: number; budget?: number };
  /**
   * Signed cursors: for those that leave the house. `keys`: at least 32 random bytes each, base64 or as they are; the first
   * one signs, all of them are accepted. `required` (default true): cursors without a signature are refused.
   */
  cursor?: { keys: readonly (string | Uint8Array)[]; required?: boolean };
  /** Milliseconds for a whole call, unless the call says otherwise. Default: no limit. */
  callTimeout?: number;
  /** The component to run, or its core module compiled already. Default: the one that is part of this package. */
  wasm?: CoreSource;
  /** Time, randomness and timers, for tests. */
  clock?: Clock;
}

/** Options of `ensureTable`. */
export interface EnsureTableOptions extends CallOptions {
  /** Wait until the table can be used. Default true. */
  readonly wait?: boolean;
  /** Milliseconds to wait for the table. Default 300000. */
  readonly timeoutMs?: number;
  /** On demand (default), or provisioned capacity. */
  readonly billing?: "PAY_PER_REQUEST" | { readonly read: number; readonly write: number };
  /** Refuse deletion. */
  readonly deletionProtection?: boolean;
}

/** Options of `deleteTable`. */
export interface DeleteTableOptions extends CallOptions {
  /** Wait until the table is gone. Default true. */
  readonly wait?: boolean;
  /** Milliseconds to wait. Default 300000. */
  readonly timeoutMs?: number;
}

/** A model by name, by definition, or as `TableTheory.model` gave it. */
export type ModelName = string | { readonly name: string };

/**
 * Opens a client. Reads and checks the schema and compiles the core (once per process); no request is made.
 * @throws InvalidDocument when the document cannot be read or is invalid: `problems` lists why.
 * @throws ConfigurationError for settings that do not work, for instance no region.
 */
export async function connect<const N extends Numbers = "number">(
  schema: Schema,
  options: ConnectOptions<N> = {},
): Promise<TableTheory<N>> {
  const loading = Engine.load(options.wasm, options.clock);
  loading.catch(() => {});
  // Meanwhile another thread compiles.
  const document = documentOf(schema);
  const transport = transportOf(options);
  const engine = await loading;
  const core = engine.open(document, settingsOf(options, transport));
  return new TableTheory<N>(core, transport, options);
}

function base64(key: string | Uint8Array): string {
  return typeof key === "string" ? key : Buffer.from(key).toString("base64");
}

function transportOf(options: ConnectOptions): Transport | SocketTransport {
  const { transport, client, agent } = options;
  if (typeof transport === "object") return transport;
  if (transport === undefined && client !== undefined) return sdkTransport(client, options);
  const http = transport === "http" || agent !== undefined || proxied(options);
  return http ? new HttpTransport(options) : new SocketTransport(options);
}

function documentOf(schema: Schema): Uint8Array {
  if (typeof schema === "string" || schema instanceof URL) {
    try {
      return fs.readFileSync(schema);
    } catch (cause) {
      const where = schema instanceof URL ? schema.href : schema;
      throw hostError("ErrInvalidDocument", `cannot read the schema document \`${where}\``, { cause });
    }
  }
  if (schema instanceof Uint8Array) return schema;
  if ("document" in schema) return Buffer.from(schema.document);
  return Buffer.from(JSON.stringify({ dms_version: "0.2", models: Array.isArray(schema) ? schema : [schema] }));
}

function settingsOf(options: ConnectOptions, transport: Transport | SocketTransport): string {
  const numbers = options.numbers ?? "number";
  return JSON.stringify({
    transport: transport.protocol,
    region: regionOf(options.region),
    endpoint: transport.protocol !== "sdk" ? endpointOf(options.endpoint) : undefined,
    tables: options.tablePrefix || options.tables ? { prefix: options.tablePrefix, names: options.tables } : undefined,
    numbers: numbers === "number" ? "double" : numbers,
    capacity: options.capacity,
    cursor: options.cursor && { ...options.cursor, keys: options.cursor.keys.map(base64) },
    strict: options.strict,
    retry:
      options.retry &&
      Object.fromEntries(Object.entries(options.retry).map(([name, value]) => [snakeCase(name), value])),
    user_agent: `tabletheory-node/${VERSION}`,
  });
}

/** A client. Share one: it is safe for any number of calls side by side. `N`: how N values are read. */
export class TableTheory<N extends Numbers = "number"> implements Caller {
  readonly #core: CoreClient;
  readonly #around: Surroundings;
  readonly #timeout: number | undefined;
  readonly #ownTransport: { close?(): void } | undefined;

  /** Use `connect`. */
  constructor(core: CoreClient, transport: Transport | SocketTransport, options: ConnectOptions) {
    this.#core = core;
    const parse = options.numbers === "exact" ? parseExact : JSON.parse;
    this.#around = { transport, credentials: credentialSource(options.credentials), parse };
    this.#timeout = options.callTimeout;
    this.#ownTransport = transport === options.transport ? undefined : transport;
  }

  /** The items of a model declared with `defineModel`, typed by it. */
  model<const M extends ModelDefinition>(model: M): Model<InferItem<M, N>, InferInput<M>, IndexNames<M>>;
  /** The items of a model of the schema. `T`: the item as read, `I`: as written, for instance generated types. */
  model<T extends object = Record<string, unknown>, I extends object = T>(name: string): Model<T, I>;
  model(model: ModelName): Model {
    return new Model(this, nameOf(model));
  }

  /** Creates the model's table with its indexes and TTL if it is not there, and waits for it. */
  ensureTable(model: ModelName, options: EnsureTableOptions = {}): Call<{ table: TableDescription; created: boolean }> {
    return this.#table("ensure_table", model, options, (result) => ({
      table: described(result),
      created: result.created ?? false,
    }));
  }

  /**
   * Describes the model's table.
   * @throws TableNotFound when there is none.
   */
  describeTable(model: ModelName, options: CallOptions = {}): Call<TableDescription> {
    return this.#table("describe_table", model, options, described);
  }

  /** Deletes the model's table with all its items, and waits until it is gone. Gives whether there was one. */
  deleteTable(model: ModelName, options: DeleteTableOptions = {}): Call<{ deleted: boolean }> {
    return this.#table("delete_table", model, options, (result) => ({ deleted: result.deleted ?? false }));
  }

  /**
   * Runs a call document (`call.schema.json`), an object or its JSON text, and gives the result document as it is:
   * values stay plain JSON.
   */
  async call(document: object | string | Uint8Array, options: CallOptions = {}): Promise<ResultDocument> {
    const text = typeof document === "string" || document instanceof Uint8Array ? document : written(document);
    const result = await new Promise<string>((done, failed) => {
      Operation.run(this.#core, text, this.#around, this.#limits(options), { done, failed });
    });
    return this.#around.parse(result) as ResultDocument;
  }

  /** The compiled models (`models.schema.json`). */
  describe(): { models: unknown[]; warnings: unknown[] } {
    return JSON.parse(this.#core.describe());
  }

  /** Cancels what runs, frees the connections of the built-in transport and the core's memory. Twice is once. */
  close(): void {
    this.#core.close();
    this.#ownTransport?.close?.();
  }

  /** `using db = await connect(…)` closes the client at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Carries out up to 100 writes and checks of any models, all or none. Gives what each action gives, in their order.
   * @throws TransactionFailed, or ConditionFailed when a condition is why; `reasons` says which, by action.
   */
  transact<const A extends readonly WriteAction[]>(actions: A, options: TransactOptions = {}): Call<ActionValues<A>> {
    return transact(this, actions, options);
  }

  /** Reads up to 100 items of any models as of one moment; undefined where there is none. */
  transactGet<const A extends readonly ReadAction[]>(actions: A, options: CallOptions = {}): Call<ActionValues<A>> {
    return transactGet(this, actions, options);
  }

  /**
   * Puts and deletes any number of items of any models, each by itself. Gives how many.
   * @throws BatchOperationFailed when some were not written, or may not have been; `remaining` holds them.
   */
  batchWrite(groups: readonly Group<unknown, "put" | "delete">[], options: BatchOptions = {}): Call<number> {
    return batchWrite(this, groups, options);
  }

  /** Reads any number of items of any models: a list for each group, undefined where there is none. */
  batchGet<const G extends readonly Group<unknown, "get">[]>(
    groups: G,
    options: BatchOptions = {},
  ): Call<GroupResults<G>> {
    return batchGet(this, groups, options, (results) => results);
  }

  /** Changes the state of a release and appends the event that tells of it, both or neither. Gives the event. */
  transitionAppendEvent<E>(
    actual: Action<undefined, "update">,
    event: Action<E, "create">,
    options: TransactOptions = {},
  ): Call<E> {
    return transitionAppendEvent(this, actual, event, options);
  }

  /**
   * Checks that the evidence of a deployment is authoritative. Nothing is sent.
   * @throws RejectedDeployAuthorityEvidence when it is not.
   */
  validateProvenance(provenance: object, confidence: object, options: CallOptions = {}): Call<undefined> {
    const text = () => callText("validate_provenance", undefined, { provenance, confidence }, options);
    return this.run(text, options, () => undefined);
  }

  /** What a call would do, without sending anything: the requests, the index, the cost, warnings. */
  explain(call: Action | CallDocument | string): Explanation {
    const text = typeof call === "string" ? call : written(call instanceof Action ? call.document() : call);
    return explanationOf(this.#around.parse(this.#core.explain(text)) as ExplanationDocument);
  }

  /** Runs a call document and makes the value of its result. For the models of this client. */
  run<T>(
    call: () => string,
    options: RunOptions,
    value: (result: ResultDocument) => T,
    amend?: (error: unknown) => void,
  ): Call<T> {
    return Call.run(value, (done, failed) => {
      const ending = {
        done: (text: string) => {
          try {
            const result = decodeDocument<ResultDocument>(text, this.#around.parse);
            // Of the last answer the result tells.
            if (result.progress !== undefined) options.onProgress?.(camelCased(result.progress));
            done(result);
          } catch (error) {
            failed(error);
          }
        },
        failed: (error: unknown) => {
          if (error instanceof TableTheoryError) decodeError(error);
          amend?.(error);
          failed(error);
        },
      };
      Operation.run(this.#core, call(), this.#around, this.#limits(options), ending);
    });
  }

  #limits({ signal, timeout = this.#timeout, onProgress }: RunOptions): Limits {
    const progress = onProgress && ((text: string) => onProgress(camelCased(JSON.parse(text))));
    return { signal, timeout, progress };
  }

  #table<T>(op: string, model: ModelName, options: CallOptions, value: (result: ResultDocument) => T): Call<T> {
    return this.run(() => callText(op, nameOf(model), options), options, value);
  }
}

function written(document: object): string {
  try {
    return JSON.stringify(document);
  } catch (cause) {
    throw hostError("ErrInvalidCall", "the call document has no JSON form", { cause });
  }
}

function nameOf(model: ModelName): string {
  return typeof model === "string" ? model : model.name;
}

function camelCased(document: Record<string, unknown>): Record<string, unknown> {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [camel(name), value]));
}

/** The items that an error carries, as JavaScript values. */
function decodeError(error: TableTheoryError): void {
  decodeItems(error.item);
  decodeItems(error.batch?.results);
  for (const reason of error.reasons ?? []) decodeItems(reason.item);
}

function described(result: ResultDocument): TableDescription {
  return result.table as TableDescription;
}
