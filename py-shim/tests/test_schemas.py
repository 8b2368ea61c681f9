"""The options and errors of this package against the schemas of the boundary (`wit/*.schema.json`)."""

from __future__ import annotations

import dataclasses
import json
import typing
from typing import Any

import pytest

from tabletheory import BatchProgress, Credentials, Page, Query, Scan, ScanProgress, Stats, TableResult, errors, options

from .conftest import REPOSITORY

OF_THE_HOST = {"timeout", "stats", "on_progress"}
POSITIONAL = {"op", "model", "key", "keys", "item", "return_values", "gets", "writes", "actions", "actual", "event"}


def schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((REPOSITORY / "wit" / f"{name}.schema.json").read_text())
    return document


def members(cls: type) -> set[str]:
    return set(typing.get_type_hints(cls))


@pytest.mark.parametrize(
    ("op", "cls"),
    [
        ("create", options.WriteOptions),
        ("put", options.VersionedWriteOptions),
        ("upsert", options.WriteOptions),
        ("get", options.ReadOptions),
        ("update", options.UpdateOptions),
        ("delete", options.VersionedWriteOptions),
        ("wait_for", options.WaitOptions),
        ("transact", options.TransactOptions),
        ("transact_get", options.CallOptions),
        ("transition_append_event", options.TransactOptions),
        ("create_action", options.OpWriteOptions),
        ("put_action", options.OpVersionedWriteOptions),
        ("update_action", options.OpUpdateOptions),
        ("delete_action", options.OpDeleteOptions),
        ("check", options.CheckOptions),
        ("get_one", options.OneReadOptions),
        ("batch_get_group", options.GroupReadOptions),
        ("ensure_table", options.EnsureTableOptions),
        ("describe_table", options.CallOptions),
        ("delete_table", options.DeleteTableOptions),
    ],
)
def test_every_member_of_a_call_has_its_option(op: str, cls: type) -> None:
    call = schema("call")["$defs"][op]["properties"]
    assert set(call) - POSITIONAL == members(cls) - OF_THE_HOST


@pytest.mark.parametrize(("op", "builder"), [("query", Query), ("scan", Scan)])
def test_every_member_of_a_read_has_its_method(op: str, builder: type) -> None:
    named = {"cursor": "after", "count": "count_only", "progress": "on_progress"}
    for member in set(schema("call")["$defs"][op]["properties"]) - POSITIONAL - members(options.QueryOptions) | {
        "cursor"
    }:
        assert callable(getattr(builder, named.get(member, member)))


@pytest.mark.parametrize("op", ["batch_get", "batch_write"])
def test_every_member_of_a_batch_has_its_option(op: str) -> None:
    assert set(schema("call")["$defs"][op]["properties"]) - POSITIONAL == members(
        options.BatchOptions
    ) - OF_THE_HOST | {"progress"}


def test_every_setting_has_its_option() -> None:
    settings = schema("settings")["properties"]
    resolved_by_the_host = {"transport", "user_agent", "tables"}
    assert set(settings) - resolved_by_the_host == members(options.ClientOptions) - {"table_prefix", "table_names"}
    assert set(resolve(settings["retry"], "settings")["properties"]) == members(options.RetryOptions)


def resolve(part: dict[str, Any], document: str) -> dict[str, Any]:
    """Follows a reference of a schema."""
    for each in (part, *part.get("allOf", ()), *part.get("anyOf", ())):
        if "$ref" in each:
            found: dict[str, Any] = schema(document)["$defs"][each["$ref"].rpartition("/")[2]]
            return found
    return part


def test_every_member_of_an_error_is_shown() -> None:
    document = {
        "code": "ErrService",
        "codes": ["ErrService"],
        "message": "m",
        "retryable": False,
        "outcome": "rejected",
    }
    shown = vars(errors.from_document(document))
    assert set(schema("error")["properties"]) - {"code"} == set(shown) - {"document"}
    assert {each["const"] for each in schema("error")["$defs"]["Code"]["oneOf"]} == {
        cls.code
        for name in errors.__all__
        if issubclass(cls := getattr(errors, name), errors.TableTheoryError) and cls.code
    }


def test_results_and_credentials_are_shown_whole() -> None:
    result = schema("result")["properties"]
    shown = {field.name for cls in (TableResult, Page) for field in dataclasses.fields(cls)}
    assert set(result) - shown == {"item", "stamped", "results", "written"}
    for cls in (ScanProgress, BatchProgress):
        progress = schema("result")["$defs"][cls.__name__]["properties"]
        assert set(progress) == {field.name for field in dataclasses.fields(cls)}
    stats = resolve(result["stats"], "result")["properties"]
    assert set(stats) == {field.name for field in dataclasses.fields(Stats)}
    credentials = schema("credentials")["properties"]
    assert set(credentials) == {field.name for field in dataclasses.fields(Credentials)}
