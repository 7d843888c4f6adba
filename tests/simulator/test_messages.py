from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.simulator.conftest import Callback, Meta, Shop
from tests.simulator.test_oauth import error_of

HOUR = 3_600
PLATFORMS = ("MESSENGER", "INSTAGRAM", "WHATSAPP")
OBJECTS = {"MESSENGER": "page", "INSTAGRAM": "instagram", "WHATSAPP": "whatsapp_business_account"}


def events(callback: Callback) -> list[dict[str, Any]]:
    """Every item of every webhook, in the order of arrival."""
    entries = [entry for body in callback.bodies() for entry in body["entry"]]
    items: list[dict[str, Any]] = []
    for entry in entries:
        items += entry.get("messaging", ())
        for change in entry.get("changes", ()):
            items += change["value"].get("messages", []) + change["value"].get("statuses", [])
    return items


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_text_arrives_signed_over_the_escaped_bytes(shop: Shop, callback: Callback, platform: str) -> None:
    (message_id,) = shop.hear(platform, text="Grüße 👍 https://a/b")["ids"]
    shop.meta.delivered()

    (url, headers, body) = callback.received[-1]
    assert url == "http://localhost:8000/api/webhooks/meta"
    assert b"Gr\\u00fc\\u00dfe \\ud83d\\udc4d https:\\/\\/a\\/b" in body
    digest = hmac.new(b"app-secret-1", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert headers["X-Hub-Signature"].startswith("sha1=")
    assert callback.bodies()[-1]["object"] == OBJECTS[platform]
    assert message_id in body.decode().replace("\\/", "/")


def test_the_shapes_are_those_of_each_platform(shop: Shop, callback: Callback) -> None:
    for platform in PLATFORMS:
        shop.hear(platform, text="hi")
    shop.meta.delivered()
    entries = {body["object"]: body["entry"][0] for body in callback.bodies()}
    for platform in ("MESSENGER", "INSTAGRAM"):
        item = entries[OBJECTS[platform]]["messaging"][0]
        assert entries[OBJECTS[platform]]["id"] == item["recipient"]["id"] == shop.accounts[platform]
        assert item["sender"]["id"] == shop.customers[platform]
        assert item["message"]["text"] == "hi"
    entry = entries["whatsapp_business_account"]
    value = entry["changes"][0]["value"]
    assert entry["id"] == shop.account["id"]
    assert value["metadata"]["phone_number_id"] == shop.number
    contact, message = value["contacts"][0], value["messages"][0]
    assert contact["wa_id"] == message["from"] == shop.customers["WHATSAPP"]
    assert contact["user_id"] == message["from_user_id"]
    assert message["text"] == {"body": "hi"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_answer_lies_in_the_outbox_once(shop: Shop, platform: str) -> None:
    shop.hear(platform)
    answer = shop.send(platform, "Hello!")
    sent = answer["messages"][0]["id"] if platform == "WHATSAPP" else answer["message_id"]
    items = shop.meta.get("/sim/outbox", platform=platform)["items"]
    assert [(item["id"], item["text"], item["to"]) for item in items] == [
        (sent, "Hello!", shop.customers[platform])
    ]
    assert items[0]["accountId"] == shop.accounts[platform]
    assert items[0]["at"].endswith("Z")


def test_messenger_tells_of_the_echo_and_the_delivery(shop: Shop, callback: Callback) -> None:
    shop.hear("MESSENGER")
    message_id = shop.send("MESSENGER", "Hello!", message={"text": "Hello!", "metadata": "ours"})[
        "message_id"
    ]
    shop.meta.delivered()
    echo, delivery = events(callback)[-2:]
    assert echo["message"] == {
        "mid": message_id,
        "is_echo": True,
        "text": "Hello!",
        "metadata": "ours",
        "app_id": 1234567890123456,
    }
    assert echo["sender"]["id"] == shop.accounts["MESSENGER"]
    assert delivery["delivery"]["mids"] == [message_id]


def test_instagram_echoes_under_messages(shop: Shop, callback: Callback) -> None:
    shop.hear("INSTAGRAM")
    message_id = shop.send("INSTAGRAM", "Hello!")["message_id"]
    shop.meta.delivered()
    assert events(callback)[-1]["message"] == {"mid": message_id, "is_echo": True, "text": "Hello!"}


def test_whatsapp_tells_sent_then_delivered(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP")
    message_id = shop.send("WHATSAPP", "Hello!", biz_opaque_callback_data="ours")["messages"][0]["id"]
    shop.meta.delivered()
    statuses = events(callback)[-2:]
    assert [(one["id"], one["status"]) for one in statuses] == [
        (message_id, "sent"),
        (message_id, "delivered"),
    ]
    assert statuses[0]["biz_opaque_callback_data"] == "ours"
    assert statuses[0]["recipient_id"] == shop.customers["WHATSAPP"]


@pytest.mark.parametrize(
    ("platform", "refusal"), [("MESSENGER", (10, 2018278)), ("INSTAGRAM", (10, 2534022))]
)
def test_the_window_closes_by_the_clock(shop: Shop, platform: str, refusal: tuple[int, int]) -> None:
    shop.hear(platform)
    shop.meta.post("/sim/clock", advanceSeconds=24 * HOUR - 60)
    assert "message_id" in shop.send(platform, "in time")
    shop.meta.post("/sim/clock", advanceSeconds=120)
    assert error_of(shop.send(platform, "too late")) == refusal
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert "message_id" in shop.send(platform, "by a person", **tagged)
    shop.meta.post("/sim/clock", advanceSeconds=7 * 24 * HOUR)
    assert error_of(shop.send(platform, "far too late", **tagged)) == refusal
    assert [item["text"] for item in shop.outbox()] == ["in time", "by a person"]


def test_whatsapp_accepts_outside_the_window_and_fails_later(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP")
    shop.meta.post("/sim/clock", advanceSeconds=25 * HOUR)
    message_id = shop.send("WHATSAPP", "too late")["messages"][0]["id"]
    shop.meta.delivered()
    status = events(callback)[-1]
    assert (status["id"], status["status"], status["errors"][0]["code"]) == (message_id, "failed", 131047)
    assert shop.outbox() == []
    template = {"name": "order_update", "language": {"code": "en_US"}}
    body = {"type": "template", "template": {**template, "components": [parameters("Ann", "4711")]}}
    assert shop.send("WHATSAPP", "", **{"text": None, **body})["messages"][0]["message_status"] == "accepted"
    assert shop.outbox("template")[0]["text"] == "Hello Ann, your order 4711 is on its way."


def parameters(*texts: str) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}


@pytest.mark.parametrize(
    ("platform", "change", "refusal"),
    [
        ("MESSENGER", {"recipient": {"id": "1"}}, (100, 2018001)),
        ("MESSENGER", {"recipient": {}}, (100, None)),
        ("MESSENGER", {"message": {"text": "x" * 2001}}, (100, None)),
        ("MESSENGER", {"message": {"text": ""}}, (100, None)),
        ("MESSENGER", {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, (100, None)),
        ("MESSENGER", {"messaging_type": "SHOUT"}, (100, None)),
        ("MESSENGER", {"sender_action": "dance", "message": None}, (100, None)),
        ("INSTAGRAM", {"message": {"text": "ü" * 501}}, (100, None)),
        ("WHATSAPP", {"to": "+4915112345678"}, (131026, None)),
        ("WHATSAPP", {"messaging_product": "sms"}, (100, None)),
        ("WHATSAPP", {"text": {"body": "x" * 4097}}, (100, None)),
        ("WHATSAPP", {"type": "poem"}, (100, None)),
        ("WHATSAPP", {"type": "image"}, (131008, None)),
        ("WHATSAPP", {"type": "image", "image": {"id": "1"}}, (100, None)),
    ],
)
def test_what_cannot_be_sent_is_refused(
    shop: Shop, platform: str, change: dict[str, Any], refusal: tuple[int, Any]
) -> None:
    shop.hear(platform)
    customer = shop.customers[platform]
    body: dict[str, Any] = {"recipient": {"id": customer}, "message": {"text": "hi"}}
    if platform == "WHATSAPP":
        body = {"messaging_product": "whatsapp", "to": customer, "type": "text", "text": {"body": "hi"}}
    account = shop.number if platform == "WHATSAPP" else shop.page["id"]
    token = shop.account["accessToken"] if platform == "WHATSAPP" else shop.page["accessToken"]
    assert error_of(shop.meta.post(f"/{account}/messages", token, **{**body, **change})) == refusal
    assert shop.outbox() == []


def test_an_instagram_customer_of_another_account_is_not_found(shop: Shop) -> None:
    shop.hear("INSTAGRAM")
    stranger = [one for one in shop.meta.world()["customers"] if one["platform"] == "INSTAGRAM"][-1]["id"]
    assert error_of(shop.send("INSTAGRAM", "hi", recipient={"id": stranger})) == (100, 2534014)


def test_a_token_of_another_account_sends_nothing(shop: Shop) -> None:
    shop.hear("MESSENGER")
    other = shop.meta.world()["pages"][1]
    body = {"recipient": {"id": shop.customers["MESSENGER"]}, "message": {"text": "hi"}}
    answer = shop.meta.post(f"/{shop.page['id']}/messages", other["accessToken"], **body)
    assert error_of(answer) == (100, 33)
    assert error_of(shop.meta.post("/me/messages", other["accessToken"], **body)) == (100, 2018001)
    person = shop.meta.world()["users"][0]["accessToken"]
    assert error_of(shop.meta.post(f"/{shop.page['id']}/messages", person, **body)) == (190, None)


def test_a_missing_permission_or_task_is_refused(shop: Shop) -> None:
    shop.hear("MESSENGER")
    token = shop.meta.login(deny=["pages_messaging"])
    page = shop.meta.get("/me/accounts", token)["data"][0]["access_token"]
    body = {"recipient": {"id": shop.customers["MESSENGER"]}, "message": {"text": "hi"}}
    assert error_of(shop.meta.post("/me/messages", page, **body)) == (10, None)
    weak = next(one for one in shop.meta.world()["pages"] if "MESSAGING" not in one["tasks"])
    writer = shop.meta.post("/sim/inbound", platform="MESSENGER", accountId=weak["id"])["from"]
    body = {"recipient": {"id": writer}, "message": {"text": "hi"}}
    assert error_of(shop.meta.post("/me/messages", weak["accessToken"], **body)) == (200, None)


def test_signals_are_seen_by_the_customer(shop: Shop) -> None:
    for action in ("typing_on", "typing_off", "mark_seen"):
        shop.hear("MESSENGER")
        assert "message_id" not in shop.send("MESSENGER", "", sender_action=action, message=None)
    (message_id,) = shop.hear("WHATSAPP")["ids"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    typing = {**read, "typing_indicator": {"type": "text"}}
    path, token = f"/{shop.number}/messages", shop.account["accessToken"]
    assert shop.meta.post(path, token, **typing) == {"success": True}
    assert error_of(shop.meta.post(path, token, **{**read, "message_id": "wamid.x"})) == (131009, None)
    kinds = [(item["platform"], item["kind"]) for item in shop.meta.get("/sim/outbox")["items"]]
    assert kinds == [
        ("MESSENGER", "typing_on"),
        ("MESSENGER", "typing_off"),
        ("MESSENGER", "read"),
        ("WHATSAPP", "read"),
        ("WHATSAPP", "typing_on"),
    ]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_customer_opens_the_conversation(shop: Shop, callback: Callback, platform: str) -> None:
    if platform == "INSTAGRAM":
        shop.meta.post(
            f"/{shop.page['id']}/subscribed_apps", shop.page["accessToken"], subscribed_fields="messages"
        )
    shop.hear(platform)
    shop.send(platform, "one")
    shop.send(platform, "two")
    shop.hear(platform, "read")
    assert {item["status"] for item in shop.outbox()} == {"read"}
    shop.meta.delivered()
    reads = [item for item in events(callback) if "read" in item or item.get("status") == "read"]
    assert len(reads) == (2 if platform == "WHATSAPP" else 1)


def test_form_bodies_work_like_json(shop: Shop) -> None:
    shop.hear("MESSENGER")
    recipient = json.dumps({"id": shop.customers["MESSENGER"]})
    form = {
        "access_token": shop.page["accessToken"],
        "recipient": recipient,
        "message": json.dumps({"text": "hi"}),
    }
    assert "message_id" in shop.meta.http.post("/me/messages", data=form).json()


def test_profiles_are_there_for_people_who_wrote(shop: Shop) -> None:
    token = shop.page["accessToken"]
    silent = shop.customers["INSTAGRAM"]
    assert error_of(shop.meta.get(f"/{silent}", token, fields="username")) == (230, None)
    shop.hear("INSTAGRAM")
    assert shop.meta.get(f"/{silent}", token, fields="name,username")["username"]
    shop.hear("MESSENGER")
    profile = shop.meta.get(
        f"/{shop.customers['MESSENGER']}", token, fields="first_name,last_name,profile_pic"
    )
    assert profile["first_name"]
    assert profile["profile_pic"].endswith(".svg")


def test_a_new_customer_appears_by_writing(meta: Meta, shop: Shop) -> None:
    heard = shop.hear("WHATSAPP", **{"from": "+49 151 2345 678", "name": "Änne Ott"})
    assert heard["from"] == "491512345678"
    known = [one for one in meta.world()["customers"] if one["id"] == "491512345678"]
    assert [one["name"] for one in known] == ["Änne Ott"]
    assert known[0]["userId"].startswith("US.")
