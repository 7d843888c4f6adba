"""What a contact allows: marketing, or none of it."""

from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.lib.reading import fingerprint_of, moment_of, text_of
from backend.platforms.port import AnyNotice, ContactCard, ConversationNoted, Happening
from backend.platforms.whatsapp.people import card_of, written
from backend.platforms.whatsapp.value import Value

PREFERENCES = {
    # WhatsApp's word -> what it means, whether marketing is allowed, ours where WhatsApp has no words
    "stop": (Happening.MARKETING_STOPPED, False, "Stopped marketing messages."),
    "resume": (Happening.MARKETING_ALLOWED, True, "Takes marketing messages again."),
    "signup": (Happening.OPTED_IN, True, "Signed up for marketing messages."),
}
MARKETING = frozenset({"marketing_messages", ""})
STOPPED_MARKETING = 131050  # The code of a message that failed for this reason.


def read_preference(value: Value, item: JSONObject) -> list[AnyNotice]:
    """A contact stopped marketing, takes it again, or signed up."""
    word = text_of(item.get("value")).lower()
    contact = card_of(written(item.get("wa_id"), item.get("user_id")), value.contacts)
    if word not in PREFERENCES or text_of(item.get("category")) not in MARKETING or not contact.external_id:
        return [value.unrecognised("user_preferences", word, raw=item)]
    return [_noted(value, item, contact, word)]


def stopped_by_failure(value: Value, item: JSONObject, contact: ContactCard) -> ConversationNoted:
    """The same, told by a message that failed because of it."""
    return _noted(value, item, contact, "stop")


def _noted(value: Value, item: JSONObject, contact: ContactCard, word: str) -> ConversationNoted:
    happening, allowed, text = PREFERENCES[word]
    return ConversationNoted(
        contact=contact,
        external_id=f"h_{fingerprint_of(item)}:{happening}",
        happening=happening,
        text=text_of(item.get("detail")) or text,
        marketing_allowed=allowed,
        occurred_at=moment_of(item.get("timestamp")) or value.sent_at,
        raw=item,
        **value.facts(),
    )
