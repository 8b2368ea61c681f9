"""The two drivers with steps that the core may ask for: several requests at once, timers beside them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from tabletheory import CallTimeout, Canceled, InternalError, Request, Response, TableTheoryError, TransportFailure
from tabletheory._async.driver import AsyncDriver
from tabletheory._sync.driver import Driver
from tabletheory.engine.instance import ELAPSED, Done, Failed, Reply, Run
from tabletheory.errors import from_document
from tabletheory.testing import FixedClock

Steps = Generator[Run, Any, str]


def request(number: int) -> Request:
    return Request(number, "dynamodb", "GetItem", "", "", b"")


class Transport:
    """Answers each request when it is told to, or after some milliseconds."""

    signs = False

    def __init__(self, delays: dict[int, float]) -> None:
        self.delays = delays
        self.at_once = 0
        self.most = 0
        self.cancelled: list[int] = []
        self._lock = threading.Lock()

    def _enter(self, by: int) -> None:
        with self._lock:
            self.at_once += by
            self.most = max(self.most, self.at_once)

    def send(self, request: Request, timeout: float | None) -> Response:
        self._enter(1)
        time.sleep(self.delays.get(request.id, 0))
        self._enter(-1)
        if self.delays.get(request.id) == 0.111:
            raise TransportFailure("broken", "as told")
        return Response(200, b"", str(request.id).encode())

    async def asend(self, request: Request, timeout: float | None) -> Response:
        self._enter(1)
        try:
            await asyncio.sleep(self.delays.get(request.id, 0))
        except asyncio.CancelledError:
            self.cancelled.append(request.id)
            raise
        self._enter(-1)
        return Response(200, b"", str(request.id).encode())

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class Session:
    """Stands for a session whose core asks for what a test says."""

    opened = True
    closed = False

    def __init__(self, steps: Callable[[], Steps]) -> None:
        self.begin = steps
        self.clock = FixedClock()

    def operation(self, deadline: float | None) -> Operation:
        return Operation(self.begin(), deadline)

    def end(self, step: Any, failure: Exception | None) -> bytes:
        if step.failed:
            raise self.error(step) from failure
        document: bytes = step.document
        return document

    def error(self, step: Any) -> TableTheoryError:
        return from_document({**ENDED, "code": step.document.decode(), "codes": [step.document.decode()]})

    def open(self) -> None: ...


ENDED = {"message": "as told", "retryable": False, "outcome": "unknown"}


class Operation:
    """Takes its steps from a generator, which is told each reply: the request's id, or a word."""

    def __init__(self, steps: Steps, deadline: float | None) -> None:
        self.steps, self.deadline, self.failure = steps, deadline, None
        self.closed = False
        self.running = True

    def begin(self, call: bytes) -> Any:
        return self._after(None)

    def resume(self, reply: Reply) -> Any:
        return self._after(reply)

    def answered(self, reply: Reply) -> Any:
        return self._after(reply)

    def lost(self, request: int, error: TransportFailure) -> Any:
        return self._after(error)

    def expire(self) -> Any:
        return self.stop() if self.deadline is not None and time.monotonic() >= self.deadline else None

    def stop(self) -> Any:
        self.steps.close()
        return Failed(b"ErrTimeout")

    def cancel(self) -> Any:
        self.steps.close()
        return Failed(b"ErrCanceled")

    def close(self) -> None:
        self.steps.close()

    def _after(self, reply: Any) -> Any:
        try:
            return self.steps.send(reply)
        except StopIteration as end:
            return Done(str(end.value).encode())


@pytest.fixture(params=["blocking", "asyncio"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    drivers: list[Driver] = []

    def run(session: Session, transport: Transport, timeout: float | None = None, progress: Any = None) -> str:
        given: Any = session
        if request.param == "blocking":
            driver = Driver(given, transport, None)
            drivers.append(driver)
            return driver.run(b"", timeout, progress).decode()
        return asyncio.run(AsyncDriver(given, transport, None).run(b"", timeout, progress)).decode()

    yield run
    for driver in drivers:
        driver.close()


def test_requests_run_side_by_side_and_replies_come_in_as_they_do(run: Callable[..., str]) -> None:
    transport = Transport({1: 0.2, 2: 0.1, 3: 0.0})
    order: list[int] = []

    def steps() -> Steps:
        reply = yield Run([request(1), request(2), request(3)], None)
        order.append(reply.request)
        for _ in range(2):
            reply = yield Run([], None)
            order.append(reply.request)
        return "done"

    assert run(Session(steps), transport) == "done"
    assert order == [3, 2, 1]
    assert transport.most >= 2


def test_a_timer_beside_a_request_runs_out(run: Callable[..., str]) -> None:
    seen: list[Reply] = []

    def steps() -> Steps:
        seen.append((yield Run([request(1)], 30)))
        seen.append((yield Run([request(2)], None)))
        seen.append((yield Run([], 5000)))
        return "done"

    session = Session(steps)
    assert run(session, Transport({1: 0.3, 2: 0.05})) == "done"
    assert seen[0] is ELAPSED
    assert [reply.request for reply in seen[1:]] == [2, 1]
    assert session.clock.waits == [], "a timer beside a request is not slept"


def test_a_wait_alone_is_slept(run: Callable[..., str]) -> None:
    def steps() -> Steps:
        reply = yield Run([], 1234)
        return "done" if reply is ELAPSED else "wrong"

    session = Session(steps)
    assert run(session, Transport({})) == "done"
    assert session.clock.waits == [1234]


def test_waiting_for_nothing_is_an_error_and_not_for_ever(run: Callable[..., str]) -> None:
    def steps() -> Steps:
        yield Run([], None)
        return "never"

    with pytest.raises(InternalError):
        run(Session(steps), Transport({}))


def test_a_time_out_ends_what_runs_side_by_side(run: Callable[..., str]) -> None:
    closed: list[bool] = []

    def steps() -> Steps:
        try:
            yield Run([request(1), request(2)], None)
        finally:
            closed.append(True)
        return "never"

    transport = Transport({1: 0.5, 2: 0.5})
    began = time.monotonic()
    with pytest.raises(CallTimeout) as caught:
        run(Session(steps), transport, 0.1)
    assert time.monotonic() - began < 0.45
    assert caught.value.outcome == "unknown"
    assert closed == [True]


def test_cancelling_cancels_the_requests_too() -> None:
    def steps() -> Steps:
        yield Run([request(1), request(2)], None)
        return "never"

    async def main() -> None:
        transport = Transport({1: 5, 2: 5})
        given: Any = Session(steps)
        task = asyncio.create_task(AsyncDriver(given, transport, None).run(b"", None))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert isinstance(caught.value.__cause__, Canceled), "what is known of the writes"
        await asyncio.sleep(0)
        assert sorted(transport.cancelled) == [1, 2]

    asyncio.run(main())


def test_an_exception_that_is_no_failure_goes_to_the_caller(run: Callable[..., str]) -> None:
    class Faulty(Transport):
        def send(self, request: Request, timeout: float | None) -> Response:
            raise ZeroDivisionError

        async def asend(self, request: Request, timeout: float | None) -> Response:
            raise ZeroDivisionError

    for together in ([request(1)], [request(1), request(2)]):

        def steps(together: list[Request] = together) -> Steps:
            yield Run(together, None)
            return "never"

        with pytest.raises(ZeroDivisionError):
            run(Session(steps), Faulty({}))


def test_progress_goes_to_whoever_asked(run: Callable[..., str]) -> None:
    seen: list[dict[str, int]] = []

    def steps() -> Steps:
        yield Run([request(1)], None, b'{"items":1}')
        yield Run([request(2), request(3)], None, b'{"items":2}')
        yield Run([], None)
        return "done"

    assert run(Session(steps), Transport({}), None, seen.append) == "done"
    assert seen == [{"items": 1}, {"items": 2}]
    assert run(Session(steps), Transport({})) == "done"
