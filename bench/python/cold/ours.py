import os

from tabletheory import TableTheory

with TableTheory(os.environ["BENCH_SCHEMA"]) as db:
    order = db.model("Order").get("user#1001", "order#2026-01-02#0001")
    assert str(order["amount"]) == "1299.95"
