import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Entity } from "electrodb";

const client = new DynamoDBClient();
const key = (field) => ({ field, composite: [field], template: `\${${field}}`, casing: "none" });
const Order = new Entity(
  {
    model: { entity: "orders", version: "1", service: "bench" },
    attributes: {
      pk: { type: "string", required: true },
      sk: { type: "string", required: true },
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
    indexes: { primary: { pk: key("pk"), sk: key("sk") } },
  },
  { client, table: "orders-edb" },
);
const { data } = await Order.get({ pk: "user#1001", sk: "order#2026-01-02#0001" }).go();
if (data.amount !== 1299.95) throw new Error("not the item");
client.destroy();
