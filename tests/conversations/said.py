"""Notices as the platforms' parsers give them, short to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from backend.conversations.record import Arrival, record_notices
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    ContactChanged,
    ContactListed,
    ConversationNoted,
    DeliveryChanged,
    DeliveryFailure,
    DeliveryStatus,
    Happening,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageType,
    ReactionChanged,
)

OWN_APP = "1234500000"
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ANN = ContactCard(external_id="ann", name="Ann")
BEN = ContactCard(external_id="ben", name="Ben")
FAILURE = DeliveryFailure(
    code="contact_unreachable", message="Away.", resolution="Wait.", platform_code=131026
)


LONG, SHORT = "5511987654321", "551187654321"  # One telephone in Sao Paulo.
NEW_NUMBER, USER, NEW_USER = "5521998877665", "BR.111", "BR.222"


def at(minute: float) -> datetime:
    """Minutes after eight in the morning."""
    return MORNING + timedelta(minutes=minute)


def received(external_id: str, minute: float = 0, *, text: str = "Hello", **more: Any) -> MessageReceived:
    said: dict[str, Any] = {"contact": ANN, "type": MessageType.TEXT, "occurred_at": at(minute)} | more
    return MessageReceived(external_id=external_id, text=text, **said)


def echoed(external_id: str, minute: float = 0, *, text: str = "Welcome", **more: Any) -> MessageEchoed:
    said: dict[str, Any] = {"contact": ANN, "type": MessageType.TEXT, "occurred_at": at(minute)} | more
    return MessageEchoed(external_id=external_id, text=text, **said)


def status(external_id: str, word: DeliveryStatus, **more: Any) -> DeliveryChanged:
    failure = FAILURE if word == DeliveryStatus.FAILED else None
    said = {"contact": ANN, "failure": failure} | more
    return DeliveryChanged(external_id=external_id, status=word, **said)


def read_until(minute: float, **more: Any) -> DeliveryChanged:
    """A watermark, as Messenger gives it."""
    return status("", DeliveryStatus.READ, watermark=at(minute), **more)


def read_up_to(external_id: str, **more: Any) -> DeliveryChanged:
    """A message up to which everything was read, as Instagram gives it."""
    return status(external_id, DeliveryStatus.READ, covers_earlier=True, **more)


def edited(external_id: str, minute: float | None, text: str) -> MessageEdited:
    when = None if minute is None else at(minute)
    return MessageEdited(external_id=external_id, text=text, contact=ANN, occurred_at=when)


def deleted(external_id: str, minute: float = 0) -> MessageDeleted:
    return MessageDeleted(external_id=external_id, contact=ANN, occurred_at=at(minute))


def reacted(
    external_id: str, minute: float, emoji: str, by: ContactCard = ANN, *, own: bool = False
) -> ReactionChanged:
    """Own: the business reacted, in the conversation with that contact."""
    return ReactionChanged(
        external_id=external_id, emoji=emoji, contact=by, by_business=own, occurred_at=at(minute)
    )


def noted(happening: Happening, minute: float, **more: Any) -> ConversationNoted:
    said: dict[str, Any] = {"contact": ANN, "text": "Something happened.", "occurred_at": at(minute)} | more
    return ConversationNoted(external_id=f"{happening}-{minute}", happening=happening, **said)


def card(phone: str = "", user_id: str = "", **more: str) -> ContactCard:
    return ContactCard(external_id=phone or user_id, phone=phone, user_id=user_id, **more)


def changed(minute: float, before: ContactCard, after: ContactCard) -> ContactChanged:
    return ContactChanged(contact=before, became=after, occurred_at=at(minute))


def listed(minute: float, phone: str, name: str, *, removed: bool = False) -> ContactListed:
    return ContactListed(contact=card(phone, name=name), removed=removed, occurred_at=at(minute))


def tell(integration: ChannelIntegration, *notices: AnyNotice) -> None:
    """Record the notices as one batch."""
    record_notices([Arrival(integration, notice) for notice in notices], own_app_id=OWN_APP)
