"""How the databases find rows, when what they believe of a table is out of date."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from backend.config.postgres import BY_INDEX
from backend.conversations.models import ContactAlias
from backend.engine.lookups import found_by
from backend.lib.clock import now
from backend.receiving.loads import Load
from backend.receiving.models import CLAIM, WebhookEvent

pytestmark = pytest.mark.django_db

KEY = ("integration", "account_id", "external_id")
NOBODY = "00000000-0000-0000-0000-000000000000"


def plan_of(sql: str, params: list[Any]) -> str:
    """As a worker's connection would go about it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return str(cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall())
        for name, value in BY_INDEX.items():
            cursor.execute(f"SET LOCAL {name} = {value}")
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


def learn_how_much_there_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_keys_are_looked_up_one_by_one_though_the_table_was_empty_once() -> None:
    """Else each row of it is compared with each key, and it grows."""
    learn_how_much_there_is()
    lookup = found_by(ContactAlias, KEY, [(NOBODY, "a", "one"), (NOBODY, "a", "two")], give="contact")
    plan = plan_of(lookup.sql, lookup.params)
    if connection.vendor == "sqlite":
        assert "(integration_id=? AND account_id=? AND external_id=?)" in plan
    else:
        assert "one_alias_per_account_and_id" in plan
        assert "Join Filter" not in plan


def test_work_is_found_without_a_look_at_what_is_done() -> None:
    """Whatever the share of it was when the database last counted."""
    WebhookEvent.objects.bulk_create(WebhookEvent(body=b"{}") for _ in range(2_000))
    learn_how_much_there_is()
    WebhookEvent.objects.update(due_at=None, state="done")
    due = connection.ops.adapt_datetimefield_value(now())
    plan = plan_of(CLAIM, [Load.LIVE.value, Load.LIVE.value, due, 100, 1_000_000])
    assert "webhook_events_waiting" in plan
    assert "Sort Key: webhook" not in plan
