// SDK v3, `DynamoDBClient`: the user writes and reads AttributeValues.

import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { BATCH, expectTwelve, QUERIES, SHAPES, TRANSACTION } from "../items.mjs";

export function open() {
  const client = new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 64 } } });
  const operations = {};
  // Items are AttributeValues from the start: this is the SDK without any conversion.
  const expect = {
    twelve: (item) => expectTwelve(item, (value) => Number(value?.N), (value) => value?.B?.length),
    tiny: (item) => {
      if (item?.count?.N !== "42") throw new Error("not the counter");
    },
    large: (item) => {
      if (item?.lines?.L?.[299]?.M?.price?.N !== "299.5") throw new Error("not the document");
    },
  };
  for (const [name, { item, key, table }] of Object.entries(SHAPES)) {
    const [Item, Key] = [marshall(item), marshall(key)];
    operations[`put.${name}`] = () => client.send(new PutItemCommand({ TableName: table, Item }));
    operations[`get.${name}`] = async () => expect[name]((await client.send(new GetItemCommand({ TableName: table, Key }))).Item);
  }
  const Key = marshall(SHAPES.twelve.key);
  operations["update.twelve"] = () =>
    client.send(
      new UpdateItemCommand({
        TableName: "orders",
        Key,
        UpdateExpression: "SET #status = :status ADD #items :one",
        ConditionExpression: "#amount > :least",
        ExpressionAttributeNames: { "#status": "status", "#items": "items", "#amount": "amount" },
        ExpressionAttributeValues: { ":status": { S: "paid" }, ":one": { N: "1" }, ":least": { N: "1" } },
      }),
    );
  for (const count of QUERIES) {
    operations[`query.${count}`] = async () => {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: `orders-${count}`,
          KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :sk)",
          ExpressionAttributeNames: { "#pk": "pk", "#sk": "sk" },
          ExpressionAttributeValues: { ":pk": { S: "user#1001" }, ":sk": { S: "order#" } },
        }),
      );
      if (Items.length !== count) throw new Error(`${Items.length} items`);
      expect.twelve(Items[count - 1]);
    };
  }
  const writes = BATCH.map((item) => ({ PutRequest: { Item: marshall(item) } }));
  operations["batch_write.25"] = () => client.send(new BatchWriteItemCommand({ RequestItems: { orders: writes } }));
  const puts = TRANSACTION.map((item) => ({ Put: { TableName: "orders", Item: marshall(item) } }));
  operations["transact.10"] = () => client.send(new TransactWriteItemsCommand({ TransactItems: puts }));
  return { operations, close: () => client.destroy() };
}
