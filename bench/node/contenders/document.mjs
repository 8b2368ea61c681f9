// SDK v3, `DynamoDBDocumentClient` of lib-dynamodb.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { BATCH, EXPECT, expectItems, QUERIES, SHAPES, TRANSACTION } from "../items.mjs";

export function open() {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 64 } } }));
  const operations = {};
  for (const [name, { item, key, table }] of Object.entries(SHAPES)) {
    operations[`put.${name}`] = () => client.send(new PutCommand({ TableName: table, Item: item }));
    operations[`get.${name}`] = async () => EXPECT[name]((await client.send(new GetCommand({ TableName: table, Key: key }))).Item);
  }
  operations["update.twelve"] = () =>
    client.send(
      new UpdateCommand({
        TableName: "orders",
        Key: SHAPES.twelve.key,
        UpdateExpression: "SET #status = :status ADD #items :one",
        ConditionExpression: "#amount > :least",
        ExpressionAttributeNames: { "#status": "status", "#items": "items", "#amount": "amount" },
        ExpressionAttributeValues: { ":status": "paid", ":one": 1, ":least": 1 },
      }),
    );
  for (const count of QUERIES) {
    operations[`query.${count}`] = async () => {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: `orders-${count}`,
          KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :sk)",
          ExpressionAttributeNames: { "#pk": "pk", "#sk": "sk" },
          ExpressionAttributeValues: { ":pk": "user#1001", ":sk": "order#" },
        }),
      );
      expectItems(Items, count);
    };
  }
  const writes = BATCH.map((Item) => ({ PutRequest: { Item } }));
  operations["batch_write.25"] = () => client.send(new BatchWriteCommand({ RequestItems: { orders: writes } }));
  const puts = TRANSACTION.map((Item) => ({ Put: { TableName: "orders", Item } }));
  operations["transact.10"] = () => client.send(new TransactWriteCommand({ TransactItems: puts }));
  return { operations, close: () => client.destroy() };
}
