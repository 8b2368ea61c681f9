"""PynamoDB."""

import os
from collections.abc import Callable
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from items import BATCH, KEYS, QUERIES, SHAPES, floats


class Settings:
    host = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
    region = os.environ["AWS_REGION"]
    max_pool_connections = 64


class Address(MapAttribute):
    city = UnicodeAttribute()
    zip = UnicodeAttribute()


class Line(MapAttribute):
    sku = UnicodeAttribute()
    title = UnicodeAttribute()
    quantity = NumberAttribute()
    price = NumberAttribute()
    marks = ListAttribute(of=UnicodeAttribute)


class Order(Model):
    class Meta(Settings):
        table_name = "orders"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    note = UnicodeAttribute()
    amount = NumberAttribute()
    items = NumberAttribute()
    weight = NumberAttribute()
    paid = BooleanAttribute()
    lines = ListAttribute(of=UnicodeAttribute)
    address = Address()
    tags = UnicodeSetAttribute()
    label = BinaryAttribute(legacy_encoding=False)


class Counter(Model):
    class Meta(Settings):
        table_name = "counters"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    count_ = NumberAttribute(attr_name="count")


class Document(Model):
    class Meta(Settings):
        table_name = "documents"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    lines = ListAttribute(of=Line)


MODELS: dict[str, type[Model]] = {"twelve": Order, "tiny": Counter, "large": Document}


def open() -> dict[str, Callable[[], None]]:
    def new(shape: str, item: dict[str, Any]) -> Model:
        # PynamoDB's numbers are floats and ints.
        values = floats(item)
        if shape == "tiny":
            values["count_"] = values.pop("count")
        if shape == "large":
            values["lines"] = [Line(**line) for line in values["lines"]]
        if shape == "twelve":
            values["address"] = Address(**values["address"])
        return MODELS[shape](**values)

    def check(shape: str, item: Any) -> None:
        if shape == "twelve":
            good = item.amount == 1299.95 and len(item.label) == 16
        elif shape == "tiny":
            good = item.count_ == 42
        else:
            good = len(item.lines) == 300 and item.lines[299].price == 299.5
        if not good:
            raise AssertionError(f"not the item `{shape}`")

    def get(shape: str) -> Callable[[], None]:
        model, key = MODELS[shape], KEYS[shape]
        return lambda: check(shape, model.get(key["pk"], key["sk"]))

    def query(count: int) -> Callable[[], None]:
        meta = type("Meta", (Settings,), {"table_name": f"orders-{count}"})
        model = type(f"Order{count}", (Order,), {"Meta": meta})

        def call() -> None:
            found = list(model.query("user#1001", model.sk.startswith("order#")))
            if len(found) != count:
                raise AssertionError(f"{len(found)} items instead of {count}")
            check("twelve", found[-1])

        return call

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, _, _) in SHAPES.items():
        operations[f"put.{name}"] = new(name, item).save
        operations[f"get.{name}"] = get(name)
    order = Order(**KEYS["twelve"])
    operations["update.twelve"] = lambda: order.update(
        actions=[Order.status.set("paid"), Order.items.add(1)], condition=Order.amount > 1
    )
    for count in QUERIES:
        operations[f"query.{count}"] = query(count)
    orders = [new("twelve", item) for item in BATCH]

    def batch_write() -> None:
        with Order.batch_write() as batch:
            for order in orders:
                batch.save(order)

    operations["batch_write.25"] = batch_write
    connection = Connection(region=Settings.region, host=Settings.host, max_pool_connections=64)

    def transact() -> None:
        with TransactWrite(connection=connection) as transaction:
            for order in orders[:10]:
                transaction.save(order)

    operations["transact.10"] = transact
    return operations
