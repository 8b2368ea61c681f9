"""pydynox without models: its client, which takes and gives dicts."""

from collections.abc import Callable
from typing import Any

from pydynox import DynamoDBClient, SyncBatchWriter, SyncTransaction

from items import BATCH, KEYS, QUERIES, SHAPES, expect, expect_items, floats


def open() -> dict[str, Callable[[], None]]:
    client = DynamoDBClient()

    def put(table: str, item: Any) -> Callable[[], None]:
        return lambda: client.sync_put_item(table, item)

    def get(shape: str, table: str) -> Callable[[], None]:
        return lambda: expect(shape, client.sync_get_item(table, KEYS[shape]))

    def query(count: int) -> Callable[[], None]:
        return lambda: expect_items(
            list(
                client.sync_query(
                    f"orders-{count}",
                    key_condition_expression="#pk = :pk AND begins_with(#sk, :sk)",
                    expression_attribute_names={"#pk": "pk", "#sk": "sk"},
                    expression_attribute_values={":pk": "user#1001", ":sk": "order#"},
                )
            ),
            count,
        )

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, table, _) in SHAPES.items():
        operations[f"put.{name}"] = put(table, floats(item))
        operations[f"get.{name}"] = get(name, table)
    operations["update.twelve"] = lambda: client.sync_update_item(
        "orders",
        KEYS["twelve"],
        update_expression="SET #status = :status ADD #items :one",
        condition_expression="#amount > :least",
        expression_attribute_names={"#status": "status", "#items": "items", "#amount": "amount"},
        expression_attribute_values={":status": "paid", ":one": 1, ":least": 1},
    )
    for count in QUERIES:
        operations[f"query.{count}"] = query(count)
    plain = [floats(item) for item in BATCH]

    def batch_write() -> None:
        with SyncBatchWriter(client, "orders") as batch:
            for item in plain:
                batch.put(item)

    operations["batch_write.25"] = batch_write

    def transact() -> None:
        with SyncTransaction(client) as transaction:
            for item in plain[:10]:
                transaction.put("orders", item)

    operations["transact.10"] = transact
    return operations
