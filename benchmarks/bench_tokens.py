"""The refresher: ten thousand accounts in batches, with flat memory, several at once where Meta is slow."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import UUID

from backend.connecting import token_life
from backend.connecting.models import Watch
from backend.integrations import vault
from backend.integrations.adapters import adapter_for, grant_of
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from benchmarks.installation import SlowMeta, connect, installation, statements_of
from benchmarks.table import BenchmarkFailed, Row, ratio

ACCOUNTS = 10_000
SLOW = 0.05  # Seconds; three answers to a renewal.
SLOW_ACCOUNTS = 80  # Of each round.
ROUNDS = 3
DAY = 86_400
MEGABYTE = 1_048_576


def measure() -> list[Row]:
    """Memory and statements of a pass over all accounts; and the speed against one after the other."""
    with installation(SlowMeta()):
        connect(ACCOUNTS, renewal_due=True)
        memory, seconds, each = _pass()
    with installation(SlowMeta(SLOW)):
        connect(2 * ROUNDS * SLOW_ACCOUNTS)
        ours, naive = _rounds()
    faster = 1 / ratio(ours, naive)
    per_day = SLOW_ACCOUNTS / min(ours) * DAY
    note = f"{ACCOUNTS / seconds:.0f}/s, {memory[0] / MEGABYTE:.0f} to {memory[-1] / MEGABYTE:.0f} MB"
    return [
        Row(
            what=f"{ACCOUNTS:,} renewals: memory after the last thousand, of the first",
            measured=memory[-1] / memory[0],
            unit="x",
            at_least=1.1,
            aim=1.02,
            better="lower",
            note=note,
        ),
        Row(
            what="statements per renewal",
            measured=each,
            unit="rows",
            at_least=11,
            aim=9,
            better="lower",
            note="claim, row, lock, save, feed, audit, watch",
        ),
        Row(
            what=f"renewals with answers of {SLOW * 1000:.0f} ms, against one after the other",
            measured=faster,
            unit="x",
            at_least=2.5,
            aim=3.8,
            note=f"{per_day:,.0f} a day",
        ),
    ]


def _pass() -> tuple[list[int], float, float]:
    """The memory after each thousand, how long it took, and the statements of each renewal."""
    each = statements_of(token_life.drain) / token_life.BATCH
    memory: list[int] = []
    began, done = time.monotonic(), token_life.BATCH
    while token_life.drain(token_life.at_once):
        done += token_life.BATCH
        if done % 1_000 == 0:
            memory.append(_resident())
    seconds = time.monotonic() - began
    if Watch.objects.due(now()).exists() or len(memory) < ACCOUNTS // 1_000 - 1:
        raise BenchmarkFailed("not every account was renewed")
    if Watch.objects.filter(failures__gt=0).exists():
        raise BenchmarkFailed("a renewal failed")
    return memory, seconds, each


def _resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _rounds() -> tuple[list[float], list[float]]:
    """Seconds of each round, ours and the reference in turn."""
    ours: list[float] = []
    naive: list[float] = []
    rows = list(ChannelIntegration.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(rows), 2 * SLOW_ACCOUNTS):
        ours.append(_ours(rows[start : start + SLOW_ACCOUNTS]))
        naive.append(_one_by_one(rows[start + SLOW_ACCOUNTS : start + 2 * SLOW_ACCOUNTS]))
    return ours, naive


def _ours(rows: list[UUID]) -> float:
    Watch.objects.filter(pk__in=rows).update(renew_at=now())
    began = time.monotonic()
    while token_life.drain(token_life.at_once):
        pass
    seconds = time.monotonic() - began
    if Watch.objects.filter(pk__in=rows, renew_at__lte=now()).exists():
        raise BenchmarkFailed("not every account of a round was renewed")
    return seconds


def _one_by_one(rows: list[UUID]) -> float:
    """What a loop in a nightly job does: load, ask, save."""
    began = time.monotonic()
    for integration in ChannelIntegration.objects.filter(pk__in=rows):
        renewed = adapter_for(integration).renew(grant_of(integration))
        vault.put(integration, "access_token", renewed.token)
        integration.token_expires_at = renewed.expires_at
        integration.save()
    return time.monotonic() - began
