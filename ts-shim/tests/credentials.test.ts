import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { credentialSource, endpointOf, regionOf } from "../dist/esm/inner.js";

const variables = { AWS_ACCESS_KEY_ID: "AK", AWS_SECRET_ACCESS_KEY: "SK" };

async function found(...given: Parameters<typeof credentialSource>): Promise<Record<string, unknown>> {
  const source = await credentialSource(...given)();
  if ("none" in source) return { none: source.none };
  return JSON.parse(source.credentials);
}

test("the option comes first, as values or as a function", async () => {
  const option = { accessKeyId: "A", secretAccessKey: "B", sessionToken: "C", expiration: new Date(1767225600000) };
  const expected = { access_key_id: "A", secret_access_key: "B", session_token: "C", expires_ms: 1767225600000 };
  assert.deepEqual(await found(option, variables), expected);
  assert.deepEqual(await found(async () => option, variables), expected);
});

test("a function is asked each time", async () => {
  let asked = 0;
  const source = credentialSource(async () => ({ accessKeyId: `A${++asked}`, secretAccessKey: "B" }), {});
  await source();
  assert.match(JSON.stringify(await source()), /A2/);
});

test("calls that begin side by side ask once", async () => {
  let asked = 0;
  const source = credentialSource(async () => ({ accessKeyId: `A${++asked}`, secretAccessKey: "B" }), {});
  await Promise.all([source(), source(), source()]);
  assert.equal(asked, 1);
});

test("the environment comes next", async () => {
  assert.deepEqual(await found(undefined, variables), { access_key_id: "AK", secret_access_key: "SK" });
  const withToken = { ...variables, AWS_SESSION_TOKEN: "T" };
  assert.deepEqual(await found(undefined, withToken), {
    access_key_id: "AK",
    secret_access_key: "SK",
    session_token: "T",
  });
});

test("a function that has none, or fails, is said so", async () => {
  assert.match(String((await found(async () => undefined)).none), /option `credentials` has none/);
  const source = await credentialSource(async () => {
    throw new Error("vault is sealed");
  })();
  assert.ok("none" in source);
  assert.match(source.none, /vault is sealed/);
  assert.equal((source.cause as Error).message, "vault is sealed");
});

test("the AWS SDK's chain comes last: a profile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tabletheory-"));
  const before = { ...process.env };
  try {
    writeFileSync(join(folder, "credentials"), "[default]\naws_access_key_id = PK\naws_secret_access_key = PS\n");
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, "credentials");
    process.env.AWS_CONFIG_FILE = join(folder, "none");
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    const profile = await found(undefined, {});
    assert.equal(profile.access_key_id, "PK");
    assert.equal(profile.secret_access_key, "PS");
  } finally {
    process.env = before;
    rmSync(folder, { recursive: true });
  }
});

test("nothing anywhere: the text says where we looked", async () => {
  const before = { ...process.env };
  try {
    process.env = { PATH: before.PATH, AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/nonexistent" };
    process.env.AWS_SHARED_CREDENTIALS_FILE = "/nonexistent";
    const { none } = await found(undefined, {});
    assert.match(String(none), /AWS_ACCESS_KEY_ID.*default provider chain/);
  } finally {
    process.env = before;
  }
});

test("region and endpoint follow the conventions", () => {
  assert.equal(regionOf("a", { AWS_REGION: "b" }), "a");
  assert.equal(regionOf(undefined, { AWS_REGION: "b", AWS_DEFAULT_REGION: "c" }), "b");
  assert.equal(regionOf(undefined, { AWS_REGION: "", AWS_DEFAULT_REGION: "c" }), "c");
  assert.equal(regionOf(undefined, {}), undefined);
  const both = { AWS_ENDPOINT_URL_DYNAMODB: "http://d", AWS_ENDPOINT_URL: "http://a" };
  assert.equal(endpointOf("http://o", both), "http://o");
  assert.equal(endpointOf(undefined, both), "http://d");
  assert.equal(endpointOf(undefined, { AWS_ENDPOINT_URL: "http://a" }), "http://a");
  assert.equal(endpointOf(undefined, { ...both, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }), undefined);
  assert.equal(endpointOf("http://o", { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }), "http://o");
  assert.equal(endpointOf(undefined, {}), undefined);
});
