"""The floor: the bytes of a request written to a socket, the bytes of the reply read from it, nothing else."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit


def open() -> dict[str, Callable[[], None]]:
    endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    address = (endpoint.hostname, endpoint.port)
    idle: list[socket.socket] = []

    def operation(request: bytes) -> Callable[[], None]:
        def call() -> None:
            try:
                connection = idle.pop()
            except IndexError:
                connection = socket.create_connection(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request)
            # The stub sends a head in one piece.
            received = connection.recv(65536)
            if not received.startswith(b"HTTP/1.1 200"):
                raise AssertionError(received.decode() or "the connection was closed")
            at = received.index(b"Content-Length: ") + 16
            missing = int(received[at : received.index(b"\r", at)]) + received.index(b"\r\n\r\n") + 4 - len(received)
            while missing:
                received = connection.recv(65536)
                if not received:
                    raise ConnectionError("the connection was closed")
                missing -= len(received)
            idle.append(connection)

        return call

    requests = json.loads(Path(os.environ["BENCH_FLOOR"]).read_text())
    return {name: operation(text.encode()) for name, text in requests.items()}
