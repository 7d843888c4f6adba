"""
Statements without cursors, in libpq's pipeline mode where several go out: psycopg's libpq, waiting, adapters, errors.

Of a batch with few events in it, the cursors took more time than the events and the server together.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import psycopg
from django.db import connection as connected
from psycopg.abc import PQGen
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.types.datetime import TimestamptzLoader

from backend.engine.unwrapped import DONE

# Never the same twice: whether one that failed was prepared before is not asked.
_numbers = count(1)
MAX_PREPARED = 100  # In a session: the server keeps them as long as it.
# A migration changed what a statement gives, or somebody dropped it: it is prepared anew.
STALE = (FeatureNotSupported, InvalidSqlStatementName)
_PLACE = "_unwrapped"  # Of a pipeline in its session, so that both end together.
_FORMATS = (Format.TEXT, Format.BINARY)


@dataclass(frozen=True, slots=True)
class _Context:
    """How values are read and written: as Django has it, with the times by psycopg's own loader."""

    adapters: AdaptersMap
    connection: psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A statement, for values of these types of Postgres, by their numbers; 0: as the statement has it."""

    sql: str
    types: tuple[int, ...]


class Outcome:
    """What becomes of a statement that went out."""

    __slots__ = ("pipeline", "prepares", "result")

    def __init__(self, pipeline: Pipeline, prepares: _Kind | None = None, result: Any = None) -> None:
        self.pipeline = pipeline
        self.prepares = prepares
        self.result = result

    def rows(self) -> list[Sequence[Any]]:
        """What it gives. Waits for it."""
        return self.pipeline.read(self._here())

    def count(self) -> int:
        """How many rows it wrote. Waits for it."""
        return int(self._here().command_tuples or 0)

    def _here(self) -> Any:
        if self.result is None:
            self.pipeline.wait_for(self)
        return self.result


class Pipeline:
    """The pipeline of one session, in which nobody else speaks meanwhile. Errors are Django's."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self.session = session
        adapters = AdaptersMap(session.adapters)
        # Django's own takes longer than all other columns.
        adapters.register_loader("timestamptz", TimestamptzLoader)
        self.values = Transformer(_Context(adapters, session))
        self.prepared: dict[_Kind, bytes] = {}
        self.coming: dict[_Kind, bytes] = {}  # Went out to be prepared.
        self.out: deque[Outcome] = deque()
        self.synchronisations = 0  # Whose answers are to come.
        self.is_open = False

    @classmethod
    def of(cls, session: psycopg.Connection[Any]) -> Pipeline:
        """The one of this session, which knows what is prepared there; whoever has the session uses it."""
        found: Pipeline | None = getattr(session, _PLACE, None)
        if found is None:
            found = cls(session)
            setattr(session, _PLACE, found)
        return found

    def send(self, sql: str, params: Sequence[Any], *, binary: bool = False) -> Outcome:
        """Send a statement, and begin the transaction where none is there yet. `binary`: how its rows are to come."""
        with connected.wrap_database_errors:
            self._open()
            kind, values, formats = self._written(sql, params)
            name = self.prepared.get(kind) or self.coming.get(kind) or self._prepare(kind)
            self.session.pgconn.send_query_prepared(name, values, formats, _FORMATS[binary])
            outcome = self._expected()
            self.session.pgconn.flush()
        return outcome

    def ask(self, sql: str, params: Sequence[Any], *, binary: bool = False) -> Outcome:
        """Send a statement by itself, and wait for it."""
        with connected.wrap_database_errors:
            try:
                return self._alone(sql, params, binary=binary)
            except STALE:
                if not self.session.autocommit:
                    raise  # The transaction is over.
                return self._alone(sql, params, binary=binary)

    def _alone(self, sql: str, params: Sequence[Any], *, binary: bool) -> Outcome:
        kind, values, formats = self._written(sql, params)
        name = self.prepared.get(kind)
        if name is None or self._is_to_begin():
            try:
                outcome = self.send(sql, params, binary=binary)
                self.finish()
            finally:
                self.abandon()
            return outcome
        self.session.pgconn.send_query_prepared(name, values, formats, _FORMATS[binary])
        result = self.session.wait(execute(self.session.pgconn))[-1]
        if result.status not in DONE:
            raise self._error(result)
        return Outcome(self, result=result)

    def _is_to_begin(self) -> bool:
        is_idle = self.session.pgconn.transaction_status == TransactionStatus.IDLE
        return is_idle and not self.session.autocommit

    def _open(self) -> None:
        if self.is_open:
            return
        is_to_begin = self._is_to_begin()
        self.session.pgconn.enter_pipeline_mode()
        self.is_open = True
        if is_to_begin:
            self._say(_begin(self.session))

    def _written(
        self, sql: str, params: Sequence[Any]
    ) -> tuple[_Kind, Sequence[Any], Sequence[Format] | None]:
        if all(type(each) is str for each in params):
            return _kind_of_texts(sql, len(params)), [each.encode() for each in params], None
        values = self.values.dump_sequence(params, [PyFormat.AUTO] * len(params))
        return _Kind(sql, tuple(self.values.types or ())), values, self.values.formats

    def _prepare(self, kind: _Kind) -> bytes:
        if len(self.prepared) >= MAX_PREPARED:
            self._forget(next(iter(self.prepared)))
        name = self.coming[kind] = f"unwrapped_{next(_numbers)}".encode()
        self.session.pgconn.send_prepare(name, _numbered(kind.sql), kind.types)
        self._expected(kind)
        return name

    def _forget(self, kind: _Kind) -> None:
        """By the protocol, and not by DEALLOCATE: a pooler calls it by another name."""
        self.session.pgconn.send_close_prepared(self.prepared.pop(kind))
        self._expected()

    def _say(self, words: bytes) -> Outcome:
        self.session.pgconn.send_query_params(words, None)
        return self._expected()

    def _expected(self, prepares: _Kind | None = None) -> Outcome:
        outcome = Outcome(self, prepares)
        self.out.append(outcome)
        return outcome

    def read(self, result: Any) -> list[Sequence[Any]]:
        """The rows of a result."""
        self.values.set_pgresult(result)
        return list(self.values.load_rows(0, result.ntuples, tuple))

    def wait_for(self, outcome: Outcome) -> None:
        """Wait until the outcome is here."""
        with connected.wrap_database_errors:
            if outcome not in self.out:
                raise psycopg.OperationalError("A statement before this one failed, so that it was not run.")
            self.session.pgconn.send_flush_request()
            self._wait(outcome)

    def finish(self, *, commit: bool = False) -> None:
        """Wait for all that went out, and end the pipeline; `commit`: the transaction too."""
        with connected.wrap_database_errors:
            if commit and self.is_open:
                self._say(b"COMMIT")
            if self.is_open:
                self._synchronise()
                self._wait(None)
                self.session.pgconn.exit_pipeline_mode()
                self.is_open = False

    def abandon(self) -> None:
        """End the pipeline, whatever becomes of what went out."""
        with suppress(psycopg.Error):
            if self.is_open and self.session.pgconn.status != ConnStatus.BAD:
                self._synchronise()
                self.session.wait(self._drained())
                self.session.pgconn.exit_pipeline_mode()
        self.out.clear()
        self.coming.clear()
        self.synchronisations = 0
        self.is_open = False

    def _synchronise(self) -> None:
        self.session.pgconn.pipeline_sync()
        self.synchronisations += 1

    def _wait(self, until: Outcome | None) -> None:
        """Take what comes until that outcome, or all of it; the first error ends the pipeline, and is raised."""
        failed = self.session.wait(self._taken(until))
        if failed is not None:
            error = self._error(failed)
            self.abandon()
            raise error

    def _error(self, failed: Any) -> psycopg.Error:
        error = error_from_result(failed, encoding=self.session.info.encoding)
        if isinstance(error, STALE):
            self.prepared.clear()
        return error

    def _taken(self, until: Outcome | None) -> PQGen[Any]:
        """Until that outcome is here, or all of them; what failed, if anything did."""
        pgconn = self.session.pgconn
        yield from send(pgconn)
        while self.out:
            (result,) = yield from fetch_many(pgconn)
            outcome = self.out.popleft()
            if result.status not in DONE:
                return result
            outcome.result = result
            if outcome.prepares:
                self.prepared[outcome.prepares] = self.coming.pop(outcome.prepares)
            if outcome is until:
                return None
        yield from self._drained()
        return None

    def _drained(self) -> PQGen[None]:
        """Until the last synchronisation, whatever comes before it."""
        pgconn = self.session.pgconn
        yield from send(pgconn)
        while self.synchronisations:
            results = yield from fetch_many(pgconn)
            if results and results[0].status == ExecStatus.PIPELINE_SYNC:
                self.synchronisations -= 1


@cache
def _kind_of_texts(sql: str, how_many: int) -> _Kind:
    return _Kind(sql, (0,) * how_many)


@cache
def _numbered(sql: str) -> bytes:
    """The statement as Postgres wants it: `$1` for the first `%s`."""
    places = count(1)
    return re.sub("%[s%]", lambda found: f"${next(places)}" if found[0] == "%s" else "%", sql).encode()


def _begin(session: psycopg.Connection[Any]) -> bytes:
    level = session.isolation_level
    return b"BEGIN" if level is None else f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}".encode()
