import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";
import * as esm from "tabletheory";
import { errorFromDocument, hostError } from "../dist/esm/inner.js";

const { ConditionFailed, InvalidModel, InvalidValue, TableTheoryError, VersionConflict } = esm;

test("codes that imply others have classes that extend theirs", () => {
  const error = errorFromDocument({
    code: "ErrVersionConflict",
    codes: ["ErrConditionFailed", "ErrVersionConflict"],
    message: "m",
    retryable: false,
    outcome: "rejected",
  });
  assert.ok(error instanceof VersionConflict);
  assert.ok(error instanceof ConditionFailed);
  assert.ok(error instanceof TableTheoryError);
  assert.ok(error instanceof Error);
  assert.ok(!(error instanceof InvalidModel));
  assert.ok(error.is("ErrConditionFailed"));
  assert.ok(!error.is("ErrInvalidModel"));
  assert.equal(error.name, "ErrVersionConflict");
});

test("errors of the host carry all their codes", () => {
  const error = hostError("ErrInvalidValue", "m", { path: "/item/x" });
  assert.ok(error instanceof InvalidValue && error instanceof InvalidModel);
  assert.deepEqual(error.codes, ["ErrInvalidModel", "ErrInvalidValue"]);
  assert.equal(error.outcome, "not_sent");
  assert.equal(error.path, "/item/x");
});

test("an unknown code gives the base class", () => {
  const error = errorFromDocument({
    code: "ErrNew",
    codes: ["ErrNew"],
    message: "m",
    retryable: true,
    outcome: "unknown",
  });
  assert.equal(Object.getPrototypeOf(error), TableTheoryError.prototype);
  assert.equal(error.retryable, true);
});

test("printing an error shows neither the old item nor the service's words", () => {
  const error = errorFromDocument({
    code: "ErrConditionFailed",
    codes: ["ErrConditionFailed"],
    message: "m",
    retryable: false,
    outcome: "rejected",
    item: { secret: "hunter2" },
    service: { code: "ConditionalCheckFailedException", message: "hunter2" },
    request_id: "R1",
  });
  assert.deepEqual(error.item, { secret: "hunter2" });
  assert.deepEqual(error.service, { code: "ConditionalCheckFailedException", message: "hunter2" });
  assert.ok(!inspect(error, { depth: 9 }).includes("hunter2"));
  assert.ok(!JSON.stringify(error).includes("hunter2"));
  assert.ok(inspect(error).includes("R1"));
});

test("an error of one copy of the package is an instance in the other", () => {
  const cjs = createRequire(import.meta.url)("tabletheory") as typeof esm;
  assert.notEqual(cjs.TableTheoryError, TableTheoryError, "two copies");
  const error = hostError("ErrInvalidValue", "m");
  assert.ok(error instanceof cjs.TableTheoryError);
  assert.ok(error instanceof cjs.InvalidModel);
  assert.ok(!(error instanceof cjs.ConditionFailed));
  assert.ok(!(new Error("other") instanceof cjs.TableTheoryError));
});
