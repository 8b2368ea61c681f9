import os

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.models import Model


class Address(MapAttribute):
    city = UnicodeAttribute()
    zip = UnicodeAttribute()


class Order(Model):
    class Meta:
        table_name = "orders"
        host = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
        region = os.environ["AWS_REGION"]

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


assert Order.get("user#1001", "order#2026-01-02#0001").amount == 1299.95
