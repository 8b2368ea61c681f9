import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "dynamodb-toolbox/entity";
import { GetItemCommand } from "dynamodb-toolbox/entity/actions/get";
import { binary, boolean, item, list, map, number, set, string } from "dynamodb-toolbox/schema";
import { Table } from "dynamodb-toolbox/table";

const documentClient = DynamoDBDocumentClient.from(new DynamoDBClient());
const Order = new Entity({
  name: "order",
  table: new Table({
    name: "orders",
    documentClient,
    partitionKey: { name: "pk", type: "string" },
    sortKey: { name: "sk", type: "string" },
  }),
  schema: item({
    pk: string().key(),
    sk: string().key(),
    status: string(),
    note: string(),
    amount: number(),
    items: number(),
    weight: number(),
    paid: boolean(),
    lines: list(string()),
    address: map({ city: string(), zip: string() }),
    tags: set(string()),
    label: binary(),
  }),
  entityAttribute: false,
  timestamps: false,
});
const { Item } = await Order.build(GetItemCommand).key({ pk: "user#1001", sk: "order#2026-01-02#0001" }).send();
if (Item.amount !== 1299.95) throw new Error("not the item");
documentClient.destroy();
