"""Several workers on one database: one processes, another takes over, and the order of arrival holds throughout."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.processes.conftest import on_postgres
from tests.processes.stack import Stack, running, wait_for

pytestmark = [pytest.mark.process, pytest.mark.long, on_postgres]

TAKEN_OVER_WITHIN = 5.0  # Seconds.
TO_START = 20.0
TO_SETTLE = 60.0
MESSAGES = 300
CUSTOMERS = 5

HOLDERS = "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
ARRIVAL_IN_ORDER_OF_THE_FEED = """
    SELECT share.event_id
    FROM feed_feedentry entry
    JOIN conversations_message message ON message.id::text = entry.data ->> 'messageId'
    JOIN receiving_webhookshare share ON share.items -> 0 ->> 'external_id' = message.external_id
    WHERE entry.type = 'message.received'
    ORDER BY entry.id
"""


@pytest.fixture
def second_worker(stack: Stack) -> Iterator[subprocess.Popen[bytes]]:
    """A worker beside that of the installation, which works already."""
    stack.start()
    stack.log_in()
    stack.connect("WHATSAPP")
    _customer_writes(stack, 0)
    wait_for(stack.messages, "the first message is in the books")
    worker = stack.add("worker")
    try:
        wait_for(lambda: _workers_connected(stack) >= 2, "the second worker listens", within=TO_START)
        yield worker
    finally:
        worker.kill()
        worker.wait()


def test_the_one_that_stands_by_takes_over(stack: Stack, second_worker: subprocess.Popen[bytes]) -> None:
    assert stack.process is not None
    os.kill(stack.process.pid, signal.SIGSTOP)  # The first worker must not be started again meanwhile.
    try:
        os.kill(_first_worker(stack, second_worker), signal.SIGKILL)
        _customer_writes(stack, 1)
        wait_for(lambda: len(stack.messages()) == 2, "the other worker processes", within=TAKEN_OVER_WITHIN)
        assert second_worker.poll() is None
    finally:
        os.kill(stack.process.pid, signal.SIGCONT)


def test_sessions_that_die_in_the_middle(stack: Stack, second_worker: subprocess.Popen[bytes]) -> None:
    """Whoever holds the lock loses it again and again; nothing of what it was writing stays."""
    with psycopg.connect(stack.servers["DATABASE_URL"], autocommit=True) as operator:
        ended = 0
        for number in range(1, MESSAGES):
            _customer_writes(stack, number)
            if number % 10 == 0:
                holders = operator.execute(HOLDERS).fetchall()
                ended += len(holders)
                for (pid,) in holders:
                    operator.execute("SELECT pg_terminate_backend(%s)", [pid])
        assert ended, "nobody held a lock"
        wait_for(lambda: stack.deliveries_pending() == 0, "all webhooks are delivered", within=TO_SETTLE)
        wait_for(lambda: len(stack.messages()) >= MESSAGES, "all are in the books", within=TO_SETTLE)
        time.sleep(1)  # Whatever would be doubled is doubled by now.
        messages = stack.messages()
        assert len({message["text"] for message in messages}) == len(messages) == MESSAGES
        unread = sum(conversation["unreadCount"] for conversation in stack.conversations())
        assert unread == MESSAGES
        arrival = [event for (event,) in operator.execute(ARRIVAL_IN_ORDER_OF_THE_FEED)]
    assert len(arrival) == MESSAGES
    assert arrival == sorted(arrival)


def _first_worker(stack: Stack, second: subprocess.Popen[bytes]) -> int:
    commands = running(stack.folder)
    return next(pid for pid, words in commands.items() if "worker" in words.split() and pid != second.pid)


def _workers_connected(stack: Stack) -> int:
    """How many workers hear the database's bell."""
    with psycopg.connect(stack.servers["DATABASE_URL"]) as operator:
        listening = operator.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        ).fetchone()
    return int(listening[0]) if listening else 0


def _customer_writes(stack: Stack, number: int) -> None:
    sender = f"4915550{number % CUSTOMERS:06}"
    text = f"message {number:04}"
    stack.sim_post("/sim/inbound", {"platform": "WHATSAPP", "kind": "text", "text": text, "from": sender})
