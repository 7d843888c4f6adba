"""The servers below the product go away, under load: nothing is lost, nothing is there twice, nobody has to help."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import httpx2
import pytest

from backend.lib.secret import Secret
from backend.platforms.meta.signature import sign
from tests.processes.conftest import Servers, on_postgres
from tests.processes.stack import Stack, wait_for

pytestmark = [pytest.mark.process, pytest.mark.long, on_postgres]

AWAY_FOR = 15.0  # Seconds.
BROKER_AWAY_FOR = 32.0  # Its workers wait longer from try to try: after this, for ten seconds more.
WRITE_EVERY = 0.05
SAID_WITHIN = 8.0  # Seconds in which a service without its database has to say so.
BACK_WITHIN = 10.0
SEEN_WITHIN = 2.0  # Seconds from the customer's phone into the books, without a broker.
SENT_WITHIN = 3.0
TO_SETTLE = 90.0


@pytest.fixture
def running(stack: Stack) -> Stack:
    """One account, and one customer who has written."""
    stack.start()
    stack.log_in()
    stack.connect("WHATSAPP")
    _customer_writes(stack, "hello")
    wait_for(stack.messages, "the first message is in the books")
    return stack


def test_the_database_goes_away_and_comes_back(running: Stack, servers: Servers) -> None:
    with _load(running) as written:
        time.sleep(1)
        servers.postgres.stop()
        stopped_at = time.monotonic()
        wait_for(lambda: _status(running) == 503, "/readyz says 503", within=SAID_WITHIN)
        assert _delivery(running) == 503
        time.sleep(max(0.0, AWAY_FOR - (time.monotonic() - stopped_at)))
        servers.postgres.start()
        wait_for(lambda: _status(running) == 200, "/readyz says 200 again", within=BACK_WITHIN)
        wait_for(lambda: _delivery(running) == 200, "deliveries are taken again", within=BACK_WITHIN)
        time.sleep(2)
    _assert_all_arrived(running, written)
    _reply(running, "We are back.", within=SENT_WITHIN)


def test_the_broker_goes_away_and_comes_back(running: Stack, servers: Servers) -> None:
    with _load(running) as written:
        time.sleep(1)
        servers.redis.stop()
        try:
            _customer_writes(running, "during the outage")
            seen = wait_for(
                lambda: "during the outage" in _texts(running), "it is in the books", within=SEEN_WITHIN
            )
            assert seen
            _reply(running, "We answer all the same.", within=SENT_WITHIN)
            time.sleep(BROKER_AWAY_FOR)
            _reply(running, "And later too.", within=SENT_WITHIN)
        finally:
            servers.redis.start()
        # Those who listen to the broker wait with their next try, while whoever rings it reaches it again.
        back_at = time.monotonic()
        for number in count():
            _reply(running, f"And afterwards, {number}.", within=SENT_WITHIN)
            if time.monotonic() - back_at > AWAY_FOR:
                break
            time.sleep(0.5)
    _assert_all_arrived(running, [*written, "during the outage"])


@contextmanager
def _load(stack: Stack) -> Iterator[list[str]]:
    """Customers write all the time; what they wrote."""
    written: list[str] = []
    ending = threading.Event()

    def write() -> None:
        while not ending.wait(WRITE_EVERY):
            text = f"message {len(written):04}"
            _customer_writes(stack, text)
            written.append(text)

    customers = threading.Thread(target=write)
    customers.start()
    try:
        yield written
    finally:
        ending.set()
        customers.join()


def _assert_all_arrived(stack: Stack, written: list[str]) -> None:
    expected = Counter([*written, "hello"])
    _until(stack, lambda: sum(_arrived(stack).values()) >= sum(expected.values()))
    assert _arrived(stack) == expected
    assert len(stack.conversations()) == 1


def _until(stack: Stack, done: Callable[[], bool]) -> None:
    """Meta repeats what got no 200 after a while; it is waited for."""
    deadline = time.monotonic() + TO_SETTLE
    while not done():
        assert time.monotonic() < deadline, f"{stack.deliveries_pending()} deliveries are still pending"
        time.sleep(0.5)


def _arrived(stack: Stack) -> Counter[str]:
    return Counter(m["text"] for m in stack.messages() if m["direction"] == "INBOUND")


def _texts(stack: Stack) -> set[str]:
    return set(_arrived(stack))


def _customer_writes(stack: Stack, text: str) -> None:
    stack.sim_post(
        "/sim/inbound", {"platform": "WHATSAPP", "kind": "text", "text": text, "from": "4915550000001"}
    )


def _reply(stack: Stack, text: str, *, within: float) -> None:
    """A member answers, and the customer gets it."""
    (conversation,) = stack.conversations()
    path = f"/api/conversations/{conversation['id']}/messages"
    stack.post(path, {"type": "TEXT", "text": text})
    wait_for(
        lambda: text in [item.get("text") for item in stack.sim_get("/sim/outbox")["items"]],
        f"{text!r} is sent",
        within=within,
    )


def _status(stack: Stack) -> int:
    return stack.service.get("/readyz").status_code


def _delivery(stack: Stack) -> int:
    """What the door says to a delivery of the platform that concerns nobody."""
    body = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    secret = Secret((stack.folder / "secrets" / "META_APP_SECRET").read_text().strip())
    headers = {"X-Hub-Signature-256": sign(body, secret), "Content-Type": "application/json"}
    url = str(stack.service.base_url.join("/api/webhooks/meta"))
    return httpx2.post(
        url, content=body, headers=headers, timeout=SAID_WITHIN + 5, trust_env=False
    ).status_code
