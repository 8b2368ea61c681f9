/** Finds the core module inside the component and compiles it, once per process. */

import { fs } from "../builtin.js";
import { CONTRACT } from "../version.js";
import { type WasmModule, wasm } from "./webassembly.js";

/** Where the core may come from: the bytes of the component (`tabletheory.wasm`), or the compiled core module. */
export type CoreSource = Uint8Array | WasmModule;

const COMPONENT_LAYER = 1;
const CORE_MODULE_SECTION = 1;

/**
 * Cuts the core module out of a component: it is the first section (id, LEB128 length, bytes).
 * Bytes that are a core module already are given back as they are.
 */
export function coreModule(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw new TypeError("not a WebAssembly file");
  }
  if (bytes[6] !== COMPONENT_LAYER) return bytes;
  if (bytes[8] !== CORE_MODULE_SECTION) throw new TypeError("the component does not begin with its core module");
  let length = 0;
  let at = 9;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw new TypeError("the component is cut short");
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (at + length > bytes.length) throw new TypeError("the component is cut short");
  return bytes.subarray(at, at + length);
}

const compiled = new WeakMap<Uint8Array, Promise<WasmModule>>();
let own: Promise<WasmModule> | undefined;

/** The compiled core: of `source`, or of the component that is part of this package. Compiled once per source. */
export function compile(source?: CoreSource): Promise<WasmModule> {
  if (source === undefined) {
    own ??= ownComponent().then(compileBytes);
    own.catch(() => {
      own = undefined;
    });
    return own;
  }
  if (!(source instanceof Uint8Array)) return Promise.resolve(source);
  let module = compiled.get(source);
  if (module === undefined) {
    module = compileBytes(source);
    compiled.set(source, module);
  }
  return module;
}

/** The component of this package: the file, where it lies beside these modules, else (in a bundle) the text. */
async function ownComponent(): Promise<Uint8Array> {
  const folder = import.meta.dirname;
  for (const up of folder === undefined ? [] : ["..", "../.."]) {
    try {
      return fs.readFileSync(`${folder}/${up}/tabletheory.wasm`);
    } catch {
      // Not here.
    }
  }
  // Loaded only now: importing the package stays cheap, and bundlers keep the text.
  const { default: text } = await import("../../wasm/inline.js");
  return Buffer.from(text, "base64");
}

async function compileBytes(bytes: Uint8Array): Promise<WasmModule> {
  return wasm.compile(coreModule(bytes));
}

/** What `info` of a module says about it. */
export interface CoreInfo {
  /** Version of the core. */
  version: string;
  /** Version of the boundary between core and hosts. */
  contract: number;
  /** Digest of the sources that the module was built from. */
  source: string;
  /** Compiler that built it. */
  compiler: string;
}

/** Why a module cannot be used, or undefined when it has the contract version that this package was built for. */
export function contractMismatch(info: CoreInfo): string | undefined {
  if (info.contract === CONTRACT) return undefined;
  return `the core has contract version \`${info.contract}\`, this package was built for version \`${CONTRACT}\``;
}
