// ElectroDB over the SDK's DocumentClient.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createWriteTransaction, Entity } from "electrodb";
import { BATCH, EXPECT, expectItems, QUERIES, SHAPES, TRANSACTION } from "../items.mjs";

const key = (field) => ({ field, composite: [field], template: `\${${field}}`, casing: "none" });

const ATTRIBUTES = {
  twelve: {
    status: { type: "string" },
    note: { type: "string" },
    amount: { type: "number" },
    items: { type: "number" },
    weight: { type: "number" },
    paid: { type: "boolean" },
    lines: { type: "list", items: { type: "string" } },
    address: { type: "map", properties: { city: { type: "string" }, zip: { type: "string" } } },
    tags: { type: "set", items: "string" },
    label: { type: "any" },
  },
  tiny: { count: { type: "number" } },
  large: {
    body: { type: "string" },
    lines: {
      type: "list",
      items: {
        type: "map",
        properties: {
          sku: { type: "string" },
          title: { type: "string" },
          quantity: { type: "number" },
          price: { type: "number" },
          marks: { type: "list", items: { type: "string" } },
        },
      },
    },
  },
};

export function open() {
  const client = new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 64 } } });
  // The tables with `-edb` hold items with the two attributes by which ElectroDB knows its own.
  const entity = (shape, table, name = table) =>
    new Entity(
      {
        model: { entity: name, version: "1", service: "bench" },
        attributes: { pk: { type: "string", required: true }, sk: { type: "string", required: true }, ...ATTRIBUTES[shape] },
        indexes: { primary: { pk: key("pk"), sk: key("sk") } },
      },
      { client, table: `${table}-edb` },
    );
  const operations = {};
  const entities = {};
  for (const [name, { item, key, table }] of Object.entries(SHAPES)) {
    const entity_ = (entities[name] = entity(name, table));
    // ElectroDB takes sets as arrays, too, and gives them as arrays.
    const value = item.tags ? { ...item, tags: [...item.tags] } : item;
    operations[`put.${name}`] = () => entity_.put(value).go();
    operations[`get.${name}`] = async () => EXPECT[name]((await entity_.get(key).go()).data);
  }
  const orders = entities.twelve;
  operations["update.twelve"] = () =>
    orders
      .update(SHAPES.twelve.key)
      .set({ status: "paid" })
      .add({ items: 1 })
      .where(({ amount }, { gt }) => gt(amount, 1))
      .go();
  for (const count of QUERIES) {
    const counted = entity("twelve", `orders-${count}`, "orders");
    operations[`query.${count}`] = async () =>
      expectItems((await counted.query.primary({ pk: "user#1001" }).begins({ sk: "order#" }).go()).data, count);
  }
  const plain = (items) => items.map((item) => ({ ...item, tags: [...item.tags] }));
  const [batch, transaction] = [plain(BATCH), plain(TRANSACTION)];
  operations["batch_write.25"] = async () => {
    const { unprocessed } = await orders.put(batch).go();
    if (unprocessed.length) throw new Error("unprocessed items");
  };
  operations["transact.10"] = async () => {
    const { canceled } = await createWriteTransaction({ orders }, ({ orders }) => transaction.map((item) => orders.put(item).commit())).go();
    if (canceled) throw new Error("canceled");
  };
  return { operations, close: () => client.destroy() };
}
