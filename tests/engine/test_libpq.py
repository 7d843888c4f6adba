"""Statements without cursors: what they give, and what becomes of those that are prepared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, NotSupportedError, OperationalError, connection, transaction

from backend.engine import libpq
from backend.engine.libpq import Pipeline
from backend.engine.pipeline import Sent, ask, pipelined, send

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no libpq"),
    pytest.mark.django_db(transaction=True),
]

MOMENT = datetime(2026, 3, 2, 12, 30, 0, 7, tzinfo=UTC)


@pytest.fixture
def table() -> Iterator[None]:
    run("CREATE TABLE of_this_test (value integer)")
    run("INSERT INTO of_this_test VALUES (1), (2)")
    yield
    run("DROP TABLE of_this_test")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def here() -> Pipeline:
    connection.ensure_connection()
    return Pipeline.of(connection.connection)


@pytest.mark.parametrize("binary", [False, True])
def test_values_come_as_they_went(binary: bool) -> None:
    values = [7, "ö'\\%", None, True, b"\x00\xff", MOMENT, UUID(int=5), 2**40]
    kinds = ["int", "text", "text", "bool", "bytea", "timestamptz", "uuid", "bigint"]
    said = ", ".join(f"%s::{kind}" for kind in kinds)
    for _ in range(2):  # Prepared, and then asked by its name.
        ((*found,),) = ask(f"SELECT {said}", values, binary=binary).rows()
        assert found == values


def test_a_percent_sign_is_written_twice() -> None:
    assert [tuple(row) for row in ask("SELECT '100%%', %s::text", ["%s"]).rows()] == [("100%", "%s")]


def test_without_a_transaction_it_is_there_at_once(table: None) -> None:
    assert send("UPDATE of_this_test SET value = value + %s::int", ["1"]).count() == 2
    connection.close()
    assert sorted(tuple(row) for row in ask("SELECT value FROM of_this_test", []).rows()) == [(2,), (3,)]


def test_in_a_transaction_it_is_undone_with_it(table: None) -> None:
    with transaction.atomic():  # Its first statement is not Django's.
        send("UPDATE of_this_test SET value = value + %s::int", ["1"])
        transaction.set_rollback(True)
    assert sorted(tuple(row) for row in ask("SELECT value FROM of_this_test", []).rows()) == [(1,), (2,)]


def test_a_statement_that_fails_leaves_the_session_well() -> None:
    for _ in range(3):
        with pytest.raises(DataError):
            ask("SELECT 1 / %s::int", ["0"])
        assert [tuple(row) for row in ask("SELECT 1 / %s::int", ["1"]).rows()] == [(1,)]


@pytest.mark.parametrize("change", ["a migration", "somebody"])
def test_what_cannot_be_used_any_more_is_prepared_anew(table: None, change: str) -> None:
    sql = "SELECT value FROM of_this_test ORDER BY value"
    ask(sql, [])
    if change == "somebody":
        run("DEALLOCATE ALL")
    else:
        run("ALTER TABLE of_this_test ALTER value TYPE bigint")
    assert [tuple(row) for row in ask(sql, []).rows()] == [(1,), (2,)]


def test_in_a_transaction_it_is_prepared_anew_by_the_next_one(table: None) -> None:
    sql = "SELECT value FROM of_this_test ORDER BY value"
    ask(sql, [])
    run("ALTER TABLE of_this_test ALTER value TYPE bigint")

    def asked() -> list[Any]:
        with transaction.atomic():
            return [tuple(row) for row in ask(sql, []).rows()]

    with pytest.raises(NotSupportedError):
        asked()
    assert asked() == [(1,), (2,)]


def names_there() -> set[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'unwrapped%'")
        return {name.encode() for (name,) in cursor.fetchall()}


def test_a_session_keeps_a_number_of_them() -> None:
    known = here().prepared
    others = names_there() - set(known.values())
    for number in range(libpq.MAX_PREPARED + 5):
        with pipelined() if number % 2 else transaction.atomic():
            ((found,),) = ask(f"SELECT {number} + %s::int", ["1"]).rows()
        assert found == number + 1
    assert len(known) <= libpq.MAX_PREPARED
    assert names_there() - others == set(known.values())


def test_what_follows_a_failed_one_was_not_run(table: None) -> None:
    def fail() -> None:
        with pipelined():
            send("UPDATE of_this_test SET value = 1 / %s::int", ["0"])
            asked.append(ask("SELECT value FROM of_this_test", []))

    asked: list[Sent] = []
    with pytest.raises(DataError):
        fail()
    with pytest.raises(OperationalError):
        asked[0].rows()
    assert sorted(tuple(row) for row in ask("SELECT value FROM of_this_test", []).rows()) == [(1,), (2,)]
