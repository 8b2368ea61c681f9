"""Does for a call what its steps ask for: sends, sleeps, finds credentials. Threads only for requests side by side."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

from ..credentials import CredentialsProvider, DefaultCredentials
from ..errors import CallTimeout, InternalError, TableTheoryError, host_error
from ..session import Session
from ..transport import Request, Transport, TransportFailure
from ..values import dumps

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from ..engine.instance import Reply, Run

EAGER = True
"""The schema is compiled when the client is made."""
_SIDE_BY_SIDE = 16


class Driver:
    """Runs calls over a transport."""

    def __init__(self, session: Session, transport: Transport, credentials: CredentialsProvider | None) -> None:
        self._session, self._transport = session, transport
        self._credentials = credentials or DefaultCredentials()
        self._threads: ThreadPoolExecutor | None = None

    def run(self, call: bytes, timeout: float | None) -> str:
        """Runs one call and gives its result document. `timeout` in seconds."""
        from ..engine.instance import NeedCredentials

        deadline = None if timeout is None else time.monotonic() + timeout
        steps = self._session.steps(call)
        flight = _Flight(self, deadline)
        try:
            step = next(steps)
            while True:
                reply = self._find_credentials() if isinstance(step, NeedCredentials) else flight.reply(step)
                if self._session.closed:
                    raise self._session.canceled(sent=flight.sent)
                step = steps.send(reply)
        except StopIteration as stop:
            return str(stop.value)
        except TableTheoryError as error:
            raise error from flight.failure or error.__cause__
        finally:
            steps.close()

    def open(self) -> None:
        """Compiles the schema, if that was not done yet."""
        self._session.open()

    def close(self) -> None:
        """Lets go of the threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def exchange(self, request: Request, timeout: float | None) -> tuple[Reply, TransportFailure | None]:
        """Sends one request and gives the reply to hand in."""
        from ..engine.instance import failure, response

        try:
            answer = self._transport.send(request, timeout)
        except TransportFailure as error:
            return failure(request.id, error.kind, str(error)), error
        return response(request.id, answer.status, answer.head, answer.body), None

    def threads(self) -> ThreadPoolExecutor:
        """Threads for requests that run side by side."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(_SIDE_BY_SIDE, "tabletheory")
        return self._threads

    def sleep(self, milliseconds: int) -> None:
        """Waits."""
        self._session.clock.sleep(milliseconds / 1000)

    def _find_credentials(self) -> Reply:
        from ..engine.instance import credentials, no_credentials

        found = self._credentials()
        if found is None:
            return no_credentials(
                getattr(self._credentials, "where", "the credentials provider of the client had none")
            )
        return credentials(dumps(found.document()))


class _Flight:
    """The requests of one call that are under way."""

    def __init__(self, driver: Driver, deadline: float | None) -> None:
        self._driver, self._deadline = driver, deadline
        self._waiting = 0
        self._done: queue.SimpleQueue[Future[tuple[Reply, TransportFailure | None]]] = queue.SimpleQueue()
        self.sent = False
        self.failure: TransportFailure | None = None

    def reply(self, step: Run) -> Reply:
        """Sends what is new, and gives the first reply, or the end of the wait."""
        from ..engine.instance import ELAPSED

        if len(step.requests) == 1 and not self._waiting and step.wait is None:
            self.sent = True
            reply, self.failure = self._driver.exchange(step.requests[0], self._left())
        elif not step.requests and not self._waiting:
            if step.wait is None:
                raise host_error(InternalError, "the core waits for nothing")
            self._left(step.wait / 1000)
            self._driver.sleep(step.wait)
            return ELAPSED
        else:
            self._send(step.requests)
            left = self._left()
            limits = [limit for limit in (left, None if step.wait is None else step.wait / 1000) if limit is not None]
            try:
                task = self._done.get(timeout=min(limits, default=None))
            except queue.Empty:
                self._left()
                return ELAPSED
            self._waiting -= 1
            reply, self.failure = task.result()
        if self.failure is not None:
            self._left()
        return reply

    def _send(self, requests: list[Request]) -> None:
        left = self._left()
        for request in requests:
            self.sent = True
            self._waiting += 1
            self._driver.threads().submit(self._driver.exchange, request, left).add_done_callback(self._done.put)

    def _left(self, needed: float = 0) -> float | None:
        """Seconds left for the call. Raises `CallTimeout` when there are none, or fewer than needed."""
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= needed:
            outcome = "unknown" if self.sent else "not_sent"
            raise host_error(CallTimeout, "the call took longer than its time-out", outcome=outcome, retryable=True)
        return left
