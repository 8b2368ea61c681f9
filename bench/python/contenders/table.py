"""boto3's `Table`, the resource that most programs use."""

from collections.abc import Callable
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config

from items import BATCH, KEYS, QUERIES, SHAPES, expect, expect_items


def open() -> dict[str, Callable[[], None]]:
    dynamodb = boto3.resource("dynamodb", config=Config(max_pool_connections=64))

    def put(table: Any, item: Any) -> Callable[[], None]:
        return lambda: table.put_item(Item=item)

    def get(shape: str, table: Any) -> Callable[[], None]:
        return lambda: expect(shape, table.get_item(Key=KEYS[shape])["Item"])

    def query(count: int) -> Callable[[], None]:
        table = dynamodb.Table(f"orders-{count}")
        return lambda: expect_items(
            table.query(KeyConditionExpression=Key("pk").eq("user#1001") & Key("sk").begins_with("order#"))["Items"],
            count,
        )

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, table, _) in SHAPES.items():
        operations[f"put.{name}"] = put(dynamodb.Table(table), item)
        operations[f"get.{name}"] = get(name, dynamodb.Table(table))
    orders = dynamodb.Table("orders")
    operations["update.twelve"] = lambda: orders.update_item(
        Key=KEYS["twelve"],
        UpdateExpression="SET #status = :status ADD #items :one",
        ConditionExpression=Attr("amount").gt(1),
        ExpressionAttributeNames={"#status": "status", "#items": "items"},
        ExpressionAttributeValues={":status": "paid", ":one": 1},
    )
    for count in QUERIES:
        operations[f"query.{count}"] = query(count)

    def batch_write() -> None:
        with orders.batch_writer() as batch:
            for item in BATCH:
                batch.put_item(Item=item)

    operations["batch_write.25"] = batch_write
    # The resource has no transactions; its client has, and converts as the resource does.
    puts = [{"Put": {"TableName": "orders", "Item": item}} for item in BATCH[:10]]
    operations["transact.10"] = lambda: dynamodb.meta.client.transact_write_items(TransactItems=puts)
    return operations
