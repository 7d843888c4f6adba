from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.lib.phone import digits_of, is_same_number
from backend.lib.reading import fingerprint_of, id_of, moment_of, object_of, text_of
from backend.platforms.meta.envelope import Entry, read_event
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ContactChanged,
    ConversationNoted,
    Happening,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
)
from backend.platforms.whatsapp.account import FIELDS, read_field, read_group
from backend.platforms.whatsapp.account_events import read_account_update
from backend.platforms.whatsapp.attachments import files_of
from backend.platforms.whatsapp.calls import read_call
from backend.platforms.whatsapp.changes import became_in, person_in, read_state_sync, read_user_id_update
from backend.platforms.whatsapp.contents import quoted_in, read_contents, rest_of, text_after, word_of
from backend.platforms.whatsapp.history import read_part
from backend.platforms.whatsapp.people import card_of, written
from backend.platforms.whatsapp.preferences import read_preference
from backend.platforms.whatsapp.statuses import read_status
from backend.platforms.whatsapp.value import Value

# Parts of a value that tell about its items.
NAMED_BESIDE = frozenset({"contacts", "metadata"})


def parse(payload: JSON, app_id: str = "") -> list[AnyNotice]:
    """Every fact in one webhook event, in Meta's order. `app_id`: whose uninstalling concerns us."""

    def read_change(entry: Entry, change: JSONObject) -> list[AnyNotice]:
        return _read_change(entry, change, app_id)

    return read_event(payload, {"changes": read_change}, owner="business_account_id")


def _read_change(entry: Entry, change: JSONObject, app_id: str) -> list[AnyNotice]:
    value = Value.of(entry, change)
    if value.field == "account_update":
        return read_account_update(value, app_id)
    if value.field == "user_id_update" and value.field not in value.raw:
        return _read_listed(value, value.field, value.raw)
    if value.field in FIELDS:
        return read_field(value)
    if KNOWN_LISTS.isdisjoint(value.raw):
        # The change as a whole is the fact; lists in it are its properties.
        return [value.unrecognised("field", value.field, raw=change)]
    return [
        notice
        for word, content in value.raw.items()
        if _may_hold_facts(word, content)
        for item in (content if isinstance(content, list) else [content])
        for notice in _read_listed(value, word, item)
    ]


def _may_hold_facts(word: str, content: JSON) -> bool:
    """Lists and objects do; a known list that came as something else is kept as well."""
    if word in NAMED_BESIDE:
        return False
    return isinstance(content, list | dict) or word in KNOWN_LISTS


def _read_listed(value: Value, word: str, item: JSON) -> list[AnyNotice]:
    """One item of one list. What it is called decides, so that a new field with known lists is read too."""
    reader = READERS_OF_HISTORY.get(word) if value.field == "history" else READERS.get(word)
    if not isinstance(item, dict):
        return [value.unrecognised("item", word, detail="It is not an object.", raw=item)]
    if reader is None:
        return [value.unrecognised("field", word if value.field == "messages" else value.field, raw=item)]
    try:
        return reader(value, item)
    except Exception as error:  # Whatever it is, the item is kept and its siblings are read.
        return [value.unrecognised("item", word, detail=f"Unreadable: {type(error).__name__}.", raw=item)]


def read_error(value: Value, error: JSONObject) -> list[AnyNotice]:
    """A fault that WhatsApp reports beside or instead of messages."""
    said = text_of(object_of(error.get("error_data")).get("details")) or text_of(error.get("title"))
    return [value.unrecognised("error", id_of(error.get("code")), detail=said, raw=error)]


@dataclass(slots=True, kw_only=True)  # Not frozen, as `Entry` is not.
class Envelope:
    """One message with who is on the other side and what all its notices have in common."""

    message: JSONObject
    word: str  # WhatsApp's, for the kind of message.
    contact: ContactCard
    by_business: bool
    value: Value

    def facts(self) -> dict[str, Any]:
        """Whose it is, when, and as it came."""
        facts = self.value.facts()
        facts["occurred_at"], facts["raw"] = self.occurred_at, self.message
        return facts

    @property
    def occurred_at(self) -> datetime | None:
        """The message's own time, else the entry's."""
        return moment_of(self.message.get("timestamp")) or self.value.sent_at

    def unrecognised(self, word: str, detail: str) -> list[AnyNotice]:
        """The message as one that is kept and not acted upon."""
        return [self.value.unrecognised("message", word, detail=detail, raw=self.message)]


def read_message(value: Value, message: JSONObject) -> list[AnyNotice]:
    """What the contact wrote, chose, changed or took back."""
    return _read_envelope(value, message, card_of(person_in(message), value.contacts), by_business=False)


def read_echo(value: Value, message: JSONObject) -> list[AnyNotice]:
    """What the business wrote in its own app."""
    person = written(message.get("to"), message.get("to_user_id"))
    return _read_envelope(value, message, card_of(person, value.contacts), by_business=True)


def _read_envelope(
    value: Value, message: JSONObject, contact: ContactCard, *, by_business: bool
) -> list[AnyNotice]:
    word = word_of(message)
    envelope = Envelope(message=message, word=word, contact=contact, by_business=by_business, value=value)
    if not contact.external_id:
        return envelope.unrecognised(word, "It does not say who is on the other side.")
    if not message.get("id") and not word:
        return envelope.unrecognised("", "It has neither an id nor contents.")
    return CHANGES_OF_MESSAGES.get(word, read_content)(envelope)


def read_content(envelope: Envelope) -> list[AnyNotice]:
    """A message of its own."""
    message = envelope.message
    contents = read_contents(message, envelope.word)
    said: dict[str, Any] = {
        "contact": envelope.contact,
        "external_id": id_of(message.get("id")) or "h_" + fingerprint_of(message),
        "type": contents.type,
        "text": contents.text,
        "reply_to_external_id": quoted_in(message),
        "payload": contents.payload,
        "attachments": files_of(message, envelope.word),
    }
    if envelope.by_business:
        return [MessageEchoed(**said, **envelope.facts())]
    # In a group we only listen: an answer would go to the person alone.
    in_group = bool(message.get("group_id"))
    return [
        MessageReceived(
            referral=object_of(message.get("referral")) or None,
            standby=envelope.value.is_standby or in_group,
            opens_window=not in_group,
            **said,
            **envelope.facts(),
        )
    ]


def read_opening(envelope: Envelope) -> list[AnyNotice]:
    """The contact opened the chat for the first time, and has written nothing yet."""
    external_id = id_of(envelope.message.get("id")) or "h_" + fingerprint_of(envelope.message)
    return [
        ConversationNoted(
            contact=envelope.contact,
            external_id=external_id,
            happening=Happening.CONVERSATION_OPENED,
            text="Opened the chat.",
            payload=rest_of(envelope.message),
            **envelope.facts(),
        )
    ]


def read_system(envelope: Envelope) -> list[AnyNotice]:
    """WhatsApp speaks about the person: it is shown, and a new number or user id is taken over."""
    became = became_in(object_of(envelope.message.get("system")))
    shown = read_content(envelope)
    if became is None:
        return shown
    return [*shown, ContactChanged(contact=envelope.contact, became=became, **envelope.facts())]


def read_reaction(envelope: Envelope) -> list[AnyNotice]:
    """A reaction; without an emoji it was taken off."""
    reaction = object_of(envelope.message.get("reaction"))
    external_id = id_of(reaction.get("message_id"))
    if not external_id:
        return envelope.unrecognised("reaction", "It names no message.")
    return [
        ReactionChanged(
            external_id=external_id,
            emoji=text_of(reaction.get("emoji")),
            contact=envelope.contact,
            by_business=envelope.by_business,
            **envelope.facts(),
        )
    ]


def read_edit(envelope: Envelope) -> list[AnyNotice]:
    """The text or caption of an earlier message was changed."""
    edit = object_of(envelope.message.get("edit"))
    external_id = id_of(edit.get("original_message_id"))
    text = text_after(object_of(edit.get("message")))
    if not external_id or text is None:
        return envelope.unrecognised("edit", "It does not say which message, or its new text.")
    return [MessageEdited(external_id=external_id, text=text, contact=envelope.contact, **envelope.facts())]


def read_revoke(envelope: Envelope) -> list[AnyNotice]:
    """An earlier message was taken back."""
    external_id = id_of(object_of(envelope.message.get("revoke")).get("original_message_id"))
    if not external_id:
        return envelope.unrecognised("revoke", "It does not say which message.")
    return [MessageDeleted(external_id=external_id, contact=envelope.contact, **envelope.facts())]


def read_late_file(value: Value, message: JSONObject) -> list[AnyNotice]:
    """A message of the history once more, now with its file."""
    own = id_of(object_of(value.raw.get("metadata")).get("display_phone_number"))
    by_business = "to" in message or is_same_number(digits_of(id_of(message.get("from"))), digits_of(own))
    notices = (read_echo if by_business else read_message)(value, message)
    return [
        replace(notice, is_history=True) if isinstance(notice, MessageReceived | MessageEchoed) else notice
        for notice in notices
    ]


CHANGES_OF_MESSAGES: dict[str, Callable[[Envelope], list[AnyNotice]]] = {
    "reaction": read_reaction,
    "edit": read_edit,
    "revoke": read_revoke,
    "system": read_system,
    "request_welcome": read_opening,
}

READERS: dict[str, Callable[[Value, JSONObject], list[AnyNotice]]] = {
    "messages": read_message,
    "message_echoes": read_echo,
    "statuses": read_status,
    "errors": read_error,
    "state_sync": read_state_sync,
    "user_id_update": read_user_id_update,
    "calls": read_call,
    "groups": read_group,
    "user_preferences": read_preference,
    "history": read_part,
}
# What a phone hands over comes in lists of the same names, and was said long ago.
READERS_OF_HISTORY: dict[str, Callable[[Value, JSONObject], list[AnyNotice]]] = {
    "history": read_part,
    "messages": read_late_file,
    "message_echoes": read_late_file,
}
KNOWN_LISTS = frozenset(READERS)
