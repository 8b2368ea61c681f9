/** Whether the environment names a proxy: then Node's own HTTP client, which knows them, takes over. */

import { type Environment, endpointOf, regionOf } from "./credentials.js";

/** A local emulator is never behind a proxy. */
export function isLocal(hostname: string): boolean {
  return /^(localhost|127\.[0-9.]+|\[?::1\]?)$/.test(hostname);
}

/** Whether requests to the endpoint of these options are to go through a proxy. In doubt they are. */
export function proxied(
  options: { endpoint?: string; region?: string },
  environment: Environment = process.env,
): boolean {
  const region = regionOf(options.region, environment);
  // The core knows the endpoint; this is what an exception in NO_PROXY would name.
  const address = endpointOf(options.endpoint, environment) ?? `https://dynamodb.${region}.amazonaws.com`;
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port } = new URL(address);
  const scheme = protocol.slice(0, -1);
  const proxy = environment[`${scheme}_proxy`] || environment[`${scheme.toUpperCase()}_PROXY`];
  if (!proxy || isLocal(hostname)) return false;
  const exceptions = environment.no_proxy || environment.NO_PROXY || "";
  return !exceptions.split(/[\s,]+/).some((exception) => exempts(exception.toLowerCase(), hostname, port));
}

/** `*`, a host, a domain with all below it (`.example.com`, `*.example.com`), each with or without a port. */
function exempts(exception: string, hostname: string, port: string): boolean {
  if (exception === "*") return true;
  const [, name = "", wanted] = /^(.*?)(?::(\d+))?$/.exec(exception) ?? [];
  if (name === "" || (wanted !== undefined && wanted !== port)) return false;
  const domain = name.replace(/^\*?\./, "");
  return hostname === domain || (domain !== name && hostname.endsWith(`.${domain}`));
}
