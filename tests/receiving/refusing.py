"""A database that refuses: one message because of its words, or everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.db import DataError, OperationalError, connection

POISON = "poison"

TABLE = "conversations_message"
REFUSE = {
    "sqlite": f"CREATE TRIGGER {POISON} BEFORE INSERT ON {TABLE} WHEN NEW.text = '{POISON}' "
    "BEGIN SELECT RAISE(ABORT, 'refused\x01'); END",
    "postgresql": f"ALTER TABLE {TABLE} ADD CONSTRAINT {POISON} CHECK (text <> '{POISON}')",
}
ALLOW = {
    "sqlite": f"DROP TRIGGER {POISON}",
    "postgresql": f"ALTER TABLE {TABLE} DROP CONSTRAINT {POISON}",
}


@contextmanager
def poison_refused() -> Iterator[None]:
    """Messages whose text is the poison cannot be inserted."""
    _run(REFUSE)
    try:
        yield
    finally:
        _run(ALLOW)


def _run(statements: dict[str, str]) -> None:
    connection.check_constraints()  # Postgres alters no table that has checks to do.
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])


@contextmanager
def share_refused(of: str) -> Iterator[None]:
    """A business's share that speaks of this message cannot be written."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'INTO "receiving_webhookshare"' in sql and of in str(params):
            raise DataError("refused")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@contextmanager
def database_away(verb: str, table: str) -> Iterator[None]:
    """The connection breaks at the first statement of this kind for this table."""

    def break_at(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return (
            _break() if sql.startswith(verb) and f'"{table}"' in sql else execute(sql, params, many, context)
        )

    def _break() -> NoReturn:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(break_at):
        yield
