/** Starts `tabletheory local`, the embedded DynamoDB, for the length of a test run. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Options of `startLocal`. */
export interface LocalOptions {
  /** The `tabletheory` command. Default: `TABLETHEORY_LOCAL`, else `tabletheory` on the path. */
  command?: string;
  /** More arguments, for instance `["--file", "notes.db"]`. */
  arguments?: readonly string[];
  /** Milliseconds until it must have said where it listens. Default 10000. */
  startTimeout?: number;
}

/** A running local DynamoDB. */
export interface Local extends AsyncDisposable {
  /** Where it listens, for instance `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** Options for `connect`: endpoint, a region, dummy credentials. */
  readonly options: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Stops it and waits for its end. Twice is once. */
  stop(): Promise<void>;
}

/**
 * Starts a local DynamoDB on a free port, in memory unless told otherwise.
 * @throws Error when the command cannot be started or does not say where it listens in time.
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const command = options.command ?? (process.env.TABLETHEORY_LOCAL || "tabletheory");
  // It ends with its standard input, so that it never outlives this process.
  const child = spawn(command, ["local", "--port", "0", "--stop-with-stdin", ...(options.arguments ?? [])], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async () => {
    child.ref();
    child.kill("SIGTERM");
    await ended;
  };
  try {
    const endpoint = await endpointLine(child, command, options.startTimeout ?? 10_000);
    // Neither the process nor its pipes keep the test runner alive.
    child.unref();
    for (const pipe of [child.stdin, child.stdout]) (pipe as { unref?(): void } | null)?.unref?.();
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    return { endpoint, options: { endpoint, region: "us-east-1", credentials }, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function endpointLine(child: ChildProcess, command: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`\`${command} local\` said nothing for ${timeout} ms`)), timeout);
    const done = (settle: () => void) => {
      clearTimeout(late);
      settle();
    };
    child.once("error", (cause) => {
      done(() => reject(new Error(`cannot start \`${command}\`: set TABLETHEORY_LOCAL to its path`, { cause })));
    });
    child.once("exit", (code) => done(() => reject(new Error(`\`${command} local\` ended with code ${code}`))));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const endpoint = /https?:\/\/\S+/.exec(line)?.[0];
      if (endpoint !== undefined) done(() => resolve(endpoint));
    });
  });
}
