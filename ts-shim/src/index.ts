/**
 * TableTheory for Node: DynamoDB from one schema document.
 *
 * ```ts
 * import { connect } from "tabletheory";
 * const db = await connect("notes.dms.yml");
 * const notes = db.model<Note>("Note");
 * await notes.create({ pk: "u#1", sk: "n#1", title: "hi" });
 * ```
 * @module
 */

export * from "./api/action.js";
export type { BatchOptions, BatchProgress, GroupResults } from "./api/batch.js";
export {
  Call,
  type Caller,
  type CallOptions,
  type ResultDocument,
  type RunOptions,
  type WithStats,
} from "./api/call.js";
export * from "./api/client.js";
export * from "./api/conditions.js";
export * from "./api/define.js";
export type { CallDocument } from "./api/document.js";
export type { Cost, Explanation, Units } from "./api/explain.js";
export * from "./api/model.js";
export * from "./api/operands.js";
export type { Items, Page } from "./api/pages.js";
export * from "./api/read.js";
export type * from "./api/table.js";
export type { ActionValue, ActionValues, ReadAction, TransactOptions, WriteAction } from "./api/transact.js";
export type { Clock } from "./engine/instance.js";
export type { CoreSource } from "./engine/module.js";
export * from "./errors.js";
export type { Capacity, Stats } from "./stats.js";
export type { AwsCredentials, CredentialProvider } from "./transport/credentials.js";
export * from "./transport/http.js";
export * from "./transport/sdk.js";
export { type SocketOptions, SocketTransport } from "./transport/socket.js";
export * from "./transport/transport.js";
export { NumberValue, Operand } from "./values/encode.js";
export { VERSION } from "./version.js";
