"""pydynox with its models."""

from collections.abc import Callable
from typing import Any

from pydynox import DynamoDBClient, Model, ModelConfig, SyncBatchWriter, SyncTransaction, set_default_client
from pydynox.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    StringAttribute,
    StringSetAttribute,
)

from items import BATCH, KEYS, QUERIES, SHAPES, floats


class Tags(StringSetAttribute):
    """Left as it is, the set would be stored as a list."""

    def serialize(self, value: Any) -> Any:
        return value


class Order(Model):
    model_config = ModelConfig(table="orders")

    pk = StringAttribute(partition_key=True)
    sk = StringAttribute(sort_key=True)
    status = StringAttribute()
    note = StringAttribute()
    amount = NumberAttribute()
    items = NumberAttribute()
    weight = NumberAttribute()
    paid = BooleanAttribute()
    lines = ListAttribute()
    address = MapAttribute()
    tags = Tags()
    label = BinaryAttribute()


class Order1(Order):
    model_config = ModelConfig(table="orders-1")


class Order100(Order):
    model_config = ModelConfig(table="orders-100")


class Order1000(Order):
    model_config = ModelConfig(table="orders-1000")


class Counter(Model):
    model_config = ModelConfig(table="counters")

    pk = StringAttribute(partition_key=True)
    sk = StringAttribute(sort_key=True)
    count = NumberAttribute()


class Document(Model):
    model_config = ModelConfig(table="documents")

    pk = StringAttribute(partition_key=True)
    sk = StringAttribute(sort_key=True)
    body = StringAttribute()
    lines = ListAttribute()


MODELS: dict[str, type[Model]] = {"twelve": Order, "tiny": Counter, "large": Document}
COUNTED = {1: Order1, 100: Order100, 1000: Order1000}


def open() -> dict[str, Callable[[], None]]:
    client = DynamoDBClient()
    set_default_client(client)

    def check(shape: str, item: Any) -> None:
        if shape == "twelve":
            good = item.amount == 1299.95 and len(item.label) == 16
        elif shape == "tiny":
            good = item.count == 42
        else:
            good = len(item.lines) == 300 and item.lines[299]["price"] == 299.5
        if not good:
            raise AssertionError(f"not the item `{shape}`")

    def put(shape: str, item: dict[str, Any]) -> Callable[[], None]:
        # Otherwise a second `save` sends nothing but changes.
        instance = MODELS[shape](**floats(item))
        return lambda: instance.sync_save(full_replace=True)

    def get(shape: str) -> Callable[[], None]:
        model, key = MODELS[shape], KEYS[shape]
        return lambda: check(shape, model.sync_get(**key))

    def query(count: int) -> Callable[[], None]:
        model = COUNTED[count]

        def call() -> None:
            found = list(model.sync_query(partition_key="user#1001", sort_key_condition=model.sk.begins_with("order#")))
            if len(found) != count:
                raise AssertionError(f"{len(found)} items instead of {count}")
            check("twelve", found[-1])

        return call

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, _, _) in SHAPES.items():
        operations[f"put.{name}"] = put(name, item)
        operations[f"get.{name}"] = get(name)
    order = Order(**floats(SHAPES["twelve"][0]))
    operations["update.twelve"] = lambda: order.sync_update(
        atomic=[Order.status.set("paid"), Order.items.add(1)], condition=Order.amount > 1
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
