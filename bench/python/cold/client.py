import boto3

client = boto3.client("dynamodb")
item = client.get_item(TableName="orders", Key={"pk": {"S": "user#1001"}, "sk": {"S": "order#2026-01-02#0001"}})["Item"]
assert item["amount"]["N"] == "1299.95"
