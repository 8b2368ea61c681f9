/** What the tests of this package look at. No part of its API, and not exported by it. */

export { snakeCase } from "./api/document.js";
export { Items, type PageOf, pagesOf } from "./api/pages.js";
export { type CoreClient, Engine } from "./engine/engine.js";
export * from "./engine/instance.js";
export * from "./engine/module.js";
export { errorFromDocument, hostError } from "./raise.js";
export { credentialSource, endpointOf, regionOf } from "./transport/credentials.js";
export { proxied } from "./transport/proxy.js";
export { CONTRACT } from "./version.js";
