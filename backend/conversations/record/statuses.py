"""Delivery statuses: only forward, whatever the order they come in; early ones wait for their message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.conversations.models import Conversation, Direction, Message, ParkedStatus
from backend.conversations.record.changes import message_changed
from backend.conversations.record.people import Routed
from backend.conversations.status import may_follow
from backend.feed.publish import Change
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import DeliveryChanged, DeliveryFailure, DeliveryStatus

STATUS_COLUMNS = [
    "delivery_status",
    "external_id",
    "error_code",
    "error_message",
    "error_resolution",
    "error_platform_code",
]


@dataclass(slots=True)
class Step:
    """One status for one message."""

    status: str
    failure: DeliveryFailure | None
    external_id: str = ""


def apply_statuses(arrivals: Sequence[Routed]) -> list[Change]:
    """Move every message on that the notices speak of; park those of messages we do not know yet."""
    notices = [(a.integration, a.notice) for a in arrivals if isinstance(a.notice, DeliveryChanged)]
    if not notices:
        return []
    messages = _load(notices)
    changed: dict[UUID, Message] = {}
    parked: list[ParkedStatus] = []
    for integration, notice in notices:
        targets = _targets(integration, notice, messages)
        if not targets and notice.external_id and not notice.watermark:
            parked.append(_park(integration, notice))
        for message in targets:
            own = notice.external_id if not notice.covers_earlier else ""
            if take_step(message, Step(notice.status, notice.failure, own)):
                changed[message.pk] = message
    ParkedStatus.objects.bulk_create(parked, ignore_conflicts=True)
    Message.objects.bulk_update(changed.values(), STATUS_COLUMNS)
    return [message_changed(message, "status") for message in changed.values()]


def take_step(message: Message, step: Step) -> bool:
    """Apply a status to an unsaved copy of the row; whether anything changed."""
    before = (message.delivery_status, message.external_id)
    if step.external_id and message.external_id is None:
        message.external_id = storable_id(step.external_id)
    if may_follow(message.delivery_status, step.status, error_code=message.error_code):
        message.delivery_status = step.status
        _set_failure(message, step.failure if step.status == DeliveryStatus.FAILED else None)
    return (message.delivery_status, message.external_id) != before


def _set_failure(message: Message, failure: DeliveryFailure | None) -> None:
    message.error_code = failure.code if failure else ""
    message.error_message = storable_text(failure.message) if failure else ""
    message.error_resolution = storable_text(failure.resolution or "") if failure else ""
    message.error_platform_code = failure.platform_code if failure else None


def _load(notices: Iterable[tuple[ChannelIntegration, DeliveryChanged]]) -> list[Message]:
    """Every outbound message that one of the notices may mean, locked, oldest first."""
    conditions = [_condition(integration, notice) for integration, notice in notices]
    rows = Message.objects.filter(reduce(or_, conditions), direction=Direction.OUTBOUND)
    return list(rows.select_related("conversation__contact").select_for_update(of=("self",)).order_by("id"))


def _condition(integration: ChannelIntegration, notice: DeliveryChanged) -> Q:
    here = Q(integration_id=integration.pk, account_id=integration.account_id or "")
    condition = Q(pk__in=[])
    if notice.external_id:
        condition |= here & Q(external_id=storable_id(notice.external_id))
    if correlation := _uuid(notice.correlation_id):
        condition |= here & Q(pk=correlation)
    if notice.watermark or notice.covers_earlier:
        contact = notice.contact.external_id if notice.contact else ""
        unsettled = [s for s in DeliveryStatus if may_follow(s, notice.status) and s != DeliveryStatus.QUEUED]
        of_contact = Conversation.objects.filter(
            integration_id=integration.pk, contact__external_id=storable_id(contact, 255)
        ).values("pk")
        condition |= here & Q(conversation_id__in=of_contact, delivery_status__in=unsettled)
    return condition


def _targets(
    integration: ChannelIntegration, notice: DeliveryChanged, messages: Sequence[Message]
) -> list[Message]:
    here = [m for m in messages if (m.integration_id, m.account_id) == (integration.pk, integration.account_id)]
    named = [m for m in here if _is_named(m, notice)]
    until = _covered_until(notice, named)
    if until is None:
        return named
    contact = storable_id(notice.contact.external_id, 255) if notice.contact else ""
    covered = [
        m for m in here if m.sent_at <= until and m.external_id and m.conversation.contact.external_id == contact
    ]
    return covered + [m for m in named if m not in covered]


def _is_named(message: Message, notice: DeliveryChanged) -> bool:
    if notice.correlation_id and notice.correlation_id == str(message.pk):
        return True
    return bool(notice.external_id) and message.external_id == storable_id(notice.external_id)


def _covered_until(notice: DeliveryChanged, named: Sequence[Message]) -> datetime | None:
    if notice.watermark:
        return notice.watermark
    if notice.covers_earlier and named:
        return max(message.sent_at for message in named)
    return None


def _park(integration: ChannelIntegration, notice: DeliveryChanged) -> ParkedStatus:
    return ParkedStatus(
        integration_id=integration.pk,
        account_id=integration.account_id or "",
        external_id=storable_id(notice.external_id),
        delivery_status=notice.status,
        failure=asdict(notice.failure) if notice.failure else None,
        occurred_at=notice.occurred_at,
    )


def take_parked(message: Message) -> None:
    """Apply to a message whose id is now known what was said of it before; the caller saves it."""
    waiting = ParkedStatus.objects.filter(
        integration_id=message.integration_id, account_id=message.account_id, external_id=message.external_id
    )
    for parked in waiting:
        failure: dict[str, Any] | None = parked.failure
        take_step(message, Step(parked.delivery_status, DeliveryFailure(**failure) if failure else None))
    waiting.delete()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
