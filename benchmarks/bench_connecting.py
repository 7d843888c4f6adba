"""Listing, testing and connecting cost what Meta's answers cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from backend.connecting import health
from backend.integrations.adapters import adapter_by
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret
from backend.platforms.port import Grant, Login
from backend.platforms.registry import PLATFORMS
from benchmarks.installation import (
    PAGES,
    PAGES_AT_ONCE,
    SlowMeta,
    client_of,
    connect,
    installation,
    statements_of,
)
from benchmarks.table import BenchmarkFailed, Row

ANSWERS_IN = 0.05  # Seconds.
ROUNDS = 15


def measure() -> list[Row]:
    """The list of integrations, a connection test, and the accounts of somebody with hundreds of Pages."""
    meta = SlowMeta(ANSWERS_IN)
    with installation(meta):
        (row,) = connect(1)
        listing, asked = _list(row)
        test, calls = _test(row, meta)
        accounts = _median_of(_list_pages)
    pages_of_answers = PAGES / PAGES_AT_ONCE
    return [
        Row(
            what="statements of the list of integrations",
            measured=asked,
            unit="rows",
            at_least=6,
            aim=5,
            better="lower",
            note=f"{listing * 1000:.1f} ms; its sealed columns are never opened",
        ),
        Row(
            what=f"a connection test with answers of {ANSWERS_IN * 1000:.0f} ms, of one answer",
            measured=test / ANSWERS_IN,
            unit="x",
            at_least=2,
            aim=1.3,
            better="lower",
            note=f"{test * 1000:.0f} ms for {calls} answers; one after the other {calls * ANSWERS_IN * 1000:.0f} ms",
        ),
        Row(
            what=f"the accounts of {PAGES} Pages, of the {pages_of_answers:.0f} answers that list them",
            measured=accounts / (ANSWERS_IN * pages_of_answers),
            unit="x",
            at_least=1.5,
            aim=1.1,
            better="lower",
            note=f"{accounts * 1000:.0f} ms",
        ),
    ]


def _median_of(work: Callable[[], None]) -> float:
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        work()
        times.append(time.monotonic() - began)
    return median(times)


def _list(row: ChannelIntegration) -> tuple[float, int]:
    """How long the list takes, and its statements; with sealed texts that nobody could open."""
    kept = (row.access_token, row.page_access_token)
    ChannelIntegration.objects.filter(pk=row.pk).update(access_token="x.y", page_access_token="x.y")
    client = client_of(row.business)

    def ask() -> None:
        answer = client.get("/api/integrations")
        if answer.status_code != 200 or answer.json()["integrations"][0]["accessToken"] != "***masked***":
            raise BenchmarkFailed(f"the list answered {answer.status_code}")

    ask()
    asked = statements_of(ask)
    seconds = _median_of(ask)
    ChannelIntegration.objects.filter(pk=row.pk).update(access_token=kept[0], page_access_token=kept[1])
    return seconds, asked


def _test(row: ChannelIntegration, meta: SlowMeta) -> tuple[float, int]:
    before = meta.calls

    def ask() -> None:
        result = health.test(ChannelIntegration.objects.get(pk=row.pk))
        if not result.ok:
            raise BenchmarkFailed(f"the test says: {result.message}")

    seconds = _median_of(ask)
    return seconds, (meta.calls - before) // ROUNDS


def _list_pages() -> None:
    info = PLATFORMS["MESSENGER"]
    grant = Grant(token=Secret("EAAuser"), expires_at=None, permissions=info.scopes)
    listed = adapter_by("MESSENGER", Login.FACEBOOK).list_accounts(grant)
    if len(listed) != PAGES or any(account.reason for account in listed):
        raise BenchmarkFailed(f"{len(listed)} of {PAGES} Pages were listed")
