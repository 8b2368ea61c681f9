/**
 * Helpers for tests: a local DynamoDB, a scripted transport, a scripted clock.
 * @module
 */

export { decodeMembers, decodeValue, parseExact } from "../values/decode.js";
export { encodeMembers, encodeTree, encodeValue } from "../values/encode.js";
export { type Local, type LocalOptions, startLocal } from "./local.js";
export { type ScriptEntry, ScriptedClock, ScriptedTransport } from "./scripted.js";
