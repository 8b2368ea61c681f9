"""TableTheory with its default transport."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tabletheory import S, TableTheory

from items import BATCH, KEYS, QUERIES, SHAPES, expect, expect_items


def open(**options: Any) -> dict[str, Callable[[], None]]:
    db = TableTheory(Path(__file__).resolve().parents[2] / "bench.dms.yml", **options)

    def put(model: Any, item: Any) -> Callable[[], None]:
        return lambda: model.put(item)

    def get(shape: str, model: Any) -> Callable[[], None]:
        pk, sk = KEYS[shape].values()
        return lambda: expect(shape, model.get(pk, sk))

    def query(count: int) -> Callable[[], None]:
        model = db.model(f"Order{count}")
        return lambda: expect_items(model.query("user#1001").where(S.sk.begins_with("order#")).all(), count)

    operations: dict[str, Callable[[], Any]] = {}
    for name, (item, _, model) in SHAPES.items():
        operations[f"put.{name}"] = put(db.model(model), item)
        operations[f"get.{name}"] = get(name, db.model(model))
    orders = db.model("Order")
    pk, sk = KEYS["twelve"].values()
    operations["update.twelve"] = lambda: orders.update(
        pk, sk, set={"status": "paid"}, add={"items": 1}, condition=S.amount > 1, return_values="NONE"
    )
    for count in QUERIES:
        operations[f"query.{count}"] = query(count)
    operations["batch_write.25"] = lambda: orders.batch_put(BATCH)
    operations["transact.10"] = lambda: db.transact([orders.op.put(item) for item in BATCH[:10]])
    return operations
