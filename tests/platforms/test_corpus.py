from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.port import (
    AnyNotice,
    DeliveryChanged,
    MessageDeleted,
    MessageEchoed,
    MessageReceived,
    Unrecognised,
)
from backend.platforms.registry import PLATFORMS
from tests.platforms.cases import CORPUS, NO_CORPUS, Sample, corpus
from tests.platforms.cast import Meta
from tests.platforms.naming import named

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=NO_CORPUS)
SAMPLES = corpus()
HOSTILE = sorted((CORPUS / "hostile_raw").glob("*.txt")) if CORPUS.is_dir() else []


def read(sample: Sample) -> list[AnyNotice]:
    """What is read in a body."""
    return Meta({}).adapter(sample.platform).parse(sample.payload)


def by_name(sample: Sample) -> str:
    return sample.name


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_nothing_is_lost_and_nothing_breaks(sample: Sample) -> None:
    notices = read(sample)
    entries = sample.payload.get("entry")
    items = [
        item
        for entry in (entries if isinstance(entries, list) else [])
        for part in ("messaging", "standby", "changes")
        for item in entry.get(part, [])
    ]
    assert len(notices) >= len(items)
    assert not [notice for notice in notices if "Error" in getattr(notice, "detail", "")]


def _first(notices: list[AnyNotice], kind: type) -> AnyNotice | None:
    return next((notice for notice in notices if isinstance(notice, kind)), None)


def _said(notice: AnyNotice | None, name: str) -> object:
    return getattr(notice, name, None)


def _attachments(notices: list[AnyNotice], expected: JSON) -> bool:
    payload: JSONObject = _said(_first(notices, MessageReceived), "payload")  # type: ignore[assignment]
    urls = [each["payload"]["url"] for each in payload["attachments"]]
    return urls == [each["url"] for each in expected]


# A fact of the corpus -> whether our notices say the same.
FACTS: dict[str, Callable[[list[AnyNotice], JSON], bool]] = {
    "external_id": lambda notices, expected: _said(notices[0], "external_id") == expected,
    "sender": lambda notices, expected: notices[0].contact.external_id == expected,  # type: ignore[union-attr]
    "sender_alt": lambda notices, expected: notices[0].contact.user_id == expected,  # type: ignore[union-attr]
    "contact_name": lambda notices, expected: notices[0].contact.name == expected,  # type: ignore[union-attr]
    "username": lambda notices, expected: notices[0].contact.username == expected,  # type: ignore[union-attr]
    "phone": lambda notices, expected: (notices[0].contact.phone or None) == expected,  # type: ignore[union-attr]
    "deleted": lambda notices, _: isinstance(notices[0], MessageDeleted),
    "attachments": _attachments,
    "read_mid": lambda notices, expected: (
        isinstance(notices[0], DeliveryChanged) and notices[0].external_id == expected
    ),
    "recipient_user_id": lambda notices, expected: notices[0].contact.user_id == expected,  # type: ignore[union-attr]
    "conversation_with": lambda notices, expected: notices[0].contact.external_id == expected,  # type: ignore[union-attr]
    "direction": lambda notices, expected: isinstance(notices[0], MessageEchoed) is (expected == "outgoing"),
    "story_url": lambda notices, expected: notices[0].payload["reply_to"]["story"]["url"] == expected,  # type: ignore[union-attr]
    "attachment_filename": lambda notices, expected: notices[0].payload["document"]["filename"] == expected,  # type: ignore[union-attr]
    "response_json_raw": lambda notices, expected: expected in json.dumps(notices[0].payload),  # type: ignore[union-attr]
    "kept": lambda notices, _: isinstance(notices[0], MessageReceived),
    "messages": lambda notices, expected: (
        sum(isinstance(notice, MessageReceived) for notice in notices) == expected
    ),
    "must_not_raise": lambda notices, _: all(isinstance(notice, Unrecognised) for notice in notices),
    "referral": lambda notices, expected: expected.items() <= notices[0].referral.items(),  # type: ignore[union-attr]
}
FACTS |= {
    "recipient": lambda notices, expected: expected in json.dumps(notices[0].raw),
    "conversations": lambda notices, expected: len(notices) == 1 and not expected,
    "story_id": lambda notices, expected: notices[0].payload["story"]["id"] == expected,  # type: ignore[union-attr]
    "flow_name": lambda notices, expected: (
        notices[0].payload["interactive"]["nfm_reply"]["name"] == expected  # type: ignore[union-attr]
    ),
    "getMessages.getText": lambda notices, expected: not expected or expected in json.dumps(notices[0].raw),
    "matchesRequest": lambda notices, expected: isinstance(notices[0], MessageReceived) is expected,
}
# What another product shows in the place of a form's own words.
THEIR_OWN_WORDS = {"Submitted a flow response"}
# Here the claim and the body of the corpus name different ids.
AT_ODDS_WITH_ITSELF = {"instagram/fazer-ai+chatwoot/instagram-story-mention-event.json": "external_id"}


def _claims(sample: Sample) -> JSONObject:
    claims = {name: value for name, value in sample.expected.items() if name in FACTS}
    claims.pop(AT_ODDS_WITH_ITSELF.get(sample.name, ""), None)
    text = sample.expected.get("text")
    return claims | ({"text": text} if text and text not in THEIR_OWN_WORDS else {})


@pytest.mark.parametrize("sample", [each for each in SAMPLES if _claims(each)], ids=by_name)
def test_the_facts_that_others_assert_hold(sample: Sample) -> None:
    notices = read(sample)
    for name, expected in _claims(sample).items():
        if name == "text":
            assert _said(notices[0], "text") == expected
        else:
            assert FACTS[name](notices, expected), name


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_bodies_that_are_no_events(path: object) -> None:
    try:
        payload = json.loads(path.read_bytes())  # type: ignore[attr-defined]
    except ValueError:
        return
    for platform in PLATFORMS:
        (notice,) = Meta({}).adapter(platform).parse(payload)
        assert isinstance(notice, Unrecognised)


# ---- what the collectors of the corpus call each body -----------------------------------------------------------

CHANGE = "Unrecognised field"
KINDS: dict[str, str] = {
    # Their word, or how it begins -> our notice. Where they call a body after what surrounds it, there is none.
    "text": "MessageReceived TEXT",
    "referral": "MessageReceived",
    "standby_text": "MessageReceived TEXT",
    "story_reply": "MessageReceived TEXT",
    "image": "MessageReceived IMAGE",
    "video": "MessageReceived VIDEO",
    "audio": "MessageReceived AUDIO",
    "voice": "MessageReceived AUDIO",
    "file": "MessageReceived DOCUMENT",
    "document": "MessageReceived DOCUMENT",
    "sticker": "MessageReceived STICKER",
    "location": "MessageReceived LOCATION",
    "contacts": "MessageReceived CONTACTS",
    "order": "MessageReceived ORDER",
    "attachment": "MessageReceived UNKNOWN",
    "fallback": "MessageReceived SHARE",
    "share": "MessageReceived SHARE",
    "ig_reel": "MessageReceived SHARE",
    "story_mention": "MessageReceived STORY_MENTION",
    "button": "MessageReceived REPLY",
    "list_reply": "MessageReceived REPLY",
    "quick_reply": "MessageReceived REPLY",
    "call_permission_reply": "MessageReceived REPLY",
    "nfm_reply": "MessageReceived FORM",
    "postback": "MessageReceived POSTBACK",
    "system": "MessageReceived SYSTEM",
    "unsupported": "MessageReceived UNSUPPORTED",
    "ephemeral": "MessageReceived UNSUPPORTED",
    "interactive": "MessageReceived UNKNOWN",
    "reaction": "ReactionChanged",
    "edit": "MessageEdited",
    "echo_edit": "MessageEdited",
    "revoke": "MessageDeleted",
    "echo_revoke": "MessageDeleted",
    "unsend": "MessageDeleted",
    "echo": "MessageEchoed",
    "delivery": "DeliveryChanged DELIVERED",
    "read": "DeliveryChanged READ",
    "status_sent": "DeliveryChanged SENT",
    "status_delivered": "DeliveryChanged DELIVERED",
    "status_read": "DeliveryChanged READ",
    "status_played": "DeliveryChanged PLAYED",
    "status_failed": "DeliveryChanged FAILED",
    "status_RINGING": "ConversationNoted call_changed",
    "calls_connect": "Message",
    "calls_call": "ConversationNoted call_changed",
    "user_preferences": "ConversationNoted",
    "account_linking": "ConversationNoted account_",
    "optin": "ConversationNoted opted_in",
    "pass_thread": "ConversationNoted thread_passed",
    "take_thread": "ConversationNoted thread_taken",
    "request_thread": "ConversationNoted thread_requested",
    "message_request": "ConversationNoted request_accepted",
    "payment": "ConversationNoted purchase",
    "pre_checkout": "ConversationNoted purchase",
    "checkout_update": "ConversationNoted purchase",
    "game_play": "ConversationNoted game_played",
    "policy_enforcement": "AccountChanged policy",
    "app_roles": "AccountChanged roles",
    "groups": "AccountChanged group",
    "account_update_account_deleted": "AccessRevoked",
    "account_update_partner_removed": "AccessRevoked",
    "account_update": "AccountChanged",
    "account_settings": "AccountChanged settings",
    "automatic_events": "AccountChanged signal",
    "message_template": "AccountChanged template",
    "template_category": "AccountChanged template",
    "change_feed": CHANGE,
    "unknown_field": CHANGE,
    "empty_messages": CHANGE,
}
# Bodies that say less than their kind does: nobody who writes, or reacts to nothing.
TOO_LITTLE = {
    "test-facebook-message-handler-invalid.json",
    "message-reaction-payload.json",
    "calls-optin-event.json",
}


def _kind_of(sample: Sample) -> str:
    """The longest word of `KINDS` that the sample's kind begins with."""
    return max((word for word in KINDS if sample.kind.startswith(word)), key=len, default="")


@pytest.mark.parametrize("sample", [each for each in SAMPLES if _kind_of(each)], ids=by_name)
def test_each_body_is_what_it_is_called(sample: Sample) -> None:
    (first, *_) = read(sample)
    if sample.name.rpartition("/")[2] in TOO_LITTLE:
        assert isinstance(first, Unrecognised)
        assert first.detail
    else:
        assert named(first).startswith(KINDS[_kind_of(sample)])


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.kind.startswith("batch:")], ids=by_name)
def test_nothing_of_a_batch_is_unknown_to_us(sample: Sample) -> None:
    """Each of these holds many kinds, all of them known."""
    unknown = [notice for notice in read(sample) if isinstance(notice, Unrecognised)]
    assert {(notice.kind, notice.word) for notice in unknown} <= {
        ("field", "feed"),  # Comments under posts.
        ("field", "smb_app_state_sync"),
        ("error", "12455"),
        ("call", "status"),  # Of nobody.
    }
