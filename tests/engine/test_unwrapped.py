"""What goes to Postgres without a cursor arrives as it was, and what goes wrong is told as ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import AsyncConnection

from backend.engine.notify import connect_apart
from backend.engine.unwrapped import Statement, array_of, moment_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs Postgres"),
]

KEEP = "INSERT INTO kept SELECT unnest($1::bytea[]), $2::timestamptz"
AT = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)


def on_a_connection(story: Callable[[AsyncConnection[Any]], Awaitable[None]]) -> None:
    parameters = connection.get_connection_params()
    own = {name: parameters[name] for name in ("dbname", "user", "host", "port") if name in parameters}

    async def run() -> None:
        async with await AsyncConnection.connect(**own, autocommit=True) as opened:
            await opened.execute("CREATE TEMPORARY TABLE kept (body bytea, at timestamptz)")
            await opened.execute("CREATE UNIQUE INDEX ON kept (md5(body))")
            await story(opened)

    asyncio.run(run())


async def kept(opened: AsyncConnection[Any]) -> list[tuple[bytes, datetime]]:
    return await (await opened.execute("SELECT body, at FROM kept ORDER BY body")).fetchall()


def test_parameters_arrive_as_they_were() -> None:
    bodies = [b"", b"\x00\xff", b"text", b"x" * 3_000_000]

    async def story(opened: AsyncConnection[Any]) -> None:
        statement = await Statement.prepared(opened, "keep", KEEP)
        await statement.run(array_of("bytea", bodies), moment_of(AT))
        await statement.run(array_of("bytea", []), moment_of(AT))
        assert [body for body, _ in await kept(opened)] == bodies
        assert {at for _, at in await kept(opened)} == {AT}

    on_a_connection(story)


@pytest.mark.parametrize("at", [AT, AT - timedelta(days=20_000), datetime(2000, 1, 1, tzinfo=UTC)])
def test_moments_are_kept_to_the_microsecond(at: datetime) -> None:
    async def story(opened: AsyncConnection[Any]) -> None:
        statement = await Statement.prepared(opened, "keep", KEEP)
        await statement.run(array_of("bytea", [b"1"]), moment_of(at))
        assert await kept(opened) == [(b"1", at)]

    on_a_connection(story)


def test_what_the_server_refuses_is_raised_and_the_next_one_goes_well() -> None:
    async def story(opened: AsyncConnection[Any]) -> None:
        statement = await Statement.prepared(opened, "keep", KEEP)
        with pytest.raises(psycopg.errors.UniqueViolation):
            await statement.run(array_of("bytea", [b"1", b"1"]), moment_of(AT))
        await statement.run(array_of("bytea", [b"2"]), moment_of(AT))
        assert [body for body, _ in await kept(opened)] == [b"2"]

    on_a_connection(story)


def test_a_statement_that_cannot_be_is_not_prepared() -> None:
    async def story(opened: AsyncConnection[Any]) -> None:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await Statement.prepared(opened, "none", "INSERT INTO nowhere SELECT $1::bytea")
        assert await kept(opened) == []

    on_a_connection(story)


def _end(pid: int) -> None:
    with connect_apart() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_session_that_ended_is_an_operational_error() -> None:
    async def story(opened: AsyncConnection[Any]) -> None:
        statement = await Statement.prepared(opened, "keep", KEEP)
        await asyncio.to_thread(_end, opened.info.backend_pid)
        with pytest.raises(psycopg.OperationalError):
            await statement.run(array_of("bytea", [b"1"]), moment_of(AT))

    on_a_connection(story)
