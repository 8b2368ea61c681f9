from pydynox import DynamoDBClient, Model, ModelConfig, set_default_client
from pydynox.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    StringAttribute,
    StringSetAttribute,
)


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
    tags = StringSetAttribute()
    label = BinaryAttribute()


set_default_client(DynamoDBClient())
order = Order.sync_get(pk="user#1001", sk="order#2026-01-02#0001")
assert order is not None
assert order.amount == 1299.95
