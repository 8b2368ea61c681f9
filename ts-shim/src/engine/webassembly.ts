/** What is used of JavaScript's `WebAssembly`, typed here: Node's own types leave it to those of browsers. */

/** A compiled module: a `WasmModule`. */
export type WasmModule = object;

/** Linear memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmApi {
  Instance: new (module: WasmModule, imports: object) => { readonly exports: object };
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

/** The global `WebAssembly`. */
export const wasm: WasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
