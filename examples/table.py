"""What the demo does with its table from the outside, by boto3: an opinion that is not ours.

table.py absent NAME | show NAME | delete NAME
"""

import os
import sys

import boto3


def main(command: str, name: str) -> None:
    # boto3 itself knows AWS_DEFAULT_REGION only.
    client = boto3.client("dynamodb", region_name=os.environ.get("AWS_REGION"))
    if command == "absent":
        try:
            arn = client.describe_table(TableName=name)["Table"]["TableArn"]
        except client.exceptions.ResourceNotFoundException:
            print(f"{client.meta.endpoint_url}: there is no table {name} yet")
            return
        sys.exit(f"there is a table already that the demo did not make: {arn}")
    elif command == "show":
        for item in client.scan(TableName=name, ConsistentRead=True)["Items"]:
            for attribute, value in sorted(item.items()):
                print(f"  {attribute:<10} {value}")
    elif command == "delete":
        client.delete_table(TableName=name)
        client.get_waiter("table_not_exists").wait(TableName=name)
        print(f"table {name} is deleted")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
