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

export { Call, type CallOptions, type ResultDocument, type WithStats } from "./api/call.js";
export * from "./api/client.js";
export * from "./api/conditions.js";
export * from "./api/define.js";
export * from "./api/model.js";
export type * from "./api/table.js";
export type { Clock } from "./engine/instance.js";
export type { CoreSource } from "./engine/module.js";
export * from "./errors.js";
export type { Capacity, Stats } from "./stats.js";
export type { AwsCredentials, CredentialProvider } from "./transport/credentials.js";
export * from "./transport/http.js";
export * from "./transport/sdk.js";
export { type SocketOptions, SocketTransport } from "./transport/socket.js";
export * from "./transport/transport.js";
export { AttributePath, NumberValue } from "./values/encode.js";
export { VERSION } from "./version.js";
