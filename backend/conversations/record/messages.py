"""Messages that webhooks bring: from contacts, and echoes of what the business wrote, here or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.conversations.models import AuthorKind, Direction, Message
from backend.conversations.record.changes import message_changed
from backend.conversations.record.people import Folder, Key, Routed, key_of
from backend.conversations.status import OUTCOME_UNKNOWN, UNFINISHED, may_follow
from backend.feed.publish import Change
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.storable import storable, storable_id, storable_text
from backend.platforms.port import DeliveryStatus, MessageEchoed, MessageReceived, MessageType

# Integration, account, the message's id on the platform.
MessageKey = tuple[UUID, str, str]

# An echo without our mark is taken for ours only when it is this close to our own try.
ADOPTION_WITHIN = timedelta(hours=1)


def insert_messages(
    arrivals: Sequence[Routed], folders: dict[Key, Folder], *, own_app_id: str
) -> list[Change]:
    """Insert what is not there yet; echoes of our own sends complete their row instead."""
    known = _known_keys(arrivals)
    adoption = _Adoption(arrivals, folders, own_app_id)
    new: list[Message] = []
    for arrival in arrivals:
        notice = arrival.notice
        if not isinstance(notice, (MessageReceived, MessageEchoed)):
            continue
        key = _message_key(arrival.integration, notice.external_id)
        if key in known:
            continue
        known.add(key)
        if isinstance(notice, MessageEchoed) and adoption.takes(arrival.integration, notice):
            continue
        folder = folders[key_of(arrival.integration, notice.contact)]
        new.append(_file(folder, arrival.integration, notice))
    Message.objects.bulk_create(new)
    return [message_changed(message, "received") for message in new] + adoption.save()


def _message_key(integration: ChannelIntegration, external_id: str) -> MessageKey:
    return integration.pk, integration.account_id or "", storable_id(external_id)


def _known_keys(arrivals: Sequence[Routed]) -> set[MessageKey]:
    wanted = {
        _message_key(arrival.integration, arrival.notice.external_id)
        for arrival in arrivals
        if isinstance(arrival.notice, (MessageReceived, MessageEchoed))
    }
    if not wanted:
        return set()
    rows = Message.objects.filter(
        integration_id__in={key[0] for key in wanted}, external_id__in={key[2] for key in wanted}
    ).values_list("integration_id", "account_id", "external_id")
    found: set[MessageKey] = {(row[0], row[1], row[2] or "") for row in rows}
    return found & wanted


def _file(folder: Folder, integration: ChannelIntegration, notice: MessageReceived | MessageEchoed) -> Message:
    inbound = isinstance(notice, MessageReceived)
    message = Message(
        business_id=integration.business_id,
        integration_id=integration.pk,
        conversation_id=folder.conversation.pk,
        account_id=integration.account_id or "",
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        type=notice.type,
        text=storable_text(notice.text),
        payload=storable(notice.payload),
        referral=storable(notice.referral) if isinstance(notice, MessageReceived) else None,
        reply_to_external_id=storable_id(notice.reply_to_external_id),
        external_id=storable_id(notice.external_id),
        delivery_status=DeliveryStatus.RECEIVED if inbound else DeliveryStatus.SENT,
        author_kind=AuthorKind.CONTACT if inbound else AuthorKind.EXTERNAL,
        author_id=str(folder.conversation.contact_id) if inbound else storable_text(_app(notice), 64),
        author_name=_contact_name(folder) if inbound else "",
        sent_at=platform_time(notice.occurred_at),
    )
    folder.add(
        message,
        counts_as_unread=inbound and notice.type != MessageType.SYSTEM,
        opens_window=inbound and notice.type != MessageType.SYSTEM,
    )
    return message


def _app(notice: MessageReceived | MessageEchoed) -> str:
    return notice.app_id if isinstance(notice, MessageEchoed) else ""


def _contact_name(folder: Folder) -> str:
    contact = folder.conversation.contact
    return (contact.name or contact.username or contact.phone)[:255]


def platform_time(occurred_at: datetime | None) -> datetime:
    """The platform's time; ours where it gave none, or one that lies ahead and would pin the list and the window."""
    present = now()
    return min(occurred_at, present) if occurred_at else present


class _Adoption:
    """Finds our own outbox row behind an echo, and completes it instead of filing a second message.

    By the mark we gave along; else, for platforms that return none, by the same text to the same contact while
    the row has no id of the platform yet (its answer is on the way, or was lost).
    """

    def __init__(self, arrivals: Sequence[Routed], folders: dict[Key, Folder], own_app_id: str) -> None:
        self.own_app_id = own_app_id
        self.folders = folders
        self.adopted: list[Message] = []
        echoes = [a for a in arrivals if isinstance(a.notice, MessageEchoed)]
        self.candidates = self._candidates(echoes) if echoes else []

    def _candidates(self, echoes: Sequence[Routed]) -> list[Message]:
        conversations = {
            self.folders[key_of(a.integration, a.notice.contact)].conversation.pk
            for a in echoes
            if isinstance(a.notice, MessageEchoed)
        }
        lost = Q(delivery_status=DeliveryStatus.FAILED, error_code=OUTCOME_UNKNOWN)
        return list(
            Message.objects.filter(
                Q(delivery_status__in=UNFINISHED) | lost,
                conversation_id__in=conversations,
                direction=Direction.OUTBOUND,
                external_id__isnull=True,
            ).order_by("id")
        )

    def takes(self, integration: ChannelIntegration, echo: MessageEchoed) -> bool:
        conversation = self.folders[key_of(integration, echo.contact)].conversation
        message = next((m for m in self.candidates if self._is_echo_of(m, echo, conversation.pk)), None)
        if message is None:
            return False
        self.candidates.remove(message)
        message.external_id = storable_id(echo.external_id)
        message.sent_at = platform_time(echo.occurred_at)
        if may_follow(message.delivery_status, DeliveryStatus.SENT, error_code=message.error_code):
            message.delivery_status = DeliveryStatus.SENT
            message.error_code = message.error_message = message.error_resolution = ""
            message.error_platform_code = None
        self.adopted.append(message)
        return True

    def _is_echo_of(self, message: Message, echo: MessageEchoed, conversation_id: UUID) -> bool:
        if message.conversation_id != conversation_id:
            return False
        if echo.correlation_id:
            return echo.correlation_id == str(message.pk)
        if message.delivery_status == DeliveryStatus.QUEUED or (echo.app_id and echo.app_id != self.own_app_id):
            return False
        near = abs(platform_time(echo.occurred_at) - (message.claimed_at or message.sent_at)) < ADOPTION_WITHIN
        return near and message.text == storable_text(echo.text)

    def save(self) -> list[Change]:
        Message.objects.bulk_update(
            self.adopted,
            [
                "external_id",
                "sent_at",
                "delivery_status",
                "error_code",
                "error_message",
                "error_resolution",
                "error_platform_code",
            ],
        )
        return [message_changed(message, "status") for message in self.adopted]
