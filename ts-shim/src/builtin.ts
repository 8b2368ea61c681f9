/**
 * Modules of Node that are needed at once. To import them takes longer: it looks at everything that they export, and of
 * some exports it loads what is behind them.
 */

/** `node:fs` */
export const fs = process.getBuiltinModule("node:fs");
/** `node:net` */
export const net = process.getBuiltinModule("node:net");
