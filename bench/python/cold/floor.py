"""The least that Python can do: one request over a socket, one reply."""

import json
import os
import socket

address = os.environ["AWS_ENDPOINT_URL_DYNAMODB"].removeprefix("http://").split(":")
with open(os.environ["BENCH_FLOOR"], "rb") as file:
    request = json.load(file)["get.twelve"]
with socket.create_connection((address[0], int(address[1]))) as connection:
    connection.sendall(request.encode())
    assert b"1299.95" in connection.recv(65536)
