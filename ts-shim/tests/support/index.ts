import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type ConnectOptions,
  connect,
  type Numbers,
  type Schema,
  type TableTheory,
  TableTheoryError,
} from "tabletheory";
import { type Local, type ScriptEntry, ScriptedClock, ScriptedTransport, startLocal } from "tabletheory/testkit";

/** A file of the repository. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

export const NOTES = inRepository("examples/notes.dms.yml");

export const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

/** 2026-01-02T03:04:05.678901234Z */
export const NOW = 1767323045678901234n;

/** The local DynamoDB of this repository. */
export function local(): Promise<Local> {
  const built = ["target/debug/tabletheory", "target/release/tabletheory"].map(inRepository).find(existsSync);
  return startLocal(process.env.TABLETHEORY_LOCAL || built === undefined ? {} : { command: built });
}

/** A client over scripted answers and a scripted clock. */
export async function scripted<const N extends Numbers = "number">(
  script: readonly ScriptEntry[],
  options: ConnectOptions<N> = {},
  schema: Schema = NOTES,
): Promise<{ db: TableTheory<N>; transport: ScriptedTransport; clock: ScriptedClock }> {
  const transport = new ScriptedTransport(script);
  const clock = new ScriptedClock(NOW, [1n, 2n]);
  const defaults = { region: "eu-west-1", credentials: CREDENTIALS, transport, clock };
  return { db: await connect<N>(schema, { ...defaults, ...options }), transport, clock };
}

/** The error that a promise rejects with; it must be one of ours. */
export async function failure(promise: PromiseLike<unknown>): Promise<TableTheoryError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TableTheoryError, `not one of ours: ${error}`);
    return error;
  }
  assert.fail("did not reject");
}

/** The body of a request as an object. */
export function bodyOf(transport: ScriptedTransport, index = 0): Record<string, unknown> {
  return JSON.parse(Buffer.from(transport.requests[index]?.body ?? []).toString());
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
