"""
One statement over and over, without a cursor: psycopg's libpq, its waiting and its errors, and nothing in between.

A cursor costs more than all the rest, where one statement is asked some hundred times a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from struct import Struct
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.postgres import types
from psycopg.pq import ExecStatus, Format

DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)

# An array: dimensions, whether there are nulls, the items' type, how many, the number of the first; then each with its
# length. A moment: microseconds since Postgres's own beginning of time. (Postgres: `array_recv`, `timestamptz_recv`.)
_ARRAY, _LENGTH, _MOMENT = Struct("!5i"), Struct("!i"), Struct("!q")
_BEGINNING, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Statement:
    """A prepared statement of one connection, whose parameters come in binary."""

    def __init__(self, connection: AsyncConnection[Any], name: str) -> None:
        self.connection = connection
        self.name = name.encode()

    @classmethod
    async def prepared(cls, connection: AsyncConnection[Any], name: str, sql: str) -> Statement:
        """Prepare it; its parameters are `$1`, `$2` ... Raises what psycopg raises."""
        statement = cls(connection, name)
        connection.pgconn.send_prepare(statement.name, sql.encode())
        await statement._finish()
        return statement

    async def run(self, *parameters: bytes) -> None:
        """Run it. What it gives is not looked at. Raises what psycopg raises."""
        formats = [Format.BINARY] * len(parameters)
        self.connection.pgconn.send_query_prepared(self.name, parameters, formats)
        await self._finish()

    async def _finish(self) -> None:
        for result in await self.connection.wait(execute(self.connection.pgconn)):
            if result.status not in DONE:
                raise error_from_result(result)


def array_of(kind: str, items: Sequence[bytes]) -> bytes:
    """The parameter that is an array of these items, each in binary; `kind`: Postgres's name of their type."""
    parts = chain.from_iterable((_LENGTH.pack(len(item)), item) for item in items)
    return b"".join((_ARRAY.pack(1, 0, types[kind].oid, len(items), 1), *parts))


def moment_of(at: datetime) -> bytes:
    """The parameter that is this moment."""
    return _MOMENT.pack((at - _BEGINNING) // _MICROSECOND)
