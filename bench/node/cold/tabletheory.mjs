import { connect } from "tabletheory";

const db = await connect(new URL("../../src/item.dms.yml", import.meta.url));
const order = await db.model("Order").get({ pk: "user#1001", sk: "order#2026-01-02#0001" });
if (order.amount !== 1299.95) throw new Error("not the item");
db.close();
