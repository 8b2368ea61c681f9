"""The items of the measurements as a Python user has them. The stub compares them with its own."""

from decimal import Decimal
from typing import Any

LABEL = bytes(range(1, 17))
SENTENCE = 'The courier said "left at the door", second floor.\nNext to the plants, für später. '


def twelve(index: int) -> dict[str, Any]:
    return {
        "pk": "user#1001",
        "sk": f"order#2026-01-02#{index:04}",
        "status": "shipped",
        "note": "left at the door, second floor",
        "amount": Decimal("1299.95"),
        "items": 3,
        "weight": Decimal("12.5"),
        "paid": True,
        "lines": ["sku-1", "sku-22", "sku-333"],
        "address": {"city": "Basel", "zip": "4051"},
        "tags": {"gift", "express"},
        "label": LABEL,
    }


def tiny() -> dict[str, Any]:
    return {"pk": "user#1001", "sk": "counter#0001", "count": 42}


def line(index: int) -> dict[str, Any]:
    return {
        "sku": f"sku-{index:05}",
        "title": f"A thing of some use, number {index:05}, in its usual box",
        "quantity": index,
        "price": Decimal(f"{index}.5"),
        "marks": ["fragile", "blue"],
    }


def large() -> dict[str, Any]:
    return {
        "pk": "user#1001",
        "sk": "document#0001",
        "body": SENTENCE * 480,
        "lines": [line(index) for index in range(300)],
    }


#: By shape: the item, its table, the model in `bench.dms.yml`.
SHAPES = {
    "twelve": (twelve(1), "orders", "Order"),
    "tiny": (tiny(), "counters", "Counter"),
    "large": (large(), "documents", "Document"),
}
KEYS = {name: {"pk": item["pk"], "sk": item["sk"]} for name, (item, _, _) in SHAPES.items()}
BATCH = [twelve(index) for index in range(25)]
QUERIES = (1, 100, 1000)


def floats(value: Any) -> Any:
    """The same without `Decimal`, for libraries that have floats."""
    match value:
        case Decimal():
            return float(value)
        case dict():
            return {name: floats(member) for name, member in value.items()}
        case list():
            return [floats(member) for member in value]
    return value


def expect(shape: str, item: Any) -> None:
    """Fails unless the item was read to its last attribute. Runs with every call, so it is as cheap as can be."""
    if shape == "twelve":
        good = float(item["amount"]) == 1299.95 and item["label"] == LABEL
    elif shape == "tiny":
        good = item["count"] == 42
    else:
        good = len(item["lines"]) == 300 and item["lines"][299]["price"] == 299.5
    if not good:
        raise AssertionError(f"not the item `{shape}`")


def expect_items(items: list[Any], count: int) -> None:
    if len(items) != count:
        raise AssertionError(f"{len(items)} items instead of {count}")
    expect("twelve", items[-1])
