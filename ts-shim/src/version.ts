/** Version of this package. */
export const VERSION = "0.1.0";

/** Version of the boundary (`wit/`) that this package was built for. */
export const CONTRACT = 2;
