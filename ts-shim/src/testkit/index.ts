/**
 * Helpers for tests: a local DynamoDB, transports that are scripted, record, replay or fail on purpose, a scripted clock.
 * @module
 */

export { decodeMembers, decodeValue, parseExact } from "../values/decode.js";
export { encodeMembers, encodeTree, encodeValue } from "../values/encode.js";
export { RequestMismatch } from "./diff.js";
export { type Fault, type Faults, FaultyTransport } from "./faults.js";
export { type Local, type LocalOptions, startLocal } from "./local.js";
export { RecordingTransport, ReplayTransport } from "./recording.js";
export { type Expected, type ScriptEntry, ScriptedClock, ScriptedTransport } from "./scripted.js";
