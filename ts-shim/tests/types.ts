/** Compiled, not run: what the types promise. */

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  absent,
  type Call,
  type Condition,
  connect,
  defineModel,
  type InferInput,
  type InferItem,
  NumberValue,
  path,
  plus,
  sdkTransport,
} from "tabletheory";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<T extends true>(): T | undefined {
  return undefined;
}

const Note = defineModel({
  name: "Note",
  table: { name: "notes" },
  keys: { partition: { attribute: "pk", type: "S" }, sort: { attribute: "sk", type: "N" } },
  attributes: [
    { attribute: "pk", type: "S", required: true, roles: ["pk"] },
    { attribute: "sk", type: "N", roles: ["sk"] },
    { attribute: "title", type: "S", required: true },
    { attribute: "price", type: "N", format: "decimal_string", optional: true },
    { attribute: "views", type: "N", optional: true },
    { attribute: "tags", type: "SS" },
    { attribute: "scores", type: "NS" },
    { attribute: "photo", type: "B" },
    { attribute: "open", type: "BOOL" },
    { attribute: "profile", type: "M", json: true },
    { attribute: "data", type: "M" },
    { attribute: "lines", type: "L" },
    { attribute: "createdAt", type: "S", roles: ["created_at"] },
    { attribute: "updatedAt", type: "S", roles: ["updated_at"] },
    { attribute: "version", type: "N", roles: ["version"] },
  ],
  indexes: [{ name: "by-title", type: "GSI", partition: { attribute: "title", type: "S" } }],
});

type Item = InferItem<typeof Note>;
expectType<Equal<Item["pk"], string>>();
expectType<Equal<Item["sk"], number>>();
expectType<Equal<Item["title"], string>>();
expectType<Equal<Item["price"], string | undefined>>();
expectType<Equal<Item["views"], number | undefined>>();
expectType<Equal<Item["tags"], Set<string> | undefined>>();
expectType<Equal<Item["scores"], Set<number> | undefined>>();
expectType<Equal<Item["photo"], Uint8Array | undefined>>();
expectType<Equal<Item["open"], boolean | undefined>>();
expectType<Equal<Item["profile"], unknown>>();
expectType<Equal<Item["data"], Record<string, unknown> | undefined>>();
expectType<Equal<Item["lines"], unknown[] | undefined>>();
expectType<Equal<Item["createdAt"], string>>();
expectType<Equal<Item["version"], number>>();
expectType<Equal<InferItem<typeof Note, "bigint">["version"], number | bigint>>();
expectType<Equal<InferItem<typeof Note, "string">["sk"], string>>();
expectType<Equal<InferItem<typeof Note, "exact">["sk"], number | bigint | NumberValue>>();

const input: InferInput<typeof Note> = { pk: "u#1", sk: 1n, title: "hi", price: new NumberValue("1.5"), tags: ["a"] };
// @ts-expect-error: a required attribute is missing
const untitled: InferInput<typeof Note> = { pk: "u#1", sk: 1 };
// @ts-expect-error: a set of strings
const mistyped: InferInput<typeof Note> = { ...input, tags: new Set([1]) };

interface Written {
  pk: string;
  sk: string;
  views?: number;
}

export async function calls(): Promise<unknown> {
  const db = await connect(Note);
  const notes = db.model(Note);
  const created = await notes.create(input);
  expectType<Equal<(typeof created)["title"], string | Date>>();
  expectType<Equal<(typeof created)["tags"], Set<string> | ReadonlySet<string> | readonly string[] | undefined>>();
  const item = await notes.get({ pk: "u#1", sk: 1 });
  expectType<Equal<typeof item, Item>>();
  const part = await notes.get(["u#1", 1], { projection: ["title"], consistent: true });
  expectType<Equal<typeof part, Partial<Item>>>();
  const maybe = await notes.find(item);
  expectType<Equal<typeof maybe, Item | undefined>>();
  const after = await notes.update(item, { set: { title: "ho" }, add: { views: 1 }, expectVersion: item.version });
  expectType<Equal<typeof after, Item>>();
  const before = await notes.update(item, { remove: ["price"], returnValues: "ALL_OLD" });
  expectType<Equal<typeof before, Item | undefined>>();
  const touched = await notes.update(item, { set: { "data.a[0]": 1 }, returnValues: "UPDATED_NEW" });
  expectType<Equal<typeof touched, Partial<Item>>>();
  const nothing = await notes.delete(item);
  expectType<Equal<typeof nothing, undefined>>();
  const deleted = await notes.delete(item, { returnValues: "ALL_OLD" });
  expectType<Equal<typeof deleted, Item | undefined>>();
  const put = await notes.put(input);
  expectType<Equal<typeof put, typeof created>>();
  await notes.put({ ...item, title: "x" });
  const { value, stats } = await notes.put(input, { returnValues: "ALL_OLD" }).withStats();
  expectType<Equal<typeof value, Item | undefined>>();
  expectType<Equal<typeof stats.attempts, number>>();

  const query = notes
    .query("u#1")
    .where({ sk: { gt: 3 } })
    .index("by-title")
    .order("desc")
    .limit(3);
  for await (const each of query) expectType<Equal<typeof each, Item>>();
  const all = await query.all();
  expectType<Equal<typeof all, Item[]>>();
  const first = await query.projection("title", "data.a").first();
  expectType<Equal<typeof first, Partial<Item> | undefined>>();
  const page = await query.page({ cursor: undefined });
  expectType<Equal<typeof page.items, Item[]>>();
  expectType<Equal<typeof page.cursor, string | undefined>>();
  const count = await notes
    .scan()
    .segments(3)
    .count({ onProgress: ({ segmentsDone }) => segmentsDone.toFixed() });
  expectType<Equal<typeof count, number>>();
  // @ts-expect-error: no such index
  query.index("by-nothing");
  // @ts-expect-error: a scan has no order
  notes.scan().order("desc");
  // @ts-expect-error: no attribute of the model
  notes.query({ nope: 1 });
  const seen = await notes.waitFor({ title: "hi" }, { index: "by-title", until: { open: true } });
  expectType<Equal<typeof seen, Item>>();

  const several = await notes.batchGet([item, ["u#1", 1]], { projection: ["title"], parallel: 2 });
  expectType<Equal<typeof several, (Partial<Item> | undefined)[]>>();
  const plain = await notes.batchGet([item], { onProgress: ({ done }) => done.toFixed() });
  expectType<Equal<typeof plain, (Item | undefined)[]>>();
  const numbers = await notes.batchPut([input], { onProgress: ({ done }) => done.toFixed() });
  expectType<Equal<typeof numbers, number>>();
  const transacted = await db.transact([
    notes.op.create(input, { condition: { title: absent() } }),
    notes.op.update(item, { add: { views: 1 }, expectVersion: 1 }),
    notes.op.check(item, { expectVersion: 1 }),
  ]);
  expectType<Equal<(typeof transacted)[0]["title"], string | Date>>();
  expectType<Equal<(typeof transacted)[1], undefined>>();
  const [one, part2] = await db.transactGet([notes.op.get(item), notes.op.get(item, { projection: ["title"] })]);
  expectType<Equal<typeof one, Item | undefined>>();
  expectType<Equal<typeof part2, Partial<Item> | undefined>>();
  const [group] = await db.batchGet([notes.op.gets([item])]);
  expectType<Equal<typeof group, (Item | undefined)[]>>();
  // @ts-expect-error: reads are no writes
  await db.transact([notes.op.get(item)]);
  // @ts-expect-error: a transaction returns no items
  notes.op.update(item, { returnValues: "ALL_OLD" });
  // @ts-expect-error: keys cannot be put
  await db.batchWrite([notes.op.gets([item])]);
  // @ts-expect-error: not of this type
  notes.op.put({ ...input, title: 7 });
  await notes.update(item, {
    changes: { from: item, to: { ...item, title: "new" } },
    set: { views: plus(path("views"), 1) },
  });

  // @ts-expect-error: no such attribute in a key
  await notes.get({ pk: "u#1", nope: 1 });
  // @ts-expect-error: no such option
  await notes.get(item, { consitent: true });
  // @ts-expect-error: no such return value
  await notes.delete(item, { returnValues: "ALL_NEW" });
  // @ts-expect-error: an unknown numbers mode
  await connect(Note, { numbers: "decimal" });

  const written = db.model<Written>("Written");
  const read = await written.get({ pk: "a", sk: "b" });
  expectType<Equal<typeof read, Written>>();
  expectType<Equal<ReturnType<typeof written.create>, Call<Written>>>();
  // @ts-expect-error: not of this type
  await written.create({ pk: 1, sk: "b" });

  const big = await connect(Note, { numbers: "bigint" });
  const { version } = await big.model(Note).get("u#1");
  expectType<Equal<typeof version, number | bigint>>();

  const client = new DynamoDBClient({});
  sdkTransport(client);
  await connect(Note, { client, credentials: defaultProvider() });
  sdkTransport(DynamoDBDocumentClient.from(client));
  const condition: Condition = { views: { gt: path("limit"), between: [1, 2] }, title: "x", $not: { open: true } };
  // @ts-expect-error: no such operator
  const wrong: Condition["$not"] = { $and: { views: 1 } };
  return [condition, untitled, mistyped, wrong];
}
