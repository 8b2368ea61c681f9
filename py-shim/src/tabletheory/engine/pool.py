"""Instances of the core: one for each thread in use, returned to a pool when idle.

A thread keeps its instance as long as it has operations under way, so all tasks of an event loop share one.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import wasmtime

from ..errors import ContractVersionError, InternalError, from_document, host_error
from . import module
from .calls import BrokenInstanceError, Calls, DirectCalls, PublicCalls, direct_calls_work
from .instance import Instance, RefusedError

CONTRACT = 2
"""Version of the boundary that this package was built for."""

_LARGEST = 64 << 20  # memory never shrinks: an instance that once held more is not kept
_MOST_IDLE = 64
_numbers = itertools.count(1)


class Client:
    """A schema document with its settings, to be opened in whichever instance runs its calls."""

    def __init__(self, document: bytes, settings: bytes) -> None:
        self.number = next(_numbers)
        self.document, self.settings = document, settings

    def handle(self, instance: Instance) -> int:
        """The handle of this client in an instance. Raises the error of a document or setting that does not work."""
        handle = instance.clients.get(self.number)
        if handle is None:
            try:
                handle = instance.open(self.document, self.settings)
            except RefusedError as error:
                raise from_document(json.loads(error.document)) from None
            instance.clients[self.number] = handle
        return handle


class Pool:
    """The instances of a process, made by `make`."""

    def __init__(self, make: Callable[[], Instance]) -> None:
        self._make = make
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Instance] = []
        self._mine = threading.local()
        self._all: weakref.WeakSet[Instance] = weakref.WeakSet()

    def acquire(self) -> Instance:
        """Gives this thread's instance. To be released as often as it was acquired."""
        instance: Instance | None = getattr(self._mine, "instance", None)
        with self._lock:
            if instance is not None and instance.users and instance.broken is None:
                instance.users += 1
                return instance
            instance = self._idle.pop() if self._idle else None
        if instance is None:
            instance = self._make()
            with self._lock:
                self._all.add(instance)
        instance.users = 1  # nobody else has it
        self._mine.instance = instance
        return instance

    def release(self, instance: Instance) -> None:
        """Gives an instance back. Broken ones and very large ones are dropped."""
        if instance.users == 1 and getattr(self._mine, "instance", None) is instance:
            self._mine.instance = None
        with self._lock:
            instance.users -= 1
            if instance.users or instance.broken or len(self._idle) >= _MOST_IDLE or instance.memory_size() > _LARGEST:
                return
            self._idle.append(instance)

    def forget(self, client: int) -> None:
        """Closes a client in all instances."""
        with self._lock:
            instances = list(self._all)
        for instance in instances:
            handle = instance.clients.pop(client, None)
            if handle is not None:
                instance.close(handle)

    def forked(self) -> list[Instance]:
        """Starts afresh in a forked process, whose copies of the instances may have stopped halfway.

        Gives the old instances, so that they can be kept from being finalised, which is not safe either.
        """
        old = list(self._all)
        for instance in old:
            instance.broken = BrokenInstanceError("the process was forked")
        self._reset()  # the lock too: it may be held by a thread that no longer exists
        return old


class Program:
    """The compiled core of a process: compiled at first use, shared by all instances."""

    def __init__(self, component: Path = module.COMPONENT) -> None:
        self._component = component
        self._lock = threading.Lock()
        self._compiled: tuple[wasmtime.Engine, wasmtime.Module] | None = None
        self._calls: type[PublicCalls] = PublicCalls
        self._forked = False
        self._graveyard: list[Instance] = []
        self.pool = Pool(self.new_instance)
        if hasattr(os, "register_at_fork"):
            reference = weakref.ref(self)

            def after_in_child() -> None:
                program = reference()
                if program is not None:
                    program.forked()

            os.register_at_fork(after_in_child=after_in_child)

    def new_instance(self) -> Instance:
        """Makes an instance, after loading the core if that was not done yet."""
        with self._lock:
            if self._compiled is None:
                self._compiled = self._load()
            calls: Calls = self._calls(*self._compiled)
        return Instance(calls)

    def _load(self) -> tuple[wasmtime.Engine, wasmtime.Module]:
        try:
            component = self._component.read_bytes()
        except OSError as error:
            raise host_error(
                InternalError, "the package holds no core", hint="install it anew; in a checkout run `make wasm` first"
            ) from error
        engine = module.new_engine(forked=self._forked)
        compiled = module.load(engine, component, module.cache_folder())
        check_contract(Instance(PublicCalls(engine, compiled)).info())
        self._calls = DirectCalls if direct_calls_work(engine, compiled) else PublicCalls
        return engine, compiled

    def forked(self) -> None:
        """Called in a forked process. The compiled core stays good; instances and locks do not."""
        self._forked = True
        self._lock = threading.Lock()
        self._graveyard += self.pool.forked()


def check_contract(info: bytes) -> None:
    """Raises `ContractVersionError` unless the module speaks this package's version of the boundary."""
    theirs = json.loads(info).get("contract")
    if theirs != CONTRACT:
        raise host_error(
            ContractVersionError,
            f"the core speaks version {theirs} of the boundary, this package speaks version {CONTRACT}",
            hint="the file of the core is not the one of this package: install `tabletheory` anew",
        )


PROGRAM = Program()
"""The core of this process. Making it loads nothing."""
