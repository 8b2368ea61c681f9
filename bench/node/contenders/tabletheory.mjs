// TableTheory with its default transport.

import { connect } from "tabletheory";
import { EXPECT, SHAPES } from "../items.mjs";

export async function open() {
  const db = await connect(new URL("../../bench.dms.yml", import.meta.url));
  const operations = {};
  for (const [name, { item, key, model }] of Object.entries(SHAPES)) {
    const items = db.model(model);
    operations[`put.${name}`] = () => items.put(item);
    operations[`get.${name}`] = async () => EXPECT[name](await items.get(key));
  }
  const orders = db.model("Order");
  const change = { set: { status: "paid" }, add: { items: 1 }, condition: { amount: { gt: 1 } }, returnValues: "NONE" };
  operations["update.twelve"] = () => orders.update(SHAPES.twelve.key, change);
  return { operations, close: () => db.close() };
}
