"""The canonical ABI by hand, on the real core and on small modules that misbehave."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import wasmtime

from tabletheory import InternalError, InvalidDocument, TableTheory, TableTheoryError
from tabletheory.engine import instance as abi
from tabletheory.engine.calls import BrokenInstanceError, Calls, DirectCalls, PublicCalls, direct_calls_work
from tabletheory.engine.instance import Done, Failed, Instance, Moment, NeedCredentials, Run
from tabletheory.engine.operation import Operation
from tabletheory.engine.pool import PROGRAM, Client, Pool
from tabletheory.testing import LOCAL_CREDENTIALS, FixedClock, ScriptedTransport, answer
from tabletheory.transport import Request

from .conftest import NOTES

MOMENT = Moment(1_767_225_600_000_000_000, 1, 2)
DOCUMENT = NOTES.read_bytes()
SDK = b'{"transport":"sdk"}'
HTTP = b'{"region":"eu-west-1"}'


class Owner:
    """Stands for a client."""

    closed = False


@pytest.fixture(params=[DirectCalls, PublicCalls])
def core(request: pytest.FixtureRequest) -> Instance:
    PROGRAM.new_instance()
    assert PROGRAM._compiled is not None
    return Instance(request.param(*PROGRAM._compiled))


@pytest.fixture
def opened(core: Instance) -> tuple[Instance, int]:
    return core, core.open(DOCUMENT, SDK)


def call(**members: Any) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()


def find(core: Instance, client: int, pk: str) -> Request:
    handle, step = core.start(client, call(op="find", model="Note", key=[pk, "n#1"]), MOMENT)
    assert isinstance(step, Run)
    core.abandon(handle)
    return step.requests[0]


def test_info_says_who_it_is(core: Instance) -> None:
    info = json.loads(core.info())
    assert info["contract"] == 2
    assert set(info) >= {"version", "contract", "source", "compiler"}


def test_an_operation_goes_all_the_way(opened: tuple[Instance, int]) -> None:
    core, client = opened
    handle, step = core.start(client, call(op="find", model="Note", key=["u#1", "n#1"]), MOMENT)
    assert handle != 0
    assert isinstance(step, Run)
    (request,) = step.requests
    assert (request.service, request.action, request.url, request.head) == ("dynamodb", "GetItem", "", "")
    assert json.loads(request.body)["Key"] == {"pk": {"S": "u#1"}, "sk": {"S": "n#1"}}
    body = '{"Item":{"pk":{"S":"u#1"},"sk":{"S":"n#1"},"title":{"S":"grüße 🎈"}}}'.encode()
    _, step = core.resume(handle, abi.response(request.id, 200, b"x-amzn-requestid: R1\r\n", body), MOMENT)
    assert isinstance(step, Done)
    result = json.loads(step.document)
    assert result["item"]["title"] == "grüße 🎈"
    assert result["stats"]["request_id"] == "R1"


@pytest.mark.parametrize("text", ["", "a", "ß", "\U0010ffff", "\x00", "\u2028", "é" * 1000, "🎈" * 100])
def test_texts_of_all_kinds_go_through(opened: tuple[Instance, int], text: str) -> None:
    core, client = opened
    handle, step = core.start(client, call(op="put", model="Note", item={"pk": "u", "sk": "n", "title": text}), MOMENT)
    assert isinstance(step, Run)
    assert json.loads(step.requests[0].body)["Item"]["title"] == {"S": text}
    core.abandon(handle)


def test_a_text_of_a_megabyte_goes_both_ways(opened: tuple[Instance, int]) -> None:
    core, client = opened
    big = "ß" * (1 << 19)
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    assert isinstance(step, Run)
    body = json.dumps({"Item": {"pk": {"S": "u"}, "sk": {"S": "n"}, "title": {"S": big}}}, ensure_ascii=False).encode()
    _, step = core.resume(handle, abi.response(step.requests[0].id, 200, b"", body), MOMENT)
    assert isinstance(step, Done)
    assert json.loads(step.document)["item"]["title"] == big


def test_empty_lists_go_through(core: Instance) -> None:
    with pytest.raises(abi.RefusedError) as caught:
        core.open(b"", b"")
    assert json.loads(caught.value.document)["code"] in ("ErrInvalidDocument", "ErrConfiguration")
    client = core.open(DOCUMENT, SDK)
    _, step = core.start(client, b"", MOMENT)
    assert isinstance(step, Failed)
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    assert isinstance(step, Run)
    _, step = core.resume(handle, abi.response(step.requests[0].id, 200, b"", b""), MOMENT)
    assert isinstance(step, Run | Failed)


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xed\xa0\x80", b'{"op":"find\xc3', b"{", b"null", b"[]", b'{"op":1}', b"\x00"]
)
def test_bad_bytes_are_errors_not_traps(opened: tuple[Instance, int], bad: bytes) -> None:
    core, client = opened
    handle, step = core.start(client, bad, MOMENT)
    assert handle == 0
    assert isinstance(step, Failed)
    assert json.loads(step.document)["code"].startswith("Err")
    for document, settings in ((bad, SDK), (DOCUMENT, bad)):
        with pytest.raises(abi.RefusedError):
            core.open(document, settings)
    assert core.broken is None


def test_misuse_of_handles_is_an_error_not_a_trap(opened: tuple[Instance, int]) -> None:
    core, client = opened
    for unknown in (0, 7, 0xFFFF_FFFF):
        _, step = core.start(unknown, call(op="find", model="Note", key=["u", "n"]), MOMENT)
        assert isinstance(step, Failed)
        _, step = core.resume(unknown, abi.ELAPSED, MOMENT)
        assert isinstance(step, Failed)
        assert json.loads(step.document)["code"] == "ErrInvalidHandle"
        with pytest.raises(abi.RefusedError):
            core.describe(unknown)
        core.abandon(unknown)
        core.close(unknown)
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    core.abandon(handle)
    _, step = core.resume(handle, abi.response(1, 200, b"", b"{}"), MOMENT)
    assert isinstance(step, Failed)
    core.close(client)
    _, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    assert isinstance(step, Failed)
    assert core.broken is None


def test_every_kind_of_reply_goes_through(core: Instance) -> None:
    client = core.open(DOCUMENT, HTTP)
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    assert isinstance(step, NeedCredentials)
    given = LOCAL_CREDENTIALS.document()
    _, step = core.resume(handle, abi.credentials(json.dumps(given).encode()), MOMENT)
    assert isinstance(step, Run)
    assert step.requests[0].url.startswith("https://dynamodb.eu-west-1.amazonaws.com")
    assert "authorization: AWS4-HMAC-SHA256 Credential=local/" in step.requests[0].head
    _, step = core.resume(handle, abi.failure(step.requests[0].id, "connect", "no such host: \udcff"), MOMENT)
    assert isinstance(step, Run)
    assert step.requests == []
    assert step.wait is not None
    _, step = core.resume(handle, abi.ELAPSED, MOMENT)
    assert isinstance(step, Run)
    assert len(step.requests) == 1
    core.abandon(handle)

    client = core.open(DOCUMENT, HTTP)
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    _, step = core.resume(handle, abi.no_credentials("looked nowhere"), MOMENT)
    assert isinstance(step, Failed)
    assert json.loads(step.document)["code"] == "ErrCredentials"
    assert b"looked nowhere" in step.document


def test_bytes_of_a_connection_go_in_as_they_come(core: Instance) -> None:
    client = core.open(DOCUMENT, b'{"region":"eu-west-1","transport":"socket"}')
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    _, step = core.resume(handle, abi.credentials(json.dumps(LOCAL_CREDENTIALS.document()).encode()), MOMENT)
    assert isinstance(step, Run)
    (request,) = step.requests
    assert request.body.startswith(b"POST / HTTP/1.1\r\nhost: dynamodb.eu-west-1.amazonaws.com\r\n")
    assert not request.fresh
    data = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
    missing = []
    for at in range(len(data) - 1):
        fate, step = core.receive(handle, request.id, data[at : at + 1], MOMENT)
        missing.append(fate)
        assert isinstance(step, Run)
        assert step.requests == []
    assert set(missing[:-2]) == {0}
    assert missing[-2:] == [2, 1]
    fate, step = core.receive(handle, request.id, memoryview(data)[-1:], MOMENT)
    assert fate == abi.KEEP
    assert isinstance(step, Done)


def test_a_stale_connection_is_replaced_by_a_fresh_one(core: Instance) -> None:
    client = core.open(DOCUMENT, b'{"region":"eu-west-1","transport":"socket"}')
    handle, step = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    _, step = core.resume(handle, abi.credentials(json.dumps(LOCAL_CREDENTIALS.document()).encode()), MOMENT)
    assert isinstance(step, Run)
    _, step = core.resume(handle, abi.failure(step.requests[0].id, "stale", "gone"), MOMENT)
    assert isinstance(step, Run)
    (request,) = step.requests
    assert request.fresh
    core.receive(handle, request.id, b"HTTP/1.1 200 OK\r\n", MOMENT)
    fate, step = core.resume(handle, abi.ended(request.id), MOMENT)
    assert fate == abi.CLOSE
    assert isinstance(step, Run)


def test_entropy_and_clock_decide_the_bytes(core: Instance) -> None:
    client = core.open(DOCUMENT, SDK)
    put = call(op="create", model="Note", item={"pk": "u", "sk": "n"})

    def body(moment: Moment) -> bytes:
        handle, step = core.start(client, put, moment)
        assert isinstance(step, Run)
        core.abandon(handle)
        return step.requests[0].body

    late = Moment(1_767_323_045_678_901_234, -1, -(2**63))
    assert body(late) == body(late)
    assert b"2026-01-02T03:04:05.678901234Z" in body(late)
    assert body(late) != body(MOMENT)


def test_memory_is_flat_over_many_operations(opened: tuple[Instance, int]) -> None:
    core, client = opened
    get = call(op="get", model="Note", key=["u#1", "n#1"])
    body = json.dumps({"Item": {"pk": {"S": "u#1"}, "sk": {"S": "n#1"}, "title": {"S": "x" * 2000}}}).encode()
    sizes = set()
    for count in range(12_000):
        handle, step = core.start(client, get, MOMENT)
        assert isinstance(step, Run)
        if count % 3 == 0:
            core.abandon(handle)
        else:
            core.resume(handle, abi.response(step.requests[0].id, 200, b"x-amzn-requestid: R\r\n", body), MOMENT)
        if count >= 200:
            sizes.add(core.memory_size())
    assert len(sizes) == 1


def small(calls: type[PublicCalls], body: str, memory: str = '(memory (export "memory") 1)') -> Instance:
    """An instance of a module that has all exports, its `start` being `body`."""
    arities = {
        "info": 0,
        "open": 4,
        "describe": 1,
        "close": 1,
        "check": 4,
        "abandon": 1,
        "cabi_realloc": 4,
        **{f"cabi_post_{name}": 1 for name in ("info", "open", "describe", "start", "resume", "check")},
    }
    none = ("close", "abandon", *(name for name in arities if name.startswith("cabi_post")))
    functions = "".join(
        f'(func (export "{name}") {"(param i32)" * count} {"" if name in none else "(result i32) i32.const 64"})'
        for name, count in arities.items()
    )
    start = f'(func (export "start") (param i32 i32 i32 i64 i64 i64) (result i32) {body})'
    eight = "(param i32 i32 i32 i32 i32 i32 i32 i32 i64 i64 i64)"
    resume = f'(func (export "resume") {eight} (result i32) i32.const 64)'
    engine = wasmtime.Engine()
    return Instance(calls(engine, wasmtime.Module(engine, f"(module {memory} {functions} {start} {resume})")))


@pytest.mark.parametrize(
    "body",
    [
        "unreachable",
        "i32.const 1 i32.const 0 i32.div_u",
        "i32.const -1 i32.load",
        "i32.const 65534",
        "i32.const -8",
        # A step `done` whose text is outside of the memory.
        "(i32.store8 (i32.const 4) (i32.const 2)) (i32.store (i32.const 12) (i32.const 0x7fffffff)) i32.const 0",
        # A run with more requests than there is memory.
        "(i32.store (i32.const 12) (i32.const 0x00ffffff)) i32.const 0",
    ],
)
@pytest.mark.parametrize("calls", [DirectCalls, PublicCalls])
def test_a_broken_instance_is_found_and_never_used_again(calls: type[PublicCalls], body: str) -> None:
    broken = small(calls, body)
    with pytest.raises(BrokenInstanceError):
        broken.start(1, b"", MOMENT)
    assert broken.broken is not None
    with pytest.raises(BrokenInstanceError, match="broke down before"):
        broken.start(1, b"", MOMENT)
    broken.abandon(1)


def test_a_module_without_the_exports_is_refused() -> None:
    engine = wasmtime.Engine()
    with pytest.raises(BrokenInstanceError, match="export"):
        Instance(PublicCalls(engine, wasmtime.Module(engine, "(module)")))
    with pytest.raises(BrokenInstanceError, match="does not export `info`"):
        Instance(PublicCalls(engine, wasmtime.Module(engine, '(module (memory (export "memory") 1))')))


def test_direct_calls_are_used_where_they_give_what_public_calls_give(monkeypatch: pytest.MonkeyPatch) -> None:
    PROGRAM.new_instance()
    assert PROGRAM._compiled is not None
    assert PROGRAM._calls is DirectCalls
    assert direct_calls_work(*PROGRAM._compiled)

    def lies(self: Calls, name: str) -> Any:
        return lambda *_: 0

    with monkeypatch.context() as patch:
        patch.setattr(DirectCalls, "function", lies)
        assert not direct_calls_work(*PROGRAM._compiled)
    from wasmtime import _ffi

    for name, declared in (("argtypes", []), ("restype", None)):
        with monkeypatch.context() as patch:
            patch.setattr("tabletheory.engine.calls._Library._only", None)
            function = _ffi.dll.wasmtime_func_call_unchecked
            before = getattr(function, name)
            try:
                setattr(function, name, declared)
                assert not direct_calls_work(*PROGRAM._compiled)
            finally:
                setattr(function, name, before)
    monkeypatch.setattr("tabletheory.engine.calls._Library._only", None)
    assert direct_calls_work(*PROGRAM._compiled)


def test_without_direct_calls_everything_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tabletheory.engine.pool.direct_calls_work", lambda *_: False)
    from tabletheory.engine.pool import Program

    program = Program()
    core = program.new_instance()
    assert program._calls is PublicCalls
    assert find(core, core.open(DOCUMENT, SDK), "u").action == "GetItem"


@pytest.fixture
def pool() -> Pool:
    return Pool(PROGRAM.new_instance)


def corrupt(instance: Instance) -> None:
    """Overwrites the memory of the core, as a bug would."""
    instance._memory()[:] = b"\xff" * instance.memory_size()


def began(pool: Pool, client: Client, call: bytes) -> tuple[Operation, Any]:
    running = Operation(Owner(), pool, client, FixedClock(), None)
    return running, running.begin(call)


def test_a_trap_fails_the_running_operations_and_the_next_call_gets_a_new_instance(pool: Pool) -> None:
    client = Client(DOCUMENT, SDK)
    get = call(op="find", model="Note", key=["u", "n"])
    running = [began(pool, client, get) for _ in range(3)]
    broken = pool.acquire()
    pool.release(broken)
    corrupt(broken)
    for each, step in running:
        with pytest.raises(InternalError) as caught:
            each.resume(abi.response(step.requests[0].id, 200, b"", b"{}"))
        assert caught.value.outcome == "unknown"
        assert caught.value.hint
        each.close()
    again, step = began(pool, client, get)
    assert isinstance(step, Run)
    done = again.resume(abi.response(step.requests[0].id, 200, b"", b"{}"))
    assert isinstance(done, Done)
    assert json.loads(done.document)["item"] is None
    assert pool.acquire() is not broken


def test_threads_have_their_own_instances_and_return_them(pool: Pool) -> None:
    barrier = threading.Barrier(4)
    seen: list[Instance] = []

    def work() -> None:
        instance = pool.acquire()
        assert pool.acquire() is instance
        seen.append(instance)
        barrier.wait()
        pool.release(instance)
        pool.release(instance)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 4
    assert pool.acquire() in seen


def test_a_very_large_instance_is_not_kept(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    large = pool.acquire()
    monkeypatch.setattr("tabletheory.engine.pool._LARGEST", 1)
    pool.release(large)
    assert pool.acquire() is not large


def test_closing_abandons_an_operation_and_gives_its_instance_back(pool: Pool) -> None:
    client = Client(DOCUMENT, SDK)
    instance = pool.acquire()
    running, step = began(pool, client, call(op="find", model="Note", key=["u", "n"]))
    assert isinstance(step, Run)
    assert instance.users == 2
    running.close()
    assert instance.users == 1
    # The first operation of this instance had handle 1; it is no longer known.
    fate, failed = instance.resume(1, abi.response(step.requests[0].id, 200, b"", b"{}"), MOMENT)
    assert fate == abi.CLOSE
    assert isinstance(failed, Failed)
    assert b"ErrInvalidHandle" in failed.document


def test_stopping_an_operation_says_what_is_known_of_its_writes(pool: Pool) -> None:
    client = Client(DOCUMENT, SDK)
    for op, outcome in (("find", "rejected"), ("create", "unknown")):
        members = {"key": ["u", "n"]} if op == "find" else {"item": {"pk": "u", "sk": "n"}}
        for stop, code in ((Operation.cancel, "ErrCanceled"), (Operation.stop, "ErrTimeout")):
            running, _ = began(pool, client, call(op=op, model="Note", **members))
            failed = stop(running)
            assert isinstance(failed, Failed)
            assert json.loads(failed.document)["code"] == code
            assert json.loads(failed.document)["outcome"] == outcome
            running.close()


def test_abandoning_while_the_instance_is_busy_is_done_later(opened: tuple[Instance, int]) -> None:
    core, client = opened
    handle, _ = core.start(client, call(op="find", model="Note", key=["u", "n"]), MOMENT)
    with core._lock:
        core.abandon(handle)
        assert list(core._later) == [("abandon", handle)]
    core.info()
    assert not core._later
    _, step = core.resume(handle, abi.ELAPSED, MOMENT)
    assert isinstance(step, Failed)


def test_closing_a_client_frees_it_in_every_instance(pool: Pool) -> None:
    client = Client(DOCUMENT, SDK)
    running, _ = began(pool, client, call(op="find", model="Note", key=["u", "n"]))
    running.close()
    instance = pool.acquire()
    handle = instance.clients[client.number]
    pool.forget(client.number)
    assert instance.clients == {}
    with pytest.raises(abi.RefusedError):
        instance.describe(handle)


def test_a_document_that_does_not_compile_is_a_typed_error_each_time(pool: Pool) -> None:
    client = Client(b"dms_version: 9", SDK)
    for _ in range(2):
        running = Operation(Owner(), pool, client, FixedClock(), None)
        with pytest.raises(InvalidDocument) as caught:
            running.begin(b"{}")
        assert caught.value.problems
        running.close()
    assert pool.acquire().users == 1


@pytest.fixture
def db() -> Iterator[TableTheory]:
    transport = ScriptedTransport([answer()] * 500)
    with TableTheory(NOTES, region="eu-west-1", credentials=LOCAL_CREDENTIALS, transport=transport) as db:
        yield db


def test_many_threads_may_use_one_client(db: TableTheory) -> None:
    notes = db.model("Note")
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                assert notes.find("u", "n") is None
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_forked_process_goes_on_with_its_own_instances() -> None:
    script = f"""
        import os, threading
        from tabletheory import TableTheory
        from tabletheory.engine.pool import PROGRAM
        from tabletheory.testing import LOCAL_CREDENTIALS, ScriptedTransport, answer

        transport = ScriptedTransport([answer()] * 10)
        db = TableTheory({str(NOTES)!r}, region="eu-west-1", credentials=LOCAL_CREDENTIALS, transport=transport)
        notes = db.model("Note")
        notes.find("u", "n")
        mine = PROGRAM.pool.acquire()
        PROGRAM.pool._lock.acquire()  # as if another thread were in the middle of something
        child = os.fork()
        if child == 0:
            assert PROGRAM.pool.acquire() is not mine
            assert notes.find("u", "n") is None
            db.close()
            os._exit(0)
        PROGRAM.pool._lock.release()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert mine.broken is None and notes.find("u", "n") is None
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)], check=True, timeout=60)


def test_the_core_never_traps_on_what_a_user_passes(db: TableTheory) -> None:
    notes = db.model("Note")
    for wrong in ({}, {"pk": 1}, {"pk": "u", "sk": {}}, {"nothing": 1}):
        with pytest.raises(TableTheoryError) as caught:
            notes.create(wrong)
        assert not isinstance(caught.value, InternalError)
