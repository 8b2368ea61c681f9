import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";

const client = DynamoDBDocumentClient.from(new DynamoDBClient());
const { Item } = await client.send(new GetCommand({ TableName: "orders", Key: { pk: "user#1001", sk: "order#2026-01-02#0001" } }));
if (Item.amount !== 1299.95) throw new Error("not the item");
client.destroy();
