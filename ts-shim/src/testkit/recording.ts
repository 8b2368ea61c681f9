/** Requests and responses in a file that people can read, and back from it. */

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { FAILURE_KINDS } from "../engine/instance.js";
import {
  type FailureKind,
  type Request,
  type Response,
  type Transport,
  TransportFailure,
} from "../transport/transport.js";
import { differences, RequestMismatch, readable } from "./diff.js";

/** One line of a recording, with `status`, `head` and `body`, or with `failure` and `message`: the same in all languages. */
interface Line {
  action: string;
  request: unknown;
  status?: number;
  /** Header lines, but for those of the bytes as they came, which are written down in another form. */
  head?: string[];
  /** JSON; text, where the body is no JSON. */
  body?: unknown;
  failure?: FailureKind;
  message?: string;
}

const LEFT_OUT = /^(x-amz-crc32|content-length|transfer-encoding|content-encoding):/i;

/**
 * Sends requests by another transport and writes each, with its response or failure, as a line of JSON into a file, which
 * other languages can replay, too. Neither signatures nor credentials are written, but the items are.
 */
export class RecordingTransport implements Transport {
  readonly protocol: "http" | "sdk";
  readonly #inner: Transport;
  readonly #file: string | URL;

  /** Begins the file anew. */
  constructor(inner: Transport, file: string | URL) {
    this.protocol = inner.protocol;
    this.#inner = inner;
    this.#file = file;
    writeFileSync(file, "");
  }

  async send(request: Request, signal?: AbortSignal): Promise<Response> {
    const line: Line = { action: request.action, request: readable(request.body) };
    try {
      const response = await this.#inner.send(request, signal);
      const lines = response.head.split(/\r?\n/);
      const head = lines.filter((header) => header !== "" && !LEFT_OUT.test(header));
      Object.assign(line, { status: response.status, head, body: readable(response.body) });
      return response;
    } catch (error) {
      const { kind, message } = TransportFailure.from(error);
      Object.assign(line, { failure: kind, message });
      throw error;
    } finally {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    }
  }

  close(): void {
    this.#inner.close?.();
  }
}

/**
 * Answers requests from a recording: each with the response of the first line, not used yet, that has the same action and
 * body. Use a `ScriptedClock` with a seed in both runs: timestamps and tokens are part of the requests.
 */
export class ReplayTransport implements Transport {
  readonly protocol: "http" | "sdk";
  readonly #lines: Line[];
  #mismatch: RequestMismatch | undefined;

  /** Reads the file. @throws Error when a line of it is not one of a recording. */
  constructor(file: string | URL, protocol: "http" | "sdk" = "http") {
    this.protocol = protocol;
    this.#lines = readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, at) => (line.trim() === "" ? [] : [lineOf(line, at + 1)]));
  }

  async send({ action, body }: Request): Promise<Response> {
    const request = readable(body);
    const same = (line: Line) => line.action === action && differences(line.request, request).length === 0;
    const at = this.#lines.findIndex(same);
    if (at < 0) {
      const near = this.#lines.find((line) => line.action === action);
      const lines = near === undefined ? ["no such action is left"] : differences(near.request, request);
      const mismatch = new RequestMismatch(`this ${action} is not in the recording`, lines);
      this.#mismatch ??= mismatch;
      throw new TransportFailure("refused", mismatch.message, { cause: mismatch });
    }
    const [line] = this.#lines.splice(at, 1) as [Line];
    if (line.failure !== undefined) throw new TransportFailure(line.failure, line.message ?? "");
    const text = typeof line.body === "string" ? line.body : JSON.stringify(line.body);
    const head = (line.head ?? []).map((header) => `${header}\n`).join("");
    return { status: line.status as number, head, body: Buffer.from(text) };
  }

  /** For the end of a test: throws unless every request was in the recording and every line was used. */
  done(): void {
    if (this.#mismatch !== undefined) throw this.#mismatch;
    const left = this.#lines.map((line) => line.action);
    if (left.length > 0) throw new RequestMismatch(`\`${left.length}\` lines of the recording were not used`, left);
  }
}

function lineOf(text: string, number: number): Line {
  const refused = (why: unknown) => new Error(`line ${number} is not one of a recording: ${why}`);
  let line: Line;
  try {
    line = JSON.parse(text);
  } catch (error) {
    throw refused((error as Error).message);
  }
  const { action, request, status, body, failure } = line;
  if (action === undefined || request === undefined) throw refused("it has no `action` or no `request`");
  if (failure === undefined) {
    if (status === undefined || body === undefined) throw refused("it has neither `status` and `body` nor `failure`");
  } else if (!FAILURE_KINDS.includes(failure)) throw refused(`the failure \`${failure}\` is not known`);
  return line;
}
