"""The handshake, and which paths there are."""

from __future__ import annotations

import asyncio
import json

import pytest

from backend.lib.secret import Secret
from backend.receiving.door import Door
from tests.receiving.asgi import PATH, SECRET, Answer, call, deliver
from tests.receiving.doors import VERIFY_TOKEN, Disk, assert_refused, make_inbox

OF_ANOTHER_APP = Secret("secret of another app")
HELLO = json.dumps({"object": "page", "entry": [], "text": "häßlich 👍"}).encode()


# ---- the handshake


def shake(door: Door, token: str, mode: str = "subscribe", challenge: str = "4711") -> Answer:
    query = f"hub.mode={mode}&hub.verify_token={token}&hub.challenge={challenge}"
    return asyncio.run(call(door, "GET", query=query))


def test_the_handshake_of_the_app(door: Door) -> None:
    answer = shake(door, "the+app%27s%20verify%20token")
    assert (answer.status, answer.body) == (200, b"4711")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("token", "mode", "challenge"),
    [
        ("wrong", "subscribe", "4711"),
        ("", "subscribe", "4711"),
        (VERIFY_TOKEN, "unsubscribe", "4711"),
        (VERIFY_TOKEN, "subscribe", ""),
        ("%ff%00%F0%9F%91%8D", "subscribe", "4711"),
    ],
    ids=["wrong token", "no token", "other mode", "no challenge", "not even text"],
)
def test_a_handshake_that_is_none(door: Door, token: str, mode: str, challenge: str) -> None:
    assert_refused(shake(door, token, mode, challenge), 403, "verify_token_invalid")


def test_without_a_verify_token_nobody_may_shake_hands(disk: Disk) -> None:
    door = Door(make_inbox(disk), secrets=lambda: (SECRET,), verify_token=lambda: Secret(""))
    assert_refused(shake(door, ""), 403, "verify_token_invalid")


# ---- paths and methods


@pytest.mark.parametrize(
    "path",
    [
        "/api/webhooks/",
        "/api/webhooks/telegram/0190b0c0-0000-7000-8000-000000000000",
        "/api/webhooks/messenger/not-an-id",
        "/api/webhooks/messenger",
        "/api/webhooks/meta/messenger/more",
    ],
)
def test_there_is_nothing_at_any_other_path(door: Door, disk: Disk, path: str) -> None:
    assert_refused(asyncio.run(deliver(door, HELLO, path=path)), 404, "not_found")
    assert not disk.bodies


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods(door: Door, method: str) -> None:
    answer = asyncio.run(call(door, method))
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


def test_a_slash_at_the_end_is_the_same_path(door: Door, disk: Disk) -> None:
    assert asyncio.run(deliver(door, HELLO, path=f"{PATH}/")).status == 200
    assert disk.bodies == [HELLO]
