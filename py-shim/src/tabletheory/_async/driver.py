"""Does for a call what its steps ask for: sends, sleeps, finds credentials. On asyncio, in the task of the caller."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..credentials import AsyncCredentialsProvider, DefaultCredentials
from ..errors import InternalError, TableTheoryError, host_error
from ..session import Session
from ..transport import AsyncTransport, Request, Transport, TransportFailure
from ..values import dumps, loads_plain

if TYPE_CHECKING:
    from ..engine.instance import Reply, Run, Step
    from ..engine.operation import Operation
    from ..transport.aio_sockets import AsyncSocketTransport

EAGER = False
"""The schema is compiled at first use, in a thread, so that making a client does not hold up the event loop."""

S = TypeVar("S", bound="Step | Exception")
Progress = Callable[[dict[str, Any]], object]


class AsyncDriver:
    """Runs calls over a transport."""

    def __init__(
        self,
        session: Session,
        transport: AsyncTransport | Transport | AsyncSocketTransport,
        credentials: AsyncCredentialsProvider | None,
    ) -> None:
        self._session, self._transport = session, transport
        self._carry: Callable[[Any, Request], Awaitable[Step]] = getattr(transport, "carry", self._exchange)
        self._credentials = credentials or DefaultCredentials()

    async def run(self, call: bytes, timeout: float | None, progress: Progress | None = None) -> bytes:
        """Runs one call and gives its result document. `timeout` in seconds.

        When the task is cancelled, what the core knows of the call's writes is the cause of the `CancelledError`.
        """
        if not self._session.opened:
            await self.open()
        operation = self._session.operation(None if timeout is None else time.monotonic() + timeout)
        try:
            step: Any = operation.begin(call)
            while not step.over:
                if step.requests is None:
                    step = operation.resume(await self._find_credentials())
                elif len(step.requests) == 1 and step.wait is None and step.progress is None:
                    step = await self._carry(operation, step.requests[0])
                else:
                    step = await self._side_by_side(operation, step, progress)
        except asyncio.CancelledError as cancelled:
            raise cancelled from self._known(operation)
        finally:
            operation.close()
        return self._session.end(step, operation.failure)

    def _known(self, operation: Operation) -> TableTheoryError | None:
        """What is known of the writes of a call that is cancelled."""
        try:
            return self._session.error(operation.cancel()) if operation.running else None
        except TableTheoryError as error:
            return error

    async def open(self) -> None:
        """Compiles the schema, if that was not done yet."""
        if not self._session.opened:
            await asyncio.to_thread(self._session.open)

    async def aclose(self) -> None:
        """Nothing is kept."""

    async def _exchange(self, operation: Operation, request: Request) -> Step:
        """Sends one request over a transport that gives whole responses."""
        from ..engine.instance import response

        transport: Any = self._transport
        left = None if operation.deadline is None else operation.deadline - time.monotonic()
        try:
            async with asyncio.timeout(left):
                if isinstance(transport, AsyncTransport):
                    answer = await transport.asend(request, left)
                else:
                    answer = await asyncio.to_thread(transport.send, request, left)
        except TransportFailure as error:
            return operation.lost(request.id, error)
        except TimeoutError:
            return operation.stop()
        return operation.answered(response(request.id, answer.status, answer.head, answer.body))

    async def _side_by_side(self, operation: Operation, step: Any, progress: Progress | None) -> Step:
        """Does what steps ask for until nothing is under way, or the last step is there."""
        from ..engine.instance import ELAPSED

        flights = _Flights(operation)
        try:
            while not step.over:
                if step.requests is None:
                    step = operation.resume(await self._find_credentials())
                    continue
                if step.progress is not None:
                    if progress is not None:
                        progress(loads_plain(step.progress))
                    step.progress = None
                if not flights.under_way and len(step.requests) == 1 and step.wait is None:
                    return step  # type: ignore[no-any-return]  # needs no task
                for request in step.requests:
                    flights.send(self._carry, request)
                if not flights.under_way:
                    return await self._wait(operation, step)
                step = await flights.next(step.wait) or operation.expire() or operation.resume(ELAPSED)
        finally:
            flights.cancel()
        return step  # type: ignore[no-any-return]

    async def _wait(self, operation: Operation, step: Run) -> Step:
        """Sleeps while nothing is under way."""
        from ..engine.instance import ELAPSED

        if step.wait is None:
            raise host_error(InternalError, "the core waits for nothing")
        seconds = step.wait / 1000
        if operation.deadline is not None and operation.deadline - time.monotonic() < seconds:
            return operation.stop()
        await self._session.clock.asleep(seconds)
        return operation.cancel() if self._session.closed else operation.resume(ELAPSED)

    async def _find_credentials(self) -> Reply:
        from ..engine.instance import credentials, no_credentials

        provider = self._credentials
        if isinstance(provider, DefaultCredentials):
            # May read files or ask a metadata service, unless the environment has them.
            found = provider.of_environment() or await asyncio.to_thread(provider)
        else:
            given = provider()
            found = await given if inspect.isawaitable(given) else given
        if found is None:
            return no_credentials(getattr(provider, "where", "the credentials provider of the client had none"))
        return credentials(dumps(found.document()))


class _Flights:
    """Stands for an operation whose requests are carried by several tasks, and hands its steps to the caller's.

    Steps come out in the order in which the core gave them: each replaces the timer of the one before.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self.deadline = operation.deadline
        self.under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._steps: deque[tuple[bool, Step | BaseException]] = deque()
        self._news = asyncio.Event()

    def send(self, carry: Callable[[Any, Request], Awaitable[Step]], request: Request) -> None:
        """Carries a request in a task of its own."""
        self.under_way += 1
        task = asyncio.create_task(self._send(carry, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, carry: Callable[[Any, Request], Awaitable[Step]], request: Request) -> None:
        try:
            await carry(self, request)
        except Exception as error:
            self._put(error)

    async def next(self, milliseconds: int | None) -> Step | None:
        """The next step, or `None` when the time is over."""
        limits = [] if milliseconds is None else [milliseconds / 1000]
        if self.deadline is not None:
            limits.append(max(self.deadline - time.monotonic(), 0))
        if not self._steps:
            try:
                async with asyncio.timeout(min(limits, default=None)):
                    self._news.clear()
                    await self._news.wait()
            except TimeoutError:
                return None
        ended, step = self._steps.popleft()
        self.under_way -= ended
        if isinstance(step, BaseException):
            raise step
        return step

    def cancel(self) -> None:
        """Cancels what is still under way."""
        for task in self._tasks:
            task.cancel()

    def receive(self, request: int, data: memoryview) -> tuple[int, Step]:
        """As `Operation.receive`."""
        fate, step = self._operation.receive(request, data)
        self._put(step, ended=fate < 0)
        return fate, step

    def ended(self, request: int) -> Step:
        """As `Operation.ended`."""
        return self._put(self._operation.ended(request))

    def answered(self, reply: Reply) -> Step:
        """As `Operation.answered`."""
        return self._put(self._operation.answered(reply))

    def lost(self, request: int, error: TransportFailure) -> Step:
        """As `Operation.lost`."""
        return self._put(self._operation.lost(request, error))

    def stop(self) -> Step:
        """As `Operation.stop`."""
        return self._put(self._operation.stop())

    def _put(self, step: S, *, ended: bool = True) -> S:
        self._steps.append((ended, step))
        self._news.set()
        return step
