from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import Callback, Meta, Shop
from tests.simulator.test_oauth import error_of


def listed(shop: Shop, platform: str, **params: Any) -> Any:
    return shop.meta.get("/v25.0/me/conversations", shop.page["accessToken"], platform=platform, **params)


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_a_conversation_is_read_back(shop: Shop, platform: str) -> None:
    assert listed(shop, platform.lower()) == {"data": []}
    (heard,) = shop.hear(platform, text="Is this available?")["ids"]
    sent = shop.send(platform, "Yes")["message_id"]
    fields = "id,updated_time,participants,message_count,messages.limit(5){id,created_time,from,to,message}"
    (row,) = listed(shop, platform.lower(), fields=fields)["data"]
    assert row["updated_time"].endswith("+0000")
    assert row["message_count"] == 2
    messages = row["messages"]["data"]
    assert [(one["id"], one["message"]) for one in messages] == [(sent, "Yes"), (heard, "Is this available?")]
    customer, account = shop.customers[platform], shop.accounts[platform]
    assert {one["id"] for one in row["participants"]["data"]} == {customer, account}
    assert (messages[1]["from"]["id"], messages[1]["to"]["data"][0]["id"]) == (customer, account)
    assert messages[0]["from"]["id"] == account
    assert ("username" in messages[1]["from"]) is (platform == "INSTAGRAM")

    token = shop.page["accessToken"]
    assert shop.meta.get(f"/{row['id']}", token, fields="messages")["messages"]["data"][0]["id"] == sent
    assert set(shop.meta.get(f"/{heard}", token)) == {"id", "created_time"}
    assert shop.meta.get(f"/{heard}", token, fields="message,from")["from"]["id"] == customer


def test_conversations_come_newest_first_and_by_person(shop: Shop) -> None:
    for number in range(3):
        shop.hear("MESSENGER", text=str(number), **{"from": f"555000000000000{number}"})
        shop.meta.post("/sim/clock", advanceSeconds=1)
    shop.hear("MESSENGER", text="again", **{"from": "5550000000000000"})
    rows = listed(shop, "messenger", fields="snippet", limit=2)
    assert [row["snippet"] for row in rows["data"]] == ["again", "2"]
    rest = shop.meta.http.get(rows["paging"]["next"]).json()
    assert [row["snippet"] for row in rest["data"]] == ["1"]
    (only,) = listed(shop, "messenger", fields="participants", user_id="5550000000000001")["data"]
    assert only["participants"]["data"][0]["id"] == "5550000000000001"


def test_only_the_twenty_newest_messages_can_be_read(shop: Shop) -> None:
    heard = [shop.hear("MESSENGER", text=str(number))["ids"][0] for number in range(25)]
    token = shop.page["accessToken"]
    assert error_of(shop.meta.get(f"/{heard[4]}", token, fields="message")) == (9000001, None)
    assert shop.meta.get(f"/{heard[5]}", token, fields="message")["message"] == "5"
    (row,) = listed(shop, "messenger", fields="messages.limit(10){message}")["data"]
    found, url = row["messages"]["data"], row["messages"]["paging"]["next"]
    while url:
        answer = shop.meta.http.get(url).json()
        found, url = found + answer["data"], answer["paging"].get("next")
    assert [one["id"] for one in found] == heard[::-1]
    assert [one.get("message") for one in found[18:22]] == ["6", "5", None, None]
    assert set(found[-1]) == {"id", "created_time"}


def test_files_stories_and_reactions_are_shown(shop: Shop) -> None:
    (picture,) = shop.hear("INSTAGRAM", "image")["ids"]
    (document,) = shop.hear("MESSENGER", "document")["ids"]
    (reply,) = shop.hear("INSTAGRAM", "story_reply", text="Love this!")["ids"]
    shop.hear("INSTAGRAM", "reaction", emoji="❤️", messageId=picture)
    token = shop.page["accessToken"]
    shown = shop.meta.get(f"/{picture}", token, fields="attachments,reactions")
    assert shown["attachments"]["data"][0]["image_data"]["url"].startswith("http")
    assert shown["reactions"]["data"][0]["reaction"] == "❤️"
    assert "file_url" in shop.meta.get(f"/{document}", token, fields="attachments")["attachments"]["data"][0]
    assert "link" in shop.meta.get(f"/{reply}", token, fields="story")["story"]["reply_to"]


def test_nobody_reads_what_is_not_theirs(shop: Shop) -> None:
    (heard,) = shop.hear("MESSENGER")["ids"]
    world = shop.meta.world()
    stranger, owner = world["pages"][1]["accessToken"], world["users"][0]["accessToken"]
    (row,) = listed(shop, "messenger")["data"]
    for key in (heard, row["id"]):
        assert error_of(shop.meta.get(f"/{key}", stranger)) == (100, 33)
    assert error_of(shop.meta.get(f"/{shop.page['id']}/conversations", owner)) == (190, None)
    assert error_of(listed(shop, "whatsapp")) == (100, None)


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM", "WHATSAPP"])
def test_a_past_can_be_made(start: Callable[[], Meta], callback: Callback, platform: str) -> None:
    shop = Shop(start())
    account = shop.accounts[platform]
    (today,) = shop.hear(platform, text="today")["ids"]
    shop.meta.delivered()
    callback.received.clear()
    asked: dict[str, Any] = {
        "platform": platform,
        "accountId": account,
        "count": 30,
        "endedSecondsAgo": 86_400,
    }
    made = shop.meta.post("/sim/past", **asked)["ids"]
    assert len(made) == 30
    shop.meta.delivered()
    assert callback.received == []
    shop = Shop(start())
    thread = shop.meta.get("/sim/phone", accountId=account, customerId=shop.customers[platform])["messages"]
    assert [one["id"] for one in thread] == [*made, today]


def test_a_past_may_be_long_ago(shop: Shop) -> None:
    asked: dict[str, Any] = {"platform": "MESSENGER", "count": 25, "endedSecondsAgo": 86_401}
    made = shop.meta.post("/sim/past", **asked)["ids"]
    (row,) = listed(shop, "messenger", fields="message_count,messages.limit(100){message}")["data"]
    assert [one["id"] for one in row["messages"]["data"]] == made[::-1]
    assert sum("message" in one for one in row["messages"]["data"]) == 20
    assert error_of(shop.send("MESSENGER", "still there?")) == (10, 2018278)
    wrong = shop.meta.http.post("/sim/past", json={**asked, "count": "many"})
    assert wrong.status_code == 400


def test_what_was_said_is_read_back_with_its_files_and_links(shop: Shop) -> None:
    fields = "attachments,shares,sticker,is_unsupported"
    (album,) = shop.hear("INSTAGRAM", "images", count=2)["ids"]
    shown = shop.meta.get(f"/{album}", shop.page["accessToken"], fields=fields)
    assert [set(one["image_data"]) for one in shown["attachments"]["data"]] == [{"url", "preview_url"}] * 2
    (post,) = shop.hear("INSTAGRAM", "post", url="https://www.instagram.com/p/x")["ids"]
    shown = shop.meta.get(f"/{post}", shop.page["accessToken"], fields=fields)
    assert shown["shares"]["data"][0]["link"] == "https://www.instagram.com/p/x"
    (like,) = shop.hear("MESSENGER", "like")["ids"]
    shown = shop.meta.get(f"/{like}", shop.page["accessToken"], fields=fields)
    assert shown["sticker"].startswith("http")
    assert "attachments" not in shown
    (paper,) = shop.hear("MESSENGER", "document")["ids"]
    (file,) = shop.meta.get(f"/{paper}", shop.page["accessToken"], fields=fields)["attachments"]["data"]
    assert (file["name"], file["mime_type"]) == ("receipt.pdf", "application/pdf")
    assert file["file_url"].startswith("http")
