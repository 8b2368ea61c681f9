/**
 * Modules of Node that are needed at once. To import them takes longer: it looks at everything that they export, and of
 * some exports it loads what is behind them.
 */

/** `node:fs` */
export const fs = process.getBuiltinModule("node:fs");

let loaded: typeof import("node:net") | undefined;

/** `node:net`, which takes milliseconds to load: a transport that wants it asks while another thread compiles the core. */
export function net(): typeof import("node:net") {
  loaded ??= process.getBuiltinModule("node:net");
  return loaded;
}

/** Milliseconds on a clock that never goes back. The global `performance` would have to be loaded. */
export function elapsed(): number {
  return process.uptime() * 1000;
}
