// TableTheory with its default transport.

import { begins, connect } from "tabletheory";
import { BATCH, EXPECT, expectItems, QUERIES, SHAPES, TRANSACTION } from "../items.mjs";

export async function open(options) {
  const db = await connect(new URL("../../bench.dms.yml", import.meta.url), options);
  const operations = {};
  for (const [name, { item, key, model }] of Object.entries(SHAPES)) {
    const items = db.model(model);
    operations[`put.${name}`] = () => items.put(item);
    operations[`get.${name}`] = async () => EXPECT[name](await items.get(key));
  }
  const orders = db.model("Order");
  const change = { set: { status: "paid" }, add: { items: 1 }, condition: { amount: { gt: 1 } }, returnValues: "NONE" };
  operations["update.twelve"] = () => orders.update(SHAPES.twelve.key, change);
  for (const count of QUERIES) {
    const counted = db.model(`Order${count}`);
    operations[`query.${count}`] = async () => expectItems(await counted.query("user#1001").where({ sk: begins("order#") }).all(), count);
  }
  operations["batch_write.25"] = async () => {
    if ((await orders.batchPut(BATCH)) !== 25) throw new Error("not all were written");
  };
  operations["transact.10"] = () => db.transact(TRANSACTION.map((item) => orders.op.put(item)));
  return { operations, close: () => db.close() };
}
