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
export {
  type ConnectOptions,
  connect,
  type DeleteTableOptions,
  type EnsureTableOptions,
  type ModelName,
  type Schema,
  type TableDescription,
  TableTheory,
} from "./api/client.js";
export {
  absent,
  and,
  begins,
  type Condition,
  exists,
  not,
  type Operand,
  type Operators,
  or,
  path,
} from "./api/conditions.js";
export {
  type AttributeDefinition,
  defineModel,
  type IndexDefinition,
  type InferInput,
  type InferItem,
  type KeyAttribute,
  type ModelDefinition,
  type Numbers,
} from "./api/define.js";
export {
  type Clause,
  type DeleteOptions,
  type GetOptions,
  type Key,
  type KeyValue,
  Model,
  type Projected,
  type PutOptions,
  type Returned,
  type ReturnValues,
  type Update,
  type UpsertOptions,
  type WriteOptions,
} from "./api/model.js";
export type { Clock } from "./engine/instance.js";
export type { CoreSource } from "./engine/module.js";
export * from "./errors.js";
export type { AwsCredentials, CredentialProvider } from "./transport/credentials.js";
export { type HttpOptions, HttpTransport } from "./transport/http.js";
export { type SdkClient, type SdkOptions, sdkTransport } from "./transport/sdk.js";
export {
  type FailureKind,
  type Request,
  type Response,
  type Transport,
  TransportFailure,
} from "./transport/transport.js";
export { AttributePath, NumberValue } from "./values/encode.js";
export { VERSION } from "./version.js";
