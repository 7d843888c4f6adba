"""The sending of a worker, forked from a warm parent as often as somebody kills it; and what became of the messages."""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import timedelta

from backend.config.interpreter import take_short_turns
from backend.config.postgres import set_up_worker
from backend.conversations.models import Message
from backend.integrations.adapters import whatsapp
from backend.lib.clock import now
from backend.platforms.port import DeliveryStatus
from backend.sending import deliver

REST = 0.005  # Seconds between two looks where there is nothing to do.
UNDECIDED = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
TOLD = ("text", "delivery_status", "error_code", "external_id")


def fork_workers() -> None:
    """One child after the other; prints their process ids. Before a fork there is neither thread nor connection."""
    set_up_worker()
    whatsapp()  # Whom to trust is read once.
    while True:
        child = os.fork()
        if not child:
            _work()
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


def _work() -> None:
    take_short_turns()
    while True:
        if not deliver.drain():
            threading.Event().wait(REST)


def settle() -> None:
    """Everything is dead: rescue what was caught between claim and record, send the rest, tell what all came to."""
    set_up_worker()
    caught = Message.objects.filter(delivery_status=DeliveryStatus.SENDING)
    told = caught.count()
    long_ago = now() - deliver.LEASE - timedelta(seconds=1)
    while caught.update(claimed_at=long_ago):
        deliver.rescue()
    while Message.objects.filter(delivery_status__in=UNDECIDED).exists():
        deliver.drain()
    deliver.finish()
    json.dump({"caught": told, "messages": list(Message.objects.values_list(*TOLD))}, sys.stdout)
