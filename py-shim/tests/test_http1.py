"""The reader of HTTP responses, fed by hostile servers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabletheory.transport import Response, http1
from tabletheory.transport.http1 import ProtocolError, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes, *, end: bool = False) -> ResponseReader:
    reader = ResponseReader()
    reader.feed(data)
    if end:
        reader.end()
    return reader


@pytest.mark.parametrize(
    ("data", "response", "reusable"),
    [
        (OK + b"Content-Length: 2\r\n\r\n{}", Response(200, b"Content-Length: 2\r\n", b"{}"), True),
        (OK + b"content-length: 0\r\n\r\n", Response(200, b"content-length: 0\r\n", b""), True),
        (OK + b"content-length: 2, 2\r\n\r\n{}", Response(200, b"content-length: 2, 2\r\n", b"{}"), True),
        (OK + b"Content-Length: 2\r\nConnection: Close\r\n\r\n{}", None, False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", None, False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}", None, True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"content-length: 2\r\n\r\n{}", None, True),
        (b"HTTP/1.1 503 \r\ncontent-length: 2\r\n\r\n{}", Response(503, b"content-length: 2\r\n", b"{}"), True),
        (b"HTTP/1.1 503\r\ncontent-length: 2\r\n\r\n{}", Response(503, b"content-length: 2\r\n", b"{}"), True),
        (b"HTTP/1.1 204 No\r\n\r\n", Response(204, b"", b""), True),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n1;x=y\r\n{\r\n01\r\n}\r\n0\r\nx-trailer: 1\r\n\r\n",
            Response(200, b"Transfer-Encoding: chunked\r\n", b"{}"),
            True,
        ),
        (OK + b"content-length: 2\r\n\r\n{}HTTP/1.1 200", None, False),
    ],
)
def test_responses_are_read(data: bytes, response: Response | None, reusable: bool) -> None:
    whole = read(data)
    assert whole.response is not None
    assert whole.response == (response or whole.response)
    assert whole.reusable is reusable
    slow = ResponseReader()
    for at in range(len(data)):
        slow.feed(data[at : at + 1])
    assert slow.response == whole.response


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = read(OK + b"\r\n{", end=False)
    reader.feed(b"}")
    assert reader.response is None
    reader.end()
    assert reader.response == Response(200, b"", b"{}")
    assert not reader.reusable


def test_what_comes_after_the_response_is_not_believed() -> None:
    reader = read(OK + b"content-length: 2\r\n\r\n{}")
    reader.feed(b"HTTP/1.1 200 OK\r\n")
    assert not reader.reusable


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 0200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b" folded: x\r\n\r\n",
        OK + b"content-length : 2\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 1x\r\n\r\n",
        OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n",
        OK + b"content-length: 99999999999\r\n\r\n",
        OK + b"content-length: 99999999999999999999\r\n\r\n",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nxyz\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n-1\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nfffffffff\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nffffffff\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\n{}xx",
        b"x" * (http1.LARGEST_HEAD + 1),
        OK + b"x: " + b"y" * http1.LARGEST_HEAD + b"\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n" + b"1" * (http1.LARGEST_HEAD + 1),
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(data)


@pytest.mark.parametrize(
    "data",
    [b"", OK, OK + b"content-length: 2\r\n\r\n{", OK + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"],
)
def test_an_early_end_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="before the response was complete"):
        read(data, end=True)


def test_a_body_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "LARGEST_BODY", 10)
    for head in (b"\r\n", b"transfer-encoding: chunked\r\n\r\nb\r\n"):
        with pytest.raises(ProtocolError, match="too long"):
            read(OK + head + b"x" * 11 + b"\r\n")


def test_a_tunnel_has_no_body() -> None:
    reader = ResponseReader(tunnel=True)
    reader.feed(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert reader.response is not None
    assert reader.reusable


@given(
    st.lists(
        st.sampled_from(
            [OK, b"content-length: 2\r\n", b"transfer-encoding: chunked\r\n", b"\r\n", b"2", b"{}", b"\x00", b"0"]
        )
        | st.binary(max_size=5)
    )
)
def test_no_bytes_do_anything_but_give_a_response_or_an_error(parts: list[bytes]) -> None:
    reader = ResponseReader()
    with contextlib.suppress(ProtocolError):
        for part in parts:
            reader.feed(part)
        reader.end()
        assert reader.response is not None
