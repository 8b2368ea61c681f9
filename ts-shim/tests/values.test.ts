import assert from "node:assert/strict";
import { test } from "node:test";
import { and, begins, InvalidValue, NumberValue, not, or, path } from "tabletheory";
import { decodeMembers, decodeValue, encodeMembers, encodeTree, encodeValue, parseExact } from "tabletheory/testkit";

const bytes = Uint8Array.from([0, 255, 16]);

/** What goes over to the core. */
const written = (value: unknown) => JSON.parse(JSON.stringify(encodeValue(value)));

function refused(value: unknown, at: string, message?: RegExp): void {
  assert.throws(
    () => encodeMembers(value, "/item"),
    (error) => {
      assert.ok(error instanceof InvalidValue);
      assert.equal(error.path, at);
      if (message) assert.match(error.message, message);
      return true;
    },
  );
}

test("plain JSON goes over as it is, without a copy", () => {
  const item = { a: "x", b: 1.5, c: true, d: null, e: [1, { f: "g" }], h: { i: {} }, skipped: undefined };
  assert.equal(encodeMembers(item), item);
  assert.equal(encodeValue(item), item);
});

test("values that JSON does not have", () => {
  assert.deepEqual(written(new Set(["a", "b"])), { $set: ["a", "b"] });
  assert.deepEqual(written(new Set([1, 2n])), { $set: [1, { $number: "2" }] });
  assert.deepEqual(written(bytes), { $binary: "AP8Q" });
  assert.deepEqual(written(Buffer.from(bytes)), { $binary: "AP8Q" });
  assert.deepEqual(written(bytes.buffer), { $binary: "AP8Q" });
  assert.deepEqual(written(bytes.subarray(1, 2)), { $binary: "/w==" });
  assert.deepEqual(written(9007199254740993n), { $number: "9007199254740993" });
  assert.deepEqual(written(new NumberValue("0.12345678901234567")), { $number: "0.12345678901234567" });
  assert.deepEqual(written(new Date(0)), { $time: "1970-01-01T00:00:00.000Z" });
  assert.deepEqual(written(new Map([["a", new Set()]])), { a: { $set: [] } });
  assert.deepEqual(written({ deep: [{ er: new Set([bytes]) }] }), { deep: [{ er: { $set: [{ $binary: "AP8Q" }] } }] });
});

test("only the objects on the way to such a value are copied", () => {
  const item = { kept: { a: 1 }, changed: { b: 1n } };
  const encoded = encodeMembers(item) as typeof item;
  assert.notEqual(encoded, item);
  assert.equal(encoded.kept, item.kept);
  assert.deepEqual(item, { kept: { a: 1 }, changed: { b: 1n } }, "the caller's item stays as it was");
});

test("a lone member that begins with `$` stays data", () => {
  assert.deepEqual(written({ $set: ["a"] }), { $$set: ["a"] });
  assert.deepEqual(written({ $$x: 1 }), { $$$x: 1 });
  assert.deepEqual(written({ $a: 1, $b: 2 }), { $a: 1, $b: 2 });
  assert.deepEqual(written({ $a: 1, b: undefined }), { $$a: 1 });
  assert.deepEqual(written([{ $time: "x" }]), [{ $$time: "x" }]);
  assert.deepEqual(
    JSON.parse(JSON.stringify(encodeMembers({ $a: 1 }))),
    { $a: 1 },
    "names of attributes are not escaped",
  );
  for (const value of [{ $set: ["a"] }, { $$x: { $number: "1" } }, { a: { $binary: "no" } }]) {
    assert.deepEqual(decodeValue(written(value)), value);
  }
});

test("a member called __proto__ is a member", () => {
  const item = JSON.parse('{"__proto__": {"a": 1}, "b": 2}');
  const encoded = encodeMembers({ ...item, c: 1n }) as object;
  assert.equal(JSON.stringify(encoded), '{"__proto__":{"a":1},"b":2,"c":{"$number":"1"}}');
  const decoded = decodeMembers(JSON.parse('{"__proto__":{"$set":["a"]},"b":{"$$c":{"__proto__":1}}}')) as object;
  assert.deepEqual(Object.keys(decoded), ["__proto__", "b"]);
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
});

test("instances of classes are their own properties, or what toJSON makes of them", () => {
  class Point {
    x = 1;
    tags = new Set(["a"]);
    get hidden() {
      return 2;
    }
  }
  class Money {
    toJSON() {
      return { amount: 1n };
    }
  }
  assert.deepEqual(written(new Point()), { x: 1, tags: { $set: ["a"] } });
  assert.deepEqual(written({ p: new Money() }), { p: { amount: { $number: "1" } } });
  assert.deepEqual(written(new URL("https://example.com/")), "https://example.com/");
});

test("what has no form in DynamoDB is refused, with its path", () => {
  refused({ a: Number.NaN }, "/item/a", /NaN/);
  refused({ a: [1, Number.POSITIVE_INFINITY] }, "/item/a/1", /Infinity/);
  refused({ a: { b: () => 1 } }, "/item/a/b", /function/);
  refused({ a: Symbol("s") }, "/item/a", /symbol/);
  refused({ a: [undefined] }, "/item/a/0", /undefined/);
  refused({ "x/y": { "~": /r/ } }, "/item/x~1y/~0", /RegExp/);
  refused({ a: Promise.resolve() }, "/item/a", /Promise/);
  refused({ a: new Date(Number.NaN) }, "/item/a", /Date/);
  refused({ a: new Map([[1, 2]]) }, "/item/a", /Map with a number/);
  refused({ a: new Set([() => 1]) }, "/item/a/0", /function/);
  refused({ a: "\ud800" }, "/item/a", /surrogate/);
  refused({ a: { "\udc00": 1 } }, "/item/a/\udc00", /surrogate/);
  refused({ a: new WeakMap() }, "/item/a", /WeakMap/);
  refused({ a: new Error("e") }, "/item/a", /Error/);
});

test("cyclic values are refused, with the path of the repetition", () => {
  const cyclic: Record<string, unknown> = { a: {} };
  (cyclic.a as Record<string, unknown>).b = [cyclic];
  refused(cyclic, "/item/a/b/0", /contains itself/);
  const set = new Set<unknown>();
  set.add([set]);
  refused({ set }, "/item/set/0/0", /contains itself/);
  const shared = { x: 1n };
  assert.doesNotThrow(() => encodeMembers({ a: shared, b: [shared, shared] }), "shared is not cyclic");
});

test("values nested without end are refused before the stack is", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  assert.throws(() => encodeValue(deep), { code: "ErrInvalidValue" });
});

test("what the core gives becomes JavaScript's own", () => {
  const item = decodeMembers({
    s: { $set: ["a", "b"] },
    b: { $binary: "AP8Q" },
    n: { $number: "9007199254740993" },
    m: { l: [{ $set: [{ $binary: "AP8Q" }] }], $x: 1, y: 2 },
    d: { $$set: [1] },
    e: { $set: [] },
  });
  assert.deepEqual(item, {
    s: new Set(["a", "b"]),
    b: bytes,
    n: 9007199254740993n,
    m: { l: [new Set([bytes])], $x: 1, y: 2 },
    d: { $set: [1] },
    e: new Set(),
  });
  assert.equal(Object.getPrototypeOf((item as { b: unknown }).b), Uint8Array.prototype);
});

test("numbers are parsed without losing digits", () => {
  const same = ["0", "-0", "1", "-1.5", "0.1", "1e21", "1E+2", "100", "1.50", "9007199254740992", "5e-324", "1e2"];
  for (const source of same) assert.deepEqual(parseExact(`[${source}]`), [Number(source)], source);
  assert.deepEqual(parseExact('{"n":9007199254740993}'), { n: 9007199254740993n });
  assert.deepEqual(parseExact("-12345678901234567890"), -12345678901234567890n);
  for (const source of ["0.12345678901234567", "12345678901234567890.5", "1.0000000000000000000001e5", "1e400"]) {
    const parsed = parseExact(source);
    assert.ok(parsed instanceof NumberValue, source);
    assert.equal(String(parsed), source);
    assert.deepEqual(written(decodeValue(parsed)), { $number: source });
  }
});

test("conditions are trees: operands are values, names are not", () => {
  const tree = and(
    { views: { gt: 3n, lt: path("limit") }, sk: begins("n#") },
    or({ tags: { contains: new Set(["a"]) } }, not({ blob: bytes, at: new Date(0) })),
  );
  assert.deepEqual(JSON.parse(JSON.stringify(encodeTree(tree))), {
    $and: [
      { views: { gt: { $number: "3" }, lt: { $path: "limit" } }, sk: { begins_with: "n#" } },
      {
        $or: [
          { tags: { contains: { $set: ["a"] } } },
          { $not: { blob: { eq: { $binary: "AP8Q" } }, at: { eq: { $time: "1970-01-01T00:00:00.000Z" } } } },
        ],
      },
    ],
  });
  const plain = { title: "x", views: { between: [1, 2] } };
  assert.equal(encodeTree(plain), plain);
  assert.deepEqual(encodeTree({ data: { eq: { $path: "other" } } }), { data: { eq: { $$path: "other" } } });
});
