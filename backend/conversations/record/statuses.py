"""Delivery statuses: only forward, whatever the order they come in; early ones wait for their message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q

from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.record.changes import message_changed
from backend.conversations.record.coverage import cover
from backend.conversations.record.identity import give_id
from backend.conversations.record.parked import MessageKey, key_of_message, park, take_up
from backend.conversations.record.people import Folder, Key, Routed, key_of, key_of_conversation
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS, apply, platform_time
from backend.feed.publish import Change
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id
from backend.platforms.port import DeliveryChanged

Told = tuple[Routed, DeliveryChanged]


def apply_statuses(arrivals: Sequence[Routed], folders: dict[Key, Folder]) -> list[Change]:
    """Move every message on that the notices name; remember the times that cover more than they name."""
    told = [(each, each.notice) for each in arrivals if isinstance(each.notice, DeliveryChanged)]
    # Those with our own mark first: they tell which row an id belongs to.
    told.sort(key=lambda pair: not pair[1].correlation_id)
    known = _Known(told)
    changed: dict[UUID, Message] = {}
    early: list[Routed] = []
    for arrival, notice in told:
        message = known.meant(arrival.integration, notice)
        if message is None and notice.external_id:
            early.append(arrival)
        if message is not None:
            learned = known.is_new_id(message, notice) and _learn(message, notice, folders)
            if apply(message, notice) or learned:
                changed[message.pk] = message
        _cover(arrival.integration, notice, message, folders)
    if early:
        park(early)
    Message.objects.bulk_update(changed.values(), STATUS_COLUMNS)
    return [message_changed(message, "status") for message in changed.values()]


def _learn(message: Message, notice: DeliveryChanged, folders: dict[Key, Folder]) -> bool:
    """A status tells the platform's id of a message whose answer has not come, or never will."""
    folder = _folder_of(message, folders)
    give_id(message, storable_id(notice.external_id), folder)
    take_up([message], {message.conversation_id: folder})
    message.save(update_fields=[*STATUS_COLUMNS, *AMENDED_COLUMNS])
    return True


def _folder_of(message: Message, folders: dict[Key, Folder]) -> Folder:
    for folder in folders.values():
        if folder.conversation.pk == message.conversation_id:
            return folder
    conversation = Conversation.objects.select_related("contact").get(pk=message.conversation_id)
    return folders.setdefault(key_of_conversation(conversation), Folder(conversation))


def _cover(
    integration: ChannelIntegration,
    notice: DeliveryChanged,
    message: Message | None,
    folders: dict[Key, Folder],
) -> None:
    folder = folders.get(key_of(integration, notice.contact)) if notice.contact else None
    if folder is None:
        return
    if notice.watermark:
        cover(folder, notice.status, platform_time(notice.watermark))
    if notice.covers_earlier and message is not None:
        cover(folder, notice.status, message.sent_at)


class _Known:
    """The outbound messages that a batch of statuses names, locked: by the platform's id, and by our own mark."""

    def __init__(self, told: Iterable[Told]) -> None:
        rows = self._load(list(told))
        self.by_mark = {row.pk: row for row in rows}
        self.by_id: dict[MessageKey, Message] = {key_of_message(row): row for row in rows if row.external_id}

    def _load(self, told: Sequence[Told]) -> list[Message]:
        ids = {storable_id(notice.external_id) for _, notice in told if notice.external_id}
        marks = {mark for _, notice in told if (mark := _uuid(notice.correlation_id))}
        if not ids and not marks:
            return []
        here = {arrival.integration.pk for arrival, _ in told}
        rows = Message.objects.filter(
            Q(external_id__in=ids) | Q(pk__in=marks), integration_id__in=here, direction=Direction.OUTBOUND
        )
        return list(rows.select_for_update(of=("self",)).order_by("id"))

    def meant(self, integration: ChannelIntegration, notice: DeliveryChanged) -> Message | None:
        """The message that a status names; our mark says more than the platform's id."""
        account = (integration.pk, integration.account_id or "")
        marked = self.by_mark.get(_uuid(notice.correlation_id) or UUID(int=0))
        if marked is not None and (marked.integration_id, marked.account_id) == account:
            return marked
        return self.by_id.get((*account, storable_id(notice.external_id))) if notice.external_id else None

    def is_new_id(self, message: Message, notice: DeliveryChanged) -> bool:
        """Whether the notice tells the id of a message that has none; it is known by it from now on."""
        if message.external_id is not None or not notice.external_id:
            return False
        key = (message.integration_id, message.account_id, storable_id(notice.external_id))
        self.by_id[key] = message
        return True


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
