from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.processes.stack import Stack
from tests.servers import HOW_TO_GET, Missing, OwnPostgres, OwnRedis, own

EMBEDDED, DISTRIBUTED = "embedded", "distributed"
ENGINES = (EMBEDDED, DISTRIBUTED)
on_both_engines = pytest.mark.parametrize("stack", ENGINES, indirect=True)
on_postgres = pytest.mark.parametrize("stack", [DISTRIBUTED], indirect=True)

_numbers = count(1)


@dataclass(frozen=True)
class Servers:
    """A Postgres and a Redis of our own, which may be stopped."""

    postgres: OwnPostgres
    redis: OwnRedis

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"gateway_{next(_numbers)}"
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.postgres.url.removesuffix("postgres") + name


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        try:
            postgres, redis = stack.enter_context(own(OwnPostgres)), stack.enter_context(own(OwnRedis))
        except Missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(HOW_TO_GET)
        yield Servers(postgres, redis)


@pytest.fixture
def stack(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """An installation that is not started yet; whatever of it runs at the end is ended."""
    if getattr(request, "param", EMBEDDED) == DISTRIBUTED:
        servers: Servers = request.getfixturevalue("servers")
        own_stack = Stack(tmp_path, database=servers.new_database(), broker=servers.redis.url)
    else:
        own_stack = Stack(tmp_path)
    try:
        yield own_stack
    finally:
        own_stack.clean_up()
