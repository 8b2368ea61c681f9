/**
 * The user's own AWS SDK client as the transport: everything configured on it (credentials, endpoint, HTTP handler, middleware,
 * telemetry) stays in force. By public API only: a command of the SDK carries two middleware functions of ours.
 */

import { type FailureKind, type Request, type Response, type Transport, TransportFailure } from "./transport.js";

/** What is needed of a `DynamoDBClient` (or `DynamoDBDocumentClient`) of `@aws-sdk/client-dynamodb`. */
export interface SdkClient {
  readonly config: object;
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own overloads take any of its commands
  send(command: any, options?: any): Promise<any>;
}

/** Options of the SDK transport. */
export interface SdkOptions {
  /** Milliseconds for one attempt. Default 10000. */
  attemptTimeout?: number;
}

/**
 * Makes a transport of an AWS SDK client. Needs the package `@aws-sdk/client-dynamodb`, loaded with the first request.
 * The client is not closed with ours. Its own retries do not happen: the core retries.
 */
export function sdkTransport(client: SdkClient, options: SdkOptions = {}): Transport {
  return {
    protocol: "sdk",
    send: (request, signal) => send(client, request, options.attemptTimeout ?? 10_000, signal),
  };
}

/** What our middleware sees of the SDK's messages. */
interface Message {
  headers: Record<string, string>;
  body: unknown;
  statusCode: number;
}

type Next = (args: { request: Message }) => Promise<{ response: Message }>;

interface SdkCommand {
  readonly middlewareStack: {
    add(middleware: (next: Next) => Next, options: { step: string; priority: string; name: string }): void;
  };
}

/** What came of an attempt; still empty when the SDK gave up before it sent anything. */
interface Attempt {
  response?: Response;
  failure?: TransportFailure;
}

async function send(client: SdkClient, request: Request, timeout: number, signal?: AbortSignal): Promise<Response> {
  const command = await commandFor(request.action);
  const attempt: Attempt = {};
  intercept(command, request, attempt, client.config as Config);
  const abort = new AbortController();
  const sending: Promise<unknown> = client.send(command, { abortSignal: abort.signal });
  try {
    await orAborted(sending, abort, timeout, signal);
  } catch (cause) {
    // The response may be here although the SDK could not make sense of it.
    if (attempt.response === undefined) throw attempt.failure ?? (await refused(cause, client.config));
  }
  if (attempt.response === undefined) throw attempt.failure ?? (await refused(undefined, client.config));
  return attempt.response;
}

/** Waits no longer than allowed, even for an HTTP handler that does not heed the signal. */
async function orAborted(sending: Promise<unknown>, abort: AbortController, timeout: number, signal?: AbortSignal) {
  let stop = (_: TransportFailure) => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const aborted = () => stop(new TransportFailure("broken", "aborted"));
  const timer = setTimeout(() => stop(new TransportFailure("timeout", `no response within ${timeout} ms`)), timeout);
  signal?.addEventListener("abort", aborted);
  try {
    await Promise.race([sending, stopped]);
  } catch (error) {
    abort.abort();
    sending.catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", aborted);
  }
}

/** The SDK sent nothing: for want of credentials, if its provider has none. */
async function refused(cause: unknown, config: Config): Promise<TransportFailure> {
  if (cause instanceof TransportFailure) return cause;
  const found = await Promise.resolve(config.credentials?.()).catch(() => undefined);
  const kind = config.credentials === undefined || found?.accessKeyId ? "refused" : "credentials";
  const message = cause instanceof Error ? cause.message : "the SDK sent nothing";
  return new TransportFailure(kind, message, { cause });
}

async function commandFor(action: string): Promise<SdkCommand> {
  let sdk: Record<string, unknown>;
  try {
    sdk = await import("@aws-sdk/client-dynamodb");
  } catch (cause) {
    throw new TransportFailure("refused", "`@aws-sdk/client-dynamodb` is not installed", { cause });
  }
  const make = sdk[`${action}Command`] as (new (input: object) => SdkCommand) | undefined;
  if (make === undefined) throw new TransportFailure("refused", `the SDK has no \`${action}Command\``);
  return new make({});
}

interface Config {
  credentials?(): Promise<{ accessKeyId?: string }>;
  streamCollector?(stream: unknown): Promise<Uint8Array>;
}

/** Puts the core's body in before the request is signed, and takes the raw response before the SDK reads it. */
function intercept(command: SdkCommand, request: Request, attempt: Attempt, config: Config): void {
  command.middlewareStack.add(
    (next) => (args) => {
      args.request.body = request.body;
      args.request.headers["content-length"] = String(request.body.length);
      return next(args);
    },
    { step: "build", priority: "high", name: "tabletheoryRequest" },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      let response: Message;
      try {
        ({ response } = await next(args));
        const body = await collect(response.body, config);
        attempt.response = { status: response.statusCode, head: headText(response.headers), body };
      } catch (cause) {
        // Swallowed, or the SDK would retry by itself.
        attempt.failure = new TransportFailure(kindOf(cause), messageOf(cause), { cause });
        response = { headers: {}, body: undefined, statusCode: 200 };
      }
      // To the SDK, every request is answered by an empty success: nothing to decode, nothing to retry.
      return { response: Object.assign(response, { statusCode: 200, body: new Uint8Array(EMPTY) }) };
    },
    { step: "deserialize", priority: "low", name: "tabletheoryResponse" },
  );
}

const EMPTY = Buffer.from("{}");

async function collect(body: unknown, config: Config): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return Buffer.from(body);
  if (config.streamCollector !== undefined) return config.streamCollector(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function headText(headers: Record<string, string>): string {
  let text = "";
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\n`;
  return text;
}

function kindOf(error: unknown): FailureKind {
  const { name, syscall, errors } = (error ?? {}) as { name?: string; syscall?: string; errors?: unknown[] };
  if (name === "TimeoutError") return "timeout";
  if (syscall === "connect" || syscall === "getaddrinfo") return "connect";
  if (Array.isArray(errors) && errors.length > 0 && errors.every((each) => kindOf(each) === "connect"))
    return "connect";
  return "broken";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
