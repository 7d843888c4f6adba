"""
Two attempts of one message: somebody sent it again, and news come of the earlier one.

What proves that the earlier one arrived, is taken for the message as long as the later one has not gone out. Once it
has, the contact has both, and so have our books: the earlier one gets a row of its own.
"""

from __future__ import annotations

from datetime import datetime

from backend.conversations.marks import Mark, read_mark
from backend.conversations.models import Message
from backend.conversations.record.folder import Folder
from backend.conversations.record.named import Named, key_in
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id
from backend.platforms.port import DeliveryChanged, DeliveryStatus, MessageEchoed

PROVING = frozenset(
    {DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.PLAYED}
)
NOT_OUT = (DeliveryStatus.QUEUED, DeliveryStatus.FAILED)

SAID = (
    "business_id",
    "integration_id",
    "conversation_id",
    "account_id",
    "direction",
    "type",
    "text",
    "payload",
    "reply_to_external_id",
    "author_kind",
    "author_id",
    "author_name",
    "human_agent",
)


def marked(
    named: Named, integration: ChannelIntegration, notice: DeliveryChanged | MessageEchoed
) -> tuple[Message, Mark] | None:
    """Our message that the notice names by our own mark, if it is one of this account."""
    mark = read_mark(notice.correlation_id)
    message = named.by_mark.get(mark.message_id) if mark else None
    if mark is None or message is None:
        return None
    account = (integration.pk, integration.account_id or "")
    return (message, mark) if (message.integration_id, message.account_id) == account else None


def is_of_other_attempt(message: Message, mark: Mark, external_id: str) -> bool:
    """Whether what is said with this mark is said of another attempt than the one that the row stands for."""
    if mark.resends != message.resends:
        return True
    known = message.resends and message.external_id and external_id
    return bool(known and message.external_id != storable_id(external_id))


def stands_for(message: Message) -> bool:
    """Whether the row may stand for an earlier attempt: the later one has not gone out."""
    return message.external_id is None and message.delivery_status in NOT_OUT


def row_for(message: Message, folder: Folder, *, external_id: str, status: str, at: datetime) -> Message:
    """An unsaved row for another attempt, which arrived as well."""
    twin = Message(
        **{name: getattr(message, name) for name in SAID},
        external_id=storable_id(external_id),
        delivery_status=status,
        sent_at=at,
    )
    folder.note_newest(twin)
    return twin


def known_as(named: Named, integration: ChannelIntegration, external_id: str) -> Message | None:
    """The row that has this id of the platform already."""
    return named.by_key.get(key_in(integration, external_id)) if external_id else None
