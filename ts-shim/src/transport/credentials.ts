/** Credentials, region and endpoint as AWS users expect to set them. */

import type { Found } from "../engine/operation.js";

/** Credentials in the AWS SDK's own shape: what its providers answer fits here. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** When they end; the core asks again in time. */
  readonly expiration?: Date | undefined;
}

/** A function that answers credentials, for instance one of `@aws-sdk/credential-providers`; undefined: there are none. */
export type CredentialProvider = () => Promise<AwsCredentials | undefined>;

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where a client gets its credentials, in this order: the option, the environment variables, and the AWS SDK's default
 * provider chain, which is loaded only then, and only if `@aws-sdk/credential-provider-node` is installed.
 */
export function credentialSource(
  option: AwsCredentials | CredentialProvider | undefined,
  environment: Environment = process.env,
): () => Promise<Found> {
  const source = sourceOf(option, environment);
  let pending: Promise<Found> | undefined;
  // Calls that begin side by side ask once.
  return () => {
    pending ??= source().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

function sourceOf(
  option: AwsCredentials | CredentialProvider | undefined,
  environment: Environment,
): () => Promise<Found> {
  if (typeof option === "function") return () => ask(option, "the option `credentials` has none");
  if (option !== undefined) return () => ask(async () => option, "the option `credentials` is incomplete");
  let chain: CredentialProvider | undefined;
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
    if (accessKeyId && secretAccessKey) {
      const sessionToken = environment.AWS_SESSION_TOKEN || undefined;
      return { credentials: document({ accessKeyId, secretAccessKey, sessionToken }) };
    }
    const looked = "looked at the option `credentials`, at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    try {
      chain ??= (await import("@aws-sdk/credential-provider-node")).defaultProvider();
    } catch (cause) {
      const hint =
        "install `@aws-sdk/credential-provider-node` for profiles, single sign-on, container and instance roles";
      return { none: `${looked}; ${hint}`, cause };
    }
    return ask(chain, `${looked} and the AWS SDK's default provider chain`);
  };
}

async function ask(provider: CredentialProvider, none: string): Promise<Found> {
  try {
    const found = await provider();
    if (found?.accessKeyId && found.secretAccessKey) return { credentials: document(found) };
    return { none };
  } catch (cause) {
    return { none: `${none}: ${cause instanceof Error ? cause.message : "the provider failed"}`, cause };
  }
}

function document(credentials: AwsCredentials): string {
  return JSON.stringify({
    access_key_id: credentials.accessKeyId,
    secret_access_key: credentials.secretAccessKey,
    session_token: credentials.sessionToken,
    expires_ms: credentials.expiration?.getTime(),
  });
}

/** The region: the option, `AWS_REGION`, `AWS_DEFAULT_REGION`. */
export function regionOf(option: string | undefined, environment: Environment = process.env): string | undefined {
  return option ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined);
}

/**
 * The endpoint: the option, `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL`; the variables count unless
 * `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`. Undefined: the region's own endpoint.
 */
export function endpointOf(option: string | undefined, environment: Environment = process.env): string | undefined {
  if (option !== undefined) return option;
  if (environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return undefined;
  return environment.AWS_ENDPOINT_URL_DYNAMODB || environment.AWS_ENDPOINT_URL || undefined;
}
