import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient();
const Key = { pk: { S: "user#1001" }, sk: { S: "order#2026-01-02#0001" } };
const { Item } = await client.send(new GetItemCommand({ TableName: "orders", Key }));
if (Item.amount.N !== "1299.95") throw new Error("not the item");
client.destroy();
