"""boto3's client: the user writes and reads AttributeValues."""

from collections.abc import Callable
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config

from items import BATCH, KEYS, QUERIES, SHAPES


def open() -> dict[str, Callable[[], None]]:
    client = boto3.client("dynamodb", config=Config(max_pool_connections=64))
    serializer = TypeSerializer()

    # Items are AttributeValues from the start: this is the SDK without any conversion.
    def attribute_values(item: dict[str, Any]) -> dict[str, Any]:
        return {name: serializer.serialize(value) for name, value in item.items()}

    def expect(shape: str, item: Any) -> None:
        if shape == "twelve":
            good = item["amount"]["N"] == "1299.95" and len(item["label"]["B"]) == 16
        elif shape == "tiny":
            good = item["count"]["N"] == "42"
        else:
            good = item["lines"]["L"][299]["M"]["price"]["N"] == "299.5"
        if not good:
            raise AssertionError(f"not the item `{shape}`")

    def put(table: str, item: Any) -> Callable[[], None]:
        return lambda: client.put_item(TableName=table, Item=item)

    def get(shape: str, table: str, key: Any) -> Callable[[], None]:
        return lambda: expect(shape, client.get_item(TableName=table, Key=key)["Item"])

    def query(count: int) -> Callable[[], None]:
        def call() -> None:
            found = client.query(
                TableName=f"orders-{count}",
                KeyConditionExpression="#pk = :pk AND begins_with(#sk, :sk)",
                ExpressionAttributeNames={"#pk": "pk", "#sk": "sk"},
                ExpressionAttributeValues={":pk": {"S": "user#1001"}, ":sk": {"S": "order#"}},
            )["Items"]
            if len(found) != count:
                raise AssertionError(f"{len(found)} items instead of {count}")
            expect("twelve", found[-1])

        return call

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, table, _) in SHAPES.items():
        operations[f"put.{name}"] = put(table, attribute_values(item))
        operations[f"get.{name}"] = get(name, table, attribute_values(KEYS[name]))
    key = attribute_values(KEYS["twelve"])
    operations["update.twelve"] = lambda: client.update_item(
        TableName="orders",
        Key=key,
        UpdateExpression="SET #status = :status ADD #items :one",
        ConditionExpression="#amount > :least",
        ExpressionAttributeNames={"#status": "status", "#items": "items", "#amount": "amount"},
        ExpressionAttributeValues={":status": {"S": "paid"}, ":one": {"N": "1"}, ":least": {"N": "1"}},
    )
    for count in QUERIES:
        operations[f"query.{count}"] = query(count)
    batch = [attribute_values(item) for item in BATCH]
    writes = {"orders": [{"PutRequest": {"Item": item}} for item in batch]}
    operations["batch_write.25"] = lambda: client.batch_write_item(RequestItems=writes)
    puts = [{"Put": {"TableName": "orders", "Item": item}} for item in batch[:10]]
    operations["transact.10"] = lambda: client.transact_write_items(TransactItems=puts)
    return operations
