import boto3

orders = boto3.resource("dynamodb").Table("orders")
item = orders.get_item(Key={"pk": "user#1001", "sk": "order#2026-01-02#0001"})["Item"]
assert str(item["amount"]) == "1299.95"
