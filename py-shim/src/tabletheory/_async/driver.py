"""Does for a call what its steps ask for: sends, sleeps, finds credentials. On asyncio, in the task of the caller."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from ..credentials import AsyncCredentialsProvider, DefaultCredentials
from ..errors import CallTimeout, InternalError, TableTheoryError, host_error
from ..session import Session
from ..transport import AsyncTransport, Request, Transport, TransportFailure
from ..values import dumps

if TYPE_CHECKING:
    from ..engine.instance import Reply, Run

EAGER = False
"""The schema is compiled at first use, in a thread, so that making a client does not hold up the event loop."""


class AsyncDriver:
    """Runs calls over a transport."""

    def __init__(
        self, session: Session, transport: AsyncTransport | Transport, credentials: AsyncCredentialsProvider | None
    ) -> None:
        self._session, self._transport = session, transport
        self._credentials = credentials or DefaultCredentials()

    async def run(self, call: bytes, timeout: float | None) -> str:
        """Runs one call and gives its result document. `timeout` in seconds. Cancelling the task abandons the call."""
        flight = _Flight(self)
        try:
            async with asyncio.timeout(timeout):
                return await self._run(call, flight)
        except TimeoutError:
            outcome = "unknown" if flight.sent else "not_sent"
            raise host_error(
                CallTimeout, "the call took longer than its time-out", outcome=outcome, retryable=True
            ) from flight.failure
        finally:
            flight.cancel()

    async def _run(self, call: bytes, flight: _Flight) -> str:
        from ..engine.instance import NeedCredentials

        await self.open()
        steps = self._session.steps(call)
        try:
            step = next(steps)
            while True:
                if isinstance(step, NeedCredentials):
                    reply = await self._find_credentials()
                else:
                    reply = await flight.reply(step)
                if self._session.closed:
                    raise self._session.canceled(sent=flight.sent)
                step = steps.send(reply)
        except StopIteration as stop:
            return str(stop.value)
        except TableTheoryError as error:
            raise error from flight.failure or error.__cause__
        finally:
            steps.close()

    async def open(self) -> None:
        """Compiles the schema, if that was not done yet."""
        if not self._session.opened:
            await asyncio.to_thread(self._session.open)

    async def aclose(self) -> None:
        """Nothing is kept."""

    async def exchange(self, request: Request) -> tuple[Reply, TransportFailure | None]:
        """Sends one request and gives the reply to hand in."""
        from ..engine.instance import failure, response

        try:
            if isinstance(self._transport, AsyncTransport):
                answer = await self._transport.asend(request, None)
            else:
                answer = await asyncio.to_thread(self._transport.send, request, None)
        except TransportFailure as error:
            return failure(request.id, error.kind, str(error)), error
        return response(request.id, answer.status, answer.head, answer.body), None

    async def sleep(self, milliseconds: int) -> None:
        """Waits."""
        await self._session.clock.asleep(milliseconds / 1000)

    async def _find_credentials(self) -> Reply:
        from ..engine.instance import credentials, no_credentials

        provider = self._credentials
        if isinstance(provider, DefaultCredentials):  # may read files or ask a metadata service
            found = await asyncio.to_thread(provider)
        else:
            given = provider()
            found = await given if inspect.isawaitable(given) else given
        if found is None:
            return no_credentials(getattr(provider, "where", "the credentials provider of the client had none"))
        return credentials(dumps(found.document()))


class _Flight:
    """The requests of one call that are under way."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver
        self._tasks: set[asyncio.Task[tuple[Reply, TransportFailure | None]]] = set()
        self.sent = False
        self.failure: TransportFailure | None = None

    async def reply(self, step: Run) -> Reply:
        """Sends what is new, and gives the first reply, or the end of the wait."""
        from ..engine.instance import ELAPSED

        if len(step.requests) == 1 and not self._tasks and step.wait is None:
            self.sent = True
            reply, self.failure = await self._driver.exchange(step.requests[0])
            return reply
        if not step.requests and not self._tasks:
            if step.wait is None:
                raise host_error(InternalError, "the core waits for nothing")
            await self._driver.sleep(step.wait)
            return ELAPSED
        for request in step.requests:
            self.sent = True
            self._tasks.add(asyncio.create_task(self._driver.exchange(request)))
        limit = None if step.wait is None else step.wait / 1000
        done, _ = await asyncio.wait(self._tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return ELAPSED
        task = done.pop()  # further ones that are done are found so at the next step
        self._tasks.remove(task)
        reply, self.failure = task.result()
        return reply

    def cancel(self) -> None:
        """Cancels what is still under way."""
        for task in self._tasks:
            if not task.cancel() and not task.cancelled():
                task.exception()  # looked at, so that asyncio does not report it a second time
