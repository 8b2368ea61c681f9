// dynamodb-toolbox over the SDK's DocumentClient. Without its entity attribute and time stamps, so that items are the same as elsewhere.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "dynamodb-toolbox/entity";
import { BatchPutRequest } from "dynamodb-toolbox/entity/actions/batchPut";
import { GetItemCommand } from "dynamodb-toolbox/entity/actions/get";
import { PutItemCommand } from "dynamodb-toolbox/entity/actions/put";
import { PutTransaction } from "dynamodb-toolbox/entity/actions/transactPut";
import { execute as executeTransaction } from "dynamodb-toolbox/entity/actions/transactWrite";
import { $add, UpdateItemCommand } from "dynamodb-toolbox/entity/actions/update";
import { binary, boolean, item as schema, list, map, number, set, string } from "dynamodb-toolbox/schema";
import { Table } from "dynamodb-toolbox/table";
import { BatchWriteCommand, execute as executeBatch } from "dynamodb-toolbox/table/actions/batchWrite";
import { QueryCommand } from "dynamodb-toolbox/table/actions/query";
import { BATCH, EXPECT, expectItems, QUERIES, SHAPES, TRANSACTION } from "../items.mjs";

const keys = { pk: string().key(), sk: string().key() };
const SCHEMAS = {
  twelve: schema({
    ...keys,
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
  tiny: schema({ ...keys, count: number() }),
  large: schema({
    ...keys,
    body: string(),
    lines: list(map({ sku: string(), title: string(), quantity: number(), price: number(), marks: list(string()) })),
  }),
};

export function open() {
  const documentClient = DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 64 } } }));
  const entity = (shape, table) =>
    new Entity({
      name: shape,
      table: new Table({ name: table, documentClient, partitionKey: { name: "pk", type: "string" }, sortKey: { name: "sk", type: "string" } }),
      schema: SCHEMAS[shape],
      entityAttribute: false,
      timestamps: false,
    });
  const operations = {};
  const entities = {};
  for (const [name, { item, key, table }] of Object.entries(SHAPES)) {
    const model = (entities[name] = entity(name, table));
    operations[`put.${name}`] = () => model.build(PutItemCommand).item(item).send();
    operations[`get.${name}`] = async () => EXPECT[name]((await model.build(GetItemCommand).key(key).send()).Item);
  }
  const orders = entities.twelve;
  operations["update.twelve"] = () =>
    orders
      .build(UpdateItemCommand)
      .item({ ...SHAPES.twelve.key, status: "paid", items: $add(1) })
      .options({ condition: { attr: "amount", gt: 1 } })
      .send();
  for (const count of QUERIES) {
    const counted = entity("twelve", `orders-${count}`);
    operations[`query.${count}`] = async () => {
      const { Items } = await counted.table
        .build(QueryCommand)
        .query({ partition: "user#1001", range: { beginsWith: "order#" } })
        .entities(counted)
        .send();
      expectItems(Items, count);
    };
  }
  operations["batch_write.25"] = () =>
    executeBatch(orders.table.build(BatchWriteCommand).requests(...BATCH.map((item) => orders.build(BatchPutRequest).item(item))));
  operations["transact.10"] = () => executeTransaction(...TRANSACTION.map((item) => orders.build(PutTransaction).item(item)));
  return { operations, close: () => documentClient.destroy() };
}
