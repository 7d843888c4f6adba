"""What WhatsApp tells about a whole account or one of its numbers: reviews, restrictions, quality, templates …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, moment_of, object_of, objects_in, text_of
from backend.platforms.port import AccessRevoked, AccountChanged, AccountTopic, AnyNotice
from backend.platforms.whatsapp.value import Value

# Account events after which we may no longer act for the account.
REVOKING_EVENTS = frozenset({"PARTNER_APP_UNINSTALLED", "PARTNER_REMOVED", "ACCOUNT_DELETED"})

SUPPORT = "Read the reason in WhatsApp Manager, under Business support, and ask for a review."


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one word of WhatsApp's means; the text may name fields of the value."""

    topic: AccountTopic
    text: str
    ok: bool = True
    resolution: str | None = None


# `account_update`: event -> its meaning.
EVENTS: dict[str, Word] = {
    "ACCOUNT_DELETED": Word(topic=AccountTopic.PARTNER, text="The WhatsApp Business account was deleted."),
    "ACCOUNT_OFFBOARDED": Word(topic=AccountTopic.PARTNER, text="The number left the platform."),
    "ACCOUNT_RECONNECTED": Word(topic=AccountTopic.PARTNER, text="The number came back to the platform."),
    "ACCOUNT_RESTRICTION": Word(
        topic=AccountTopic.RESTRICTION, text="WhatsApp restricts the account", ok=False, resolution=SUPPORT
    ),
    "ACCOUNT_VIOLATION": Word(topic=AccountTopic.VIOLATION, text="WhatsApp sees a violation of its policy"),
    "AD_ACCOUNT_LINKED": Word(topic=AccountTopic.PARTNER, text="An ad account was linked."),
    "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": Word(
        topic=AccountTopic.PRICING, text="The price of authentication messages abroad changes."
    ),
    "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": Word(
        topic=AccountTopic.SETTINGS, text="The country of the business was set"
    ),
    "DISABLED_UPDATE": Word(
        topic=AccountTopic.RESTRICTION, text="WhatsApp disables the account", ok=False, resolution=SUPPORT
    ),
    "MM_LITE_TERMS_SIGNED": Word(
        topic=AccountTopic.PARTNER, text="The terms of marketing messages were signed."
    ),
    "PARTNER_ADDED": Word(topic=AccountTopic.PARTNER, text="The account was shared with a partner."),
    "PARTNER_APP_INSTALLED": Word(topic=AccountTopic.PARTNER, text="A partner's app was installed."),
    "PARTNER_APP_UNINSTALLED": Word(topic=AccountTopic.PARTNER, text="A partner's app was removed."),
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": Word(
        topic=AccountTopic.REVIEW, text="The verification of the business by its partner"
    ),
    "PARTNER_REMOVED": Word(topic=AccountTopic.PARTNER, text="A partner was removed from the account."),
    "VOLUME_BASED_PRICING_TIER_UPDATE": Word(topic=AccountTopic.PRICING, text="The tier of prices changes."),
}
# Where an event's value says more, in which object and under which word.
MORE_IN = {
    "ACCOUNT_VIOLATION": ("violation_info", "violation_type"),
    "DISABLED_UPDATE": ("ban_info", "waba_ban_state"),
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": ("partner_client_certification_info", "status"),
}
REINSTATED = "REINSTATE"


def read_account_update(value: Value, app_id: str) -> list[AnyNotice]:
    """What happened to a whole WABA; some events name a portfolio where the WABA belongs."""
    event = text_of(value.raw.get("event"))
    info = object_of(value.raw.get("waba_info"))
    facts = value.account_facts() | {
        "business_account_id": id_of(info.get("waba_id")) or value.business_account_id
    }
    partner = id_of(info.get("partner_app_id"))
    is_ours = not (partner and app_id) or partner == app_id
    if event in REVOKING_EVENTS and is_ours and facts["business_account_id"]:
        return [AccessRevoked(reason=event, **facts)]
    if event not in EVENTS:
        return [value.unrecognised("account_update", event, raw=value.change)]
    return [_told_event(value, event, facts)]


def _told_event(value: Value, event: str, facts: dict[str, Any]) -> AccountChanged:
    word = EVENTS[event]
    restrictions = objects_in(value.raw.get("restriction_info"))
    more = text_of(value.raw.get("country"))
    if event in MORE_IN:
        holder, name = MORE_IN[event]
        more = text_of(object_of(value.raw.get(holder)).get(name))
    if restrictions:
        more = ", ".join(filter(None, (text_of(each.get("restriction_type")) for each in restrictions)))
    lifted = more == REINSTATED or (event == "ACCOUNT_RESTRICTION" and not restrictions)
    ok = word.ok or lifted
    return AccountChanged(
        topic=word.topic,
        word=event,
        text=_sentence("WhatsApp lifted a restriction" if lifted else word.text, more),
        ok=ok,
        resolution=None if ok else word.resolution,
        until=_latest(restrictions),
        **facts,
    )


def _latest(restrictions: list[JSONObject]) -> datetime | None:
    """When the last restriction ends; None where one of them has no end."""
    ends = [moment_of(each.get("expiration")) for each in restrictions]
    known = [end for end in ends if end]
    return max(known) if known and len(known) == len(ends) else None


def _sentence(text: str, *more: str) -> str:
    said = ", ".join(filter(None, more))
    return f"{text.rstrip('.')}: {said}." if said else f"{text.rstrip('.')}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a field about the account is read: which words of its value are told, and which of them is bad news."""

    topic: AccountTopic
    text: str
    told: tuple[str, ...] = ()  # Words of the value that the text goes on with.
    subject: str = ""  # The word that holds what it is about.
    word: str = "event"
    bad: frozenset[str] = frozenset()  # Of `word`: what keeps the account from working.


TEMPLATE = "message_template_name", "message_template_language"

# A field of the webhook -> how it is read.
FIELDS: dict[str, Field] = {
    "message_template_status_update": Field(
        topic=AccountTopic.TEMPLATE,
        text="The review of a template",
        told=(*TEMPLATE, "event", "reason"),
        subject="message_template_id",
    ),
    "message_template_quality_update": Field(
        topic=AccountTopic.TEMPLATE,
        text="The quality of a template",
        told=(*TEMPLATE, "new_quality_score"),
        subject="message_template_id",
        word="new_quality_score",
    ),
    "message_template_components_update": Field(
        topic=AccountTopic.TEMPLATE,
        text="A template was changed",
        told=TEMPLATE,
        subject="message_template_id",
    ),
    "template_category_update": Field(
        topic=AccountTopic.TEMPLATE,
        text="The category of a template",
        told=(*TEMPLATE, "new_category"),
        subject="message_template_id",
        word="new_category",
    ),
    "template_correct_category_detection": Field(
        topic=AccountTopic.TEMPLATE,
        text="WhatsApp sees a template in another category",
        told=(*TEMPLATE, "correct_category"),
        subject="message_template_id",
        word="correct_category",
    ),
    "phone_number_quality_update": Field(
        topic=AccountTopic.QUALITY,
        text="The quality or throughput of the number",
        told=("event", "current_limit"),
        subject="display_phone_number",
    ),
    "phone_number_name_update": Field(
        topic=AccountTopic.NAME,
        text="The review of the display name",
        told=("requested_verified_name", "decision", "rejection_reason"),
        subject="display_phone_number",
        word="decision",
    ),
    "business_capability_update": Field(
        topic=AccountTopic.LIMIT,
        text="The limits of the account",
        told=("max_daily_conversations_per_business", "max_daily_conversation_per_phone"),
    ),
    "account_review_update": Field(
        topic=AccountTopic.REVIEW,
        text="The review of the account",
        told=("decision",),
        word="decision",
        bad=frozenset({"REJECTED"}),
    ),
    "account_alerts": Field(topic=AccountTopic.ALERT, text="WhatsApp gives an alert", told=("entity_type",)),
    "security": Field(
        topic=AccountTopic.SECURITY,
        text="The two-step verification of the number",
        told=("event",),
        subject="display_phone_number",
    ),
    "account_settings_update": Field(
        topic=AccountTopic.SETTINGS, text="Settings were changed", told=("type",), word="type"
    ),
    "business_username_updates": Field(
        topic=AccountTopic.NAME,
        text="The username of the business",
        told=("username", "status"),
        word="status",
    ),
    "payment_configuration_update": Field(
        topic=AccountTopic.PAYMENT,
        text="The way to be paid",
        told=("configuration_name", "status"),
        word="status",
    ),
    "partner_solutions": Field(topic=AccountTopic.PARTNER, text="A partner's solution", told=("event",)),
    "flows": Field(topic=AccountTopic.SETTINGS, text="A flow", told=("message", "event"), subject="flow_id"),
    "automatic_events": Field(
        topic=AccountTopic.SIGNAL, text="WhatsApp sees the outcome of a conversation", told=("event",)
    ),
}


def read_field(value: Value) -> list[AnyNotice]:
    """A change of one of `FIELDS`, as a whole: lists in it are its properties."""
    field = FIELDS[value.field]
    word = _told_word(value.raw, field.word)
    return [
        AccountChanged(
            topic=field.topic,
            word=word or value.field,
            text=_sentence(field.text, *(_told_word(value.raw, name) for name in field.told)),
            ok=word not in field.bad,
            resolution=SUPPORT if word in field.bad else None,
            subject=_told_word(value.raw, field.subject),
            **value.account_facts(),
        )
    ]


def _told_word(raw: JSONObject, name: str) -> str:
    said = text_of(raw.get(name)) or id_of(raw.get(name))
    return "" if said == "NONE" else said


GROUPS = {
    "group_create": "A group was made",
    "group_delete": "A group was deleted",
    "group_participants_add": "People joined a group",
    "group_participants_remove": "People left a group",
    "group_join_request_created": "Somebody asks to join a group",
    "group_join_request_revoked": "Somebody no longer asks to join a group",
    "group_settings_update": "The settings of a group were changed",
    "group_suspend": "WhatsApp suspended a group",
    "group_suspend_cleared": "WhatsApp lets a group go on",
}


def read_group(value: Value, group: JSONObject) -> list[AnyNotice]:
    """Something about a group of the business; groups have no conversation here."""
    word, group_id = text_of(group.get("type")), id_of(group.get("group_id"))
    named = text_of(group.get("subject")) or group_id
    return [
        AccountChanged(
            topic=AccountTopic.GROUP,
            word=word or value.field,
            text=_sentence(GROUPS.get(word, "Something about a group"), named),
            subject=group_id,
            **value.account_facts(group),
        )
    ]


Reader = Callable[[Value, JSONObject], list[AnyNotice]]
