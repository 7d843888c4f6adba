"""What WhatsApp tells about an account, its numbers, templates and groups: a field each."""

from __future__ import annotations

from dataclasses import dataclass

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, text_of
from backend.platforms.port import AccountChanged, AccountTopic, AnyNotice
from backend.platforms.whatsapp.sentences import SUPPORT, sentence
from backend.platforms.whatsapp.value import Value


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
            text=sentence(field.text, *(_told_word(value.raw, name) for name in field.told)),
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
    "group_add_participants": "People joined a group",
    "group_remove_participants": "People left a group",
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
            text=sentence(GROUPS.get(word, "Something about a group"), named),
            subject=group_id,
            **value.account_facts(group),
        )
    ]
