"""Does for a call what its steps ask for: sends, sleeps, finds credentials. Threads only for requests side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..credentials import CredentialsProvider, DefaultCredentials
from ..errors import InternalError, host_error
from ..session import Session
from ..transport import Request, Transport, TransportFailure
from ..values import dumps, loads_plain

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from ..engine.instance import Reply, Run, Step
    from ..engine.operation import Operation
    from ..transport.sockets import SocketTransport

EAGER = True
"""The schema is compiled when the client is made."""
_SIDE_BY_SIDE = 16

Progress = Callable[[dict[str, Any]], object]


class Driver:
    """Runs calls over a transport."""

    def __init__(
        self, session: Session, transport: Transport | SocketTransport, credentials: CredentialsProvider | None
    ) -> None:
        self._session, self._transport = session, transport
        self._carry: Callable[[Any, Request], Step] = getattr(transport, "carry", self._exchange)
        self._credentials = credentials or DefaultCredentials()
        self._threads: ThreadPoolExecutor | None = None

    def run(self, call: bytes, timeout: float | None, progress: Progress | None = None) -> bytes:
        """Runs one call and gives its result document. `timeout` in seconds."""
        operation = self._session.operation(None if timeout is None else time.monotonic() + timeout)
        try:
            step: Any = operation.begin(call)
            while not step.over:
                if step.requests is None:
                    step = operation.resume(self._find_credentials())
                elif len(step.requests) == 1 and step.wait is None and step.progress is None:
                    step = self._carry(operation, step.requests[0])
                else:
                    step = self._side_by_side(operation, step, progress)
        finally:
            operation.close()
        return self._session.end(step, operation.failure)

    def open(self) -> None:
        """Compiles the schema, if that was not done yet."""
        self._session.open()

    def close(self) -> None:
        """Lets go of the threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _exchange(self, operation: Operation, request: Request) -> Step:
        """Sends one request over a transport that gives whole responses."""
        from ..engine.instance import response

        transport: Any = self._transport
        left = None if operation.deadline is None else operation.deadline - time.monotonic()
        try:
            answer = transport.send(request, left)
        except TransportFailure as error:
            return operation.lost(request.id, error)
        return operation.answered(response(request.id, answer.status, answer.head, answer.body))

    def _side_by_side(self, operation: Operation, step: Any, progress: Progress | None) -> Step:
        """Does what steps ask for until nothing is under way, or the last step is there."""
        from queue import Empty

        from ..engine.instance import ELAPSED

        flights = _Flights(operation)
        under_way = 0
        while not step.over:
            if step.requests is None:
                step = operation.resume(self._find_credentials())
                continue
            if step.progress is not None:
                if progress is not None:
                    progress(loads_plain(step.progress))
                step.progress = None
            if not under_way and len(step.requests) == 1 and step.wait is None:
                return step  # type: ignore[no-any-return]  # needs no thread
            for request in step.requests:
                self._pool().submit(flights.carry, self._carry, request)
            under_way += len(step.requests)
            if not under_way:
                return self._wait(operation, step)
            try:
                fate, step = flights.next(step.wait)
                under_way -= fate
            except Empty:
                step = operation.expire() or operation.resume(ELAPSED)
        return step  # type: ignore[no-any-return]

    def _wait(self, operation: Operation, step: Run) -> Step:
        """Sleeps while nothing is under way."""
        from ..engine.instance import ELAPSED

        if step.wait is None:
            raise host_error(InternalError, "the core waits for nothing")
        seconds = step.wait / 1000
        if operation.deadline is not None and operation.deadline - time.monotonic() < seconds:
            return operation.stop()
        self._session.clock.sleep(seconds)
        return operation.cancel() if self._session.closed else operation.resume(ELAPSED)

    def _pool(self) -> ThreadPoolExecutor:
        """Threads for requests that run side by side."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(_SIDE_BY_SIDE, "tabletheory")
        return self._threads

    def _find_credentials(self) -> Reply:
        from ..engine.instance import credentials, no_credentials

        found = self._credentials()
        if found is None:
            return no_credentials(
                getattr(self._credentials, "where", "the credentials provider of the client had none")
            )
        return credentials(dumps(found.document()))


class _Flights:
    """Stands for an operation whose requests are carried by several threads, and hands its steps to the caller's.

    Steps come out in the order in which the core gave them: each replaces the timer of the one before.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self.deadline = operation.deadline
        self._order = threading.Lock()
        import queue

        self._steps: queue.SimpleQueue[tuple[int, Step | BaseException]] = queue.SimpleQueue()

    def carry(self, carry: Callable[[Any, Request], Step], request: Request) -> None:
        """Runs in a thread of its own."""
        try:
            carry(self, request)
        except BaseException as error:
            self._steps.put((1, error))

    def next(self, milliseconds: int | None) -> tuple[int, Step]:
        """How many requests have ended, and a step. Raises `queue.Empty` when the time is over."""
        limits = [] if milliseconds is None else [milliseconds / 1000]
        if self.deadline is not None:
            limits.append(max(self.deadline - time.monotonic(), 0))
        ended, step = self._steps.get(timeout=min(limits, default=None))
        if isinstance(step, BaseException):
            raise step
        return ended, step

    def receive(self, request: int, data: memoryview) -> tuple[int, Step]:
        """As `Operation.receive`."""
        with self._order:
            fate, step = self._operation.receive(request, data)
            self._steps.put((int(fate < 0), step))
        return fate, step

    def ended(self, request: int) -> Step:
        """As `Operation.ended`."""
        with self._order:
            return self._put(self._operation.ended(request))

    def answered(self, reply: Reply) -> Step:
        """As `Operation.answered`."""
        with self._order:
            return self._put(self._operation.answered(reply))

    def lost(self, request: int, error: TransportFailure) -> Step:
        """As `Operation.lost`."""
        with self._order:
            return self._put(self._operation.lost(request, error))

    def stop(self) -> Step:
        """As `Operation.stop`."""
        with self._order:
            return self._put(self._operation.stop())

    def _put(self, step: Step) -> Step:
        self._steps.put((1, step))
        return step
