"""The customer's phone: its page, and what it is told."""

from __future__ import annotations

import re

import pytest

from backend.simulator.screens import PARTS
from tests.simulator.conftest import Meta, Shop

LOADED = re.compile(r"""(?:src|href)="([^"]*)"|from "([^"]*)"|url\(([^)]*)\)""")


def test_the_phone_shows_both_sides(shop: Shop) -> None:
    shop.hear("MESSENGER", text="hello?")
    shop.send("MESSENGER", "", sender_action="typing_on", message=None)
    customer = shop.customers["MESSENGER"]
    seen = shop.meta.get("/sim/phone", accountId=shop.page["id"], customerId=customer)
    assert seen["typing"] is True
    assert seen["accounts"][0]["connected"] is True
    shop.send("MESSENGER", "", sender_action="mark_seen", message=None)
    shop.send("MESSENGER", "hi!")
    seen = shop.meta.get("/sim/phone", accountId=shop.page["id"], customerId=customer)
    assert seen["typing"] is False
    assert [(one["text"], one["inbound"], one["status"]) for one in seen["messages"]] == [
        ("hello?", True, "read"),
        ("hi!", False, "delivered"),
    ]
    (writer,) = (one for one in seen["customers"] if one["id"] == customer)
    assert (writer["last"], writer["unread"]) == ("hi!", 1)


def test_the_page_is_whole_and_loads_nothing_from_elsewhere(meta: Meta) -> None:
    page = meta.http.get("/", headers={"Accept": "text/html"})
    assert "A customer's phone" in page.text
    assert meta.http.get("/").json()["error"]["code"] == 100
    texts = {name: meta.http.get(f"/sim/page/{name}").text for name in PARTS}
    named = [name for text in (page.text, *texts.values()) for name in loaded(text)]
    parts = {name.rsplit("/", 1)[-1] for name in named if not name.startswith("data:")}
    assert parts == set(PARTS)
    assert not [name for name in named if name.startswith(("http:", "https:", "//"))]
    assert meta.http.get("/sim/page/dialog.html").status_code == 404


def loaded(text: str) -> list[str]:
    """What a page, a style or a script loads."""
    return [next(filter(None, found)) for found in LOADED.findall(text)]


def test_the_phone_knows_whose_reaction_is_whose(shop: Shop) -> None:
    (mid,) = shop.hear("MESSENGER")["ids"]
    react = {"sender_action": "react", "payload": {"message_id": mid, "reaction": "😊"}, "message": None}
    shop.send("MESSENGER", "", **react)
    shop.hear("MESSENGER", "reaction", emoji="❤️")
    customer = shop.customers["MESSENGER"]
    (message,) = shop.meta.get("/sim/phone", accountId=shop.page["id"], customerId=customer)["messages"]
    assert message["reacted"] == {"business": "😊", "customer": "❤️"}


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, b"%PDF"),
        ("bytes=5-", 206, None),
        ("bytes=99999-", 200, None),
        ("lines=1", 200, None),
    ],
)
def test_a_player_asks_for_parts_of_a_file(shop: Shop, asked: str, status: int, part: bytes | None) -> None:
    shop.hear("MESSENGER", "document")
    customer = shop.customers["MESSENGER"]
    (message,) = shop.meta.get("/sim/phone", accountId=shop.page["id"], customerId=customer)["messages"]
    url = message["detail"]["url"]
    whole = shop.meta.http.get(url).content
    assert len(whole) == message["detail"]["size"]
    answer = shop.meta.http.get(url, headers={"Range": asked})
    assert answer.status_code == status
    assert answer.content == (part or whole[5:] if status == 206 else whole)
