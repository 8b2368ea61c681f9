// The items of the measurements as a JavaScript user has them. The stub compares them with its own.

const twelve = (index) => ({
  pk: "user#1001",
  sk: `order#2026-01-02#${String(index).padStart(4, "0")}`,
  status: "shipped",
  note: "left at the door, second floor",
  amount: 1299.95,
  items: 3,
  weight: 12.5,
  paid: true,
  lines: ["sku-1", "sku-22", "sku-333"],
  address: { city: "Basel", zip: "4051" },
  tags: new Set(["gift", "express"]),
  label: Uint8Array.from({ length: 16 }, (_, place) => place + 1),
});

const tiny = (index) => ({ pk: "user#1001", sk: `counter#${String(index).padStart(4, "0")}`, count: 42 });

const SENTENCE = 'The courier said "left at the door", second floor.\nNext to the plants, für später. ';

const line = (index) => ({
  sku: `sku-${String(index).padStart(5, "0")}`,
  title: `A thing of some use, number ${String(index).padStart(5, "0")}, in its usual box`,
  quantity: index,
  price: index + 0.5,
  marks: ["fragile", "blue"],
});

const large = (index) => ({
  pk: "user#1001",
  sk: `document#${String(index).padStart(4, "0")}`,
  body: SENTENCE.repeat(480),
  lines: Array.from({ length: 300 }, (_, place) => line(place)),
});

/** By shape: the item, its key, its table, and the model in `bench.dms.yml`. */
export const SHAPES = {
  twelve: { item: twelve(1), table: "orders", model: "Order" },
  tiny: { item: tiny(1), table: "counters", model: "Counter" },
  large: { item: large(1), table: "documents", model: "Document" },
};
for (const shape of Object.values(SHAPES)) shape.key = { pk: shape.item.pk, sk: shape.item.sk };

export const BATCH = Array.from({ length: 25 }, (_, index) => twelve(index));
export const TRANSACTION = BATCH.slice(0, 10);
export const QUERIES = [1, 100, 1000];

/** Fails unless an item of twelve attributes was read, to its last attribute. `label` says how many bytes the binary value has. */
export function expectTwelve(item, number = (value) => value, bytes = (value) => value?.length) {
  if (number(item?.amount) !== 1299.95 || bytes(item.label) !== 16) throw new Error(`not the item: ${JSON.stringify(item)}`);
}

/** The checks per shape, as cheap as can be: they run with every call. */
export const EXPECT = {
  twelve: expectTwelve,
  tiny: (item) => {
    if (item?.count !== 42) throw new Error("not the counter");
  },
  large: (item) => {
    if (item?.lines?.length !== 300 || item.lines[299].price !== 299.5) throw new Error("not the document");
  },
};

export function expectItems(items, count) {
  if (items?.length !== count) throw new Error(`${items?.length} items instead of ${count}`);
  expectTwelve(items[count - 1]);
}
