"""Whatever is killed, whenever: no message is lost, none is there twice, none is sent twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.processes.conftest import on_both_engines
from tests.processes.stack import Stack, wait_for

pytestmark = [pytest.mark.process, pytest.mark.long, on_both_engines]

MESSAGES = 1000
REPLIES = 200
CUSTOMERS = 20
PLATFORMS = ("INSTAGRAM", "MESSENGER", "WHATSAPP")
AT_ONCE = 8
TO_SETTLE = 120.0

STILL_FOR = 4.0  # Seconds without any change; the sweep looks every two.

WAITING = {"QUEUED", "SENDING"}
FINISHED = {"SENT", "DELIVERED", "READ"}


def test_no_inbound_message_is_lost_or_doubled(stack: Stack) -> None:
    stack.start()
    stack.log_in()
    for platform in PLATFORMS:
        stack.connect(platform)
    *texts, last = [f"message {number:04}" for number in range(MESSAGES)]
    kills = _spread(stack.names, MESSAGES)
    unanswered = _drive(texts, lambda text: _customer_writes(stack, text), kills, stack)

    # Deliveries are processed in the order of arrival: when the last is in the books, all before it are.
    wait_for(lambda: stack.deliveries_pending() == 0, "all webhooks are delivered", within=TO_SETTLE)
    _customer_writes(stack, last)
    wait_for(lambda: last in _texts(stack), "the last message is in the books", within=TO_SETTLE)
    # A customer whose phone got no answer looks whether the message went through, and writes it again if not.
    arrived = _texts(stack)
    again = [text for text in unanswered if text not in arrived]
    assert _drive(again, lambda text: _customer_writes(stack, text), {}, stack) == []

    wait_for(lambda: len(stack.messages()) >= MESSAGES, "all messages are in the books", within=TO_SETTLE)
    wait_for(lambda: stack.deliveries_pending() == 0, "no webhook is on its way", within=TO_SETTLE)
    messages = stack.messages()
    assert Counter(message["text"] for message in messages) == Counter([*texts, last])
    assert len({message["externalId"] for message in messages}) == MESSAGES
    assert sum(conversation["unreadCount"] for conversation in stack.conversations()) == MESSAGES
    assert stack.get("/api/webhook-events", {"state": "failed"})["webhookEvents"] == []


def test_no_reply_is_sent_twice(stack: Stack) -> None:
    stack.start()
    stack.log_in()
    stack.connect("WHATSAPP")
    for number in range(CUSTOMERS):
        _customer_writes(stack, f"message {number:04}", platform="WHATSAPP")
    wait_for(lambda: len(stack.conversations()) == CUSTOMERS, "every customer has a conversation")
    ids = [conversation["id"] for conversation in stack.conversations()]
    texts = [f"reply {number:04}" for number in range(REPLIES)]
    others = [name for name in stack.names if name != "simulator"]  # It is asked what it was sent.
    kills = _spread([*others, "worker"], REPLIES)
    _drive(texts, lambda text: _member_replies(stack, ids[int(text[-4:]) % CUSTOMERS], text), kills, stack)

    messages = _decided_replies(stack)
    assert Counter(message["text"] for message in messages) == Counter(texts)
    undecided = [m for m in messages if m["status"] not in FINISHED and not _is_unknown(m)]
    assert undecided == []
    shown = Counter(item["text"] for item in stack.sim_get("/sim/outbox")["items"] if item["kind"] == "text")
    assert [text for text, times in shown.items() if times > 1] == []
    lost = [m["text"] for m in messages if m["status"] in FINISHED and m["text"] not in shown]
    assert lost == []


def _drive(
    texts: Iterable[str], act: Callable[[str], None], kills: dict[int, str], stack: Stack
) -> list[str]:
    """Act for every text, several at once, and kill the parts at their turns; the texts without an answer."""
    unanswered: list[str] = []

    def one(numbered: tuple[int, str]) -> None:
        number, text = numbered
        if number in kills:
            stack.kill(kills[number])
        try:
            act(text)
        except (httpx2.TransportError, httpx2.HTTPStatusError):
            unanswered.append(text)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, enumerate(texts)))
    wait_for(stack.is_ready, "everything answers again")
    return unanswered


def _spread(parts: Sequence[str], acts: int) -> dict[int, str]:
    """Each part dies once, at even distances."""
    return {acts * (turn + 1) // (len(parts) + 1): part for turn, part in enumerate(parts)}


def _customer_writes(stack: Stack, text: str, *, platform: str | None = None) -> None:
    number = int(text[-4:])
    platform = platform or PLATFORMS[number % len(PLATFORMS)]
    sender = f"4915550{number % CUSTOMERS:06}"
    stack.sim_post("/sim/inbound", {"platform": platform, "kind": "text", "text": text, "from": sender})


def _member_replies(stack: Stack, conversation_id: str, text: str) -> None:
    """As a careful client does it: with the same key until there is an answer."""
    path, headers = (
        f"/api/conversations/{conversation_id}/messages",
        {"Idempotency-Key": text.replace(" ", "-")},
    )
    wait_for(
        lambda: stack.post(path, {"type": "TEXT", "text": text}, headers), f"{text} is queued", within=30
    )


def _texts(stack: Stack) -> set[str]:
    return {message["text"] for message in stack.messages()}


def _is_unknown(message: dict[str, Any]) -> bool:
    return bool(message["status"] == "FAILED" and message["error"]["code"] == "outcome_unknown")


def _decided_replies(stack: Stack) -> list[dict[str, Any]]:
    """All replies, when none of them waits any more.

    What the killed worker held is decided when its lease is over; instead of waiting for that, the sandbox's
    clock is moved on as soon as nothing else moves.
    """
    wait_for(lambda: _are_stuck(stack), "what can be sent is sent", within=TO_SETTLE)
    stack.sim_post("/sim/clock", {"advanceSeconds": 120})
    wait_for(lambda: not _statuses(stack) & WAITING, "every reply is decided", within=TO_SETTLE)
    return _replies(stack)


def _are_stuck(stack: Stack) -> bool:
    """Whether all that is not sent yet waits for a message that nobody sends any more."""
    before = Counter(message["status"] for message in _replies(stack))
    if "QUEUED" not in before and "SENDING" not in before:
        return True
    deadline = time.monotonic() + STILL_FOR
    while time.monotonic() < deadline:
        if Counter(message["status"] for message in _replies(stack)) != before:
            return False
    return True


def _statuses(stack: Stack) -> set[str]:
    return {message["status"] for message in _replies(stack)}


def _replies(stack: Stack) -> list[dict[str, Any]]:
    return [message for message in stack.messages() if message["direction"] == "OUTBOUND"]
