"""A migration may take as long as it takes; nothing else may."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

pytestmark = pytest.mark.django_db(transaction=True)


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        row = cursor.fetchone()
    return str(row and row[0])


def test_the_limits_are_lifted_meanwhile() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no such limits")
    seen: list[str] = []

    def look(**_: object) -> None:
        seen.append(limit())

    pre_migrate.connect(look)
    try:
        call_command("migrate", verbosity=0, interactive=False, stdout=StringIO())
    finally:
        pre_migrate.disconnect(look)
    assert set(seen) == {"0"}
    assert limit() == "30s"
