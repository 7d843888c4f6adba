"""Whatever a customer does on the simulator's phone arrives as the API shows it, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.conftest import Desk, Phone, Work


@dataclass(frozen=True)
class Shown:
    """The message that a kind becomes: its type, words in its text, and what its payload holds besides."""

    type: str
    text: str = ""
    holds: tuple[str, ...] = ()


OPEN_APP = ("placeholder",)
EVENT = ("event",)
STORY = ("story",)
FORM = ("form",)

# What brings a message, on the two platforms that share most of it.
SHARED = {
    "text": Shown("TEXT", "hi"),
    "quick_reply": Shown("REPLY", "Yes", ("quick_reply",)),
    "postback": Shown("POSTBACK", "Get Started", ("postback",)),
    "referral": Shown("REFERRAL", "Came by a link"),
    "advertisement": Shown("TEXT", "more info"),
    "product_inquiry": Shown("TEXT", "available"),
    "image": Shown("IMAGE"),
    "images": Shown("IMAGE"),
    "video": Shown("VIDEO"),
    "audio": Shown("AUDIO"),
    "voice": Shown("AUDIO"),
    "document": Shown("DOCUMENT"),
    "post": Shown("SHARE", "A post"),
    "reel": Shown("SHARE", "A reel"),
    "unknown": Shown("UNKNOWN", "hologram", ("placeholder",)),
    "native_echo": Shown("TEXT", "Hello from the shop!"),
    "other_echo": Shown("TEXT", "Hello from the shop!"),
    "standby": Shown("TEXT", "hear me", ("standby",)),
    "pass_thread_control": Shown("SYSTEM", "answers from now on", EVENT),
    "take_thread_control": Shown("SYSTEM", "took the conversation over", EVENT),
    "request_thread_control": Shown("SYSTEM", "asks for the conversation", EVENT),
}
SHOWN: dict[str, dict[str, Shown]] = {
    "MESSENGER": {
        **SHARED,
        "command": Shown("TEXT", "/flights"),
        "sticker": Shown("STICKER"),
        "sticker_before": Shown("STICKER"),
        "sticker_twice": Shown("STICKER"),
        "like": Shown("STICKER", "👍"),
        "location": Shown("LOCATION"),
        "link": Shown("TEXT", "https://"),
        "product": Shown("SHARE"),
        "appointment": Shown("FORM", "appointment"),
        "order": Shown("ORDER", "wrap", ("order",)),
        "opt_in": Shown("SYSTEM", "Opted in", EVENT),
        "feedback": Shown("SYSTEM", "Good response", EVENT),
        "notifications_on": Shown("SYSTEM", "Spring news", EVENT),
        "notifications_off": Shown("SYSTEM", "Stopped", EVENT),
        "notifications_again": Shown("SYSTEM", "again", EVENT),
        "link_account": Shown("SYSTEM", "Linked", EVENT),
        "unlink_account": Shown("SYSTEM", "Unlinked", EVENT),
    },
    "INSTAGRAM": {
        **SHARED,
        "story_reply": Shown("TEXT", "Love this!", STORY),
        "story_mention": Shown("STORY_MENTION", "", STORY),
        "story": Shown("SHARE", "", STORY),
        "share": Shown("SHARE", "A post"),
        "media_share": Shown("SHARE", "A post"),
        "like_heart": Shown("STICKER", "❤"),
        "view_once": Shown("UNSUPPORTED", "own app", OPEN_APP),
        "unsupported": Shown("UNSUPPORTED", "own app", OPEN_APP),
        "unsupported_type": Shown("UNSUPPORTED", "own app", OPEN_APP),
        "feedback": Shown("SYSTEM", "Good response", EVENT),
    },
    "WHATSAPP": {
        "text": Shown("TEXT", "hi"),
        "forward": Shown("TEXT", "hats", ("context",)),
        "frequent_forward": Shown("TEXT", "hats", ("context",)),
        "image": Shown("IMAGE", "", ("image",)),
        "video": Shown("VIDEO", "", ("video",)),
        "audio": Shown("AUDIO", "", ("audio",)),
        "voice": Shown("AUDIO", "", ("audio",)),
        "document": Shown("DOCUMENT", "", ("document",)),
        "sticker": Shown("STICKER", "", ("sticker",)),
        "animated_sticker": Shown("STICKER", "", ("sticker",)),
        "lost_media": Shown("IMAGE", "", ("errors",)),
        "location": Shown("LOCATION", "", ("location",)),
        "contacts": Shown("CONTACTS", "Lucía Gómez", ("contacts",)),
        "referral": Shown("TEXT", "more info"),
        "quick_reply": Shown("REPLY", "Unsubscribe", ("button",)),
        "button_reply": Shown("REPLY", "Yes", ("interactive",)),
        "list_reply": Shown("REPLY", "Priority Mail", ("interactive",)),
        "flow_reply": Shown("FORM", "Sent", FORM),
        "flow_reply_broken": Shown("FORM", "Sent", ("interactive",)),
        "address_reply": Shown("FORM", "", FORM),
        "call_permission_reply": Shown("REPLY", "accept"),
        "order": Shown("ORDER", "", ("order",)),
        "product_inquiry": Shown("TEXT", "available", ("context",)),
        "unsupported": Shown("UNSUPPORTED", "Ask the contact", ("placeholder",)),
        "view_once": Shown("UNSUPPORTED", "own app", OPEN_APP),
        "unavailable": Shown("UNSUPPORTED", "own app", OPEN_APP),
        "ephemeral": Shown("UNSUPPORTED"),
        "unknown": Shown("UNKNOWN", "hologram", ("placeholder",)),
        "native_echo": Shown("TEXT", "Hello from the shop!"),
        "group_text": Shown("TEXT", "everybody", ("group_id", "standby")),
        "call": Shown("CALL", "Called on WhatsApp", ("call",)),
        "call_end": Shown("CALL", "2 min", EVENT),
        "marketing_stop": Shown("SYSTEM", "stop marketing", EVENT),
        "marketing_resume": Shown("SYSTEM", "resume marketing", EVENT),
        "identity_changed": Shown("SYSTEM", "identity"),
    },
}
# What changes a message that is there, moves it on, or is told of the account: it brings none.
CHANGES = {"reaction", "unreact", "unreact_named", "unreact_absent", "edit", "unsend", "native_reaction"}
QUIET = {"SYSTEM"}

every_platform = pytest.mark.parametrize("platform", sorted(SHOWN))


@every_platform
def test_each_kind_is_shown_as_what_it_is(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    conversation = begun(owner, phone, work, platform)
    before = owner.messages(conversation)
    unread = owner.conversations()[0]["unreadCount"]
    for kind in SHOWN[platform]:
        phone.post("/sim/inbound", platform=platform, kind=kind)
    phone.delivered()
    work()
    new = [message for message in owner.messages(conversation) if message not in before]
    wrong = [kind for kind, shown in SHOWN[platform].items() if not take(new, shown)]
    assert (wrong, new) == ([], [])
    counted = owner.messages(conversation)
    to_read = [each for each in counted if each["direction"] == "INBOUND" and each["type"] not in QUIET]
    heard = [each for each in to_read if not (each["type"] == "CALL" and "event" in each["payload"])]
    assert owner.conversations()[0]["unreadCount"] == unread + len(heard) - 1
    assert states(owner) == {"done"}


def take(messages: list[dict[str, Any]], shown: Shown) -> bool:
    """Take the message that was meant out of the list; whether there was one."""
    for message in messages:
        holds = set(shown.holds) <= message["payload"].keys()
        if message["type"] == shown.type and shown.text in message["text"] and holds:
            messages.remove(message)
            return True
    return False


@every_platform
def test_the_app_hears_of_every_kind(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    begun(owner, phone, work, platform)
    kinds = phone.get("/sim/kinds")["kinds"][platform]
    told = {kind: phone.post("/sim/inbound", platform=platform, kind=kind) for kind in kinds}
    assert [kind for kind, answer in told.items() if not answer.get("delivered", True)] == []
    phone.delivered()


@every_platform
def test_kinds_that_bring_no_message_are_kept_and_understood(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    conversation = begun(owner, phone, work, platform)
    count = len(owner.messages(conversation))
    kinds = [kind for kind in phone.get("/sim/kinds")["kinds"][platform] if kind in CHANGES]
    for kind in kinds:
        phone.post("/sim/inbound", platform=platform, kind=kind)
    phone.delivered()
    work()
    assert len(owner.messages(conversation)) == count
    assert states(owner) == {"done"}
    items = [item for event in owner.get("/api/webhook-events")["webhookEvents"] for item in event["items"]]
    assert {"reaction_changed", "message_edited"} <= {item["kind"] for item in items}
    assert not [item for item in items if item["kind"] == "unrecognised"]


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_a_block_shows_in_health_until_it_is_lifted(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    begun(owner, phone, work, platform)
    tell_policy(phone, work, platform, "block")
    integration = owner.integration(platform)
    assert (integration["status"], integration["health"]) == ("CONNECTED", "degraded")
    assert integration["lastErrorCode"] == "account_policy"
    assert "blocks the account" in integration["lastError"]
    checks = owner.get(f"/api/integrations/{integration['id']}/health")["checks"]
    assert [check["ok"] for check in checks if check["code"] == "account_policy"] == [False]
    assert not owner.post(f"/api/integrations/{integration['id']}/test")["success"]
    tell_policy(phone, work, platform, "unblock")
    assert owner.integration(platform)["health"] == "ok"


def tell_policy(phone: Phone, work: Work, platform: str, action: str) -> None:
    phone.post("/sim/inbound", platform=platform, kind="policy_enforcement", action=action)
    phone.delivered()
    work()


def test_what_a_contact_says_of_marketing_is_kept(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = begun(owner, phone, work, "WHATSAPP")
    seen = [owner.conversations()[0]["marketing"]]
    for kind in ("marketing_stop", "marketing_resume"):
        phone.post("/sim/inbound", platform="WHATSAPP", kind=kind)
        phone.delivered()
        work()
        seen.append(owner.get(f"/api/conversations/{conversation['id']}")["conversation"]["marketing"])
    assert seen == ["UNKNOWN", "STOPPED", "ALLOWED"]


def test_the_app_that_took_over_is_named(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = begun(owner, phone, work, "MESSENGER")
    assert conversation["threadOwner"] is None
    for kind, is_ours in (("take_thread_control", False), ("pass_thread_control", True)):
        phone.post("/sim/inbound", platform="MESSENGER", kind=kind)
        phone.delivered()
        work()
        (listed,) = owner.conversations()
        assert listed["threadOwner"]["isThisService"] is is_ours
        assert owner.get(f"/api/conversations/{conversation['id']}")["conversation"] == listed


@every_platform
def test_the_businesss_own_reaction_stands_at_its_message(
    owner: Desk, phone: Phone, work: Work, platform: str
) -> None:
    conversation = begun(owner, phone, work, platform)
    phone.post("/sim/inbound", platform=platform, kind="native_reaction", emoji="👍")
    phone.delivered()
    work()
    reactions = [each for message in owner.messages(conversation) for each in message["reactions"]]
    own = {"byBusiness": True, "state": "SENT", "error": None}
    assert reactions == [{"emoji": "👍", "by": conversation["accountId"], **own}]


def begun(owner: Desk, phone: Phone, work: Work, platform: str) -> dict[str, Any]:
    """A connected account, a first message, and an answer that receipts and reactions may be about."""
    owner.connect(platform)
    phone.write(platform, "Hello")
    work()
    (conversation,) = owner.conversations()
    owner.reply(conversation, "Here I am.")
    work()
    return owner.conversations()[0]


def states(owner: Desk) -> set[str]:
    return {event["state"] for event in owner.get("/api/webhook-events", limit=200)["webhookEvents"]}
