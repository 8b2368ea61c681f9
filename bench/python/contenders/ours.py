"""TableTheory with its default transport."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tabletheory
from tabletheory import S, TableTheory

from items import KEYS, SHAPES, expect

VERSION = tabletheory.__version__


def open() -> dict[str, Callable[[], None]]:
    db = TableTheory(Path(__file__).resolve().parents[2] / "bench.dms.yml")

    def put(model: Any, item: Any) -> Callable[[], None]:
        return lambda: model.put(item)

    def get(shape: str, model: Any) -> Callable[[], None]:
        pk, sk = KEYS[shape].values()
        return lambda: expect(shape, model.get(pk, sk))

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, _, model) in SHAPES.items():
        operations[f"put.{name}"] = put(db.model(model), item)
        operations[f"get.{name}"] = get(name, db.model(model))
    orders = db.model("Order")
    pk, sk = KEYS["twelve"].values()
    operations["update.twelve"] = lambda: orders.update(
        pk, sk, set={"status": "paid"}, add={"items": 1}, condition=S.amount > 1, return_values="NONE"
    )
    return operations
