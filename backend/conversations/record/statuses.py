"""Delivery statuses: only forward, whatever the order they come in; early ones wait for their message."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.record.attachments import take_back_attachments
from backend.conversations.record.changes import message_changed
from backend.conversations.record.coverage import cover_by
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.identity import give_id
from backend.conversations.record.marks import mark_in, marked_reaction
from backend.conversations.record.named import Named, key_in
from backend.conversations.record.parked import park, take_up
from backend.conversations.record.persons import Routed, key_of
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS, apply
from backend.feed.publish import Change
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id
from backend.platforms.port import DeliveryChanged


def apply_statuses(arrivals: Sequence[Routed], folders: dict[Key, Folder], named: Named) -> list[Change]:
    """Move every message on that the notices name; remember the times that cover more than they name."""
    said = [(each, each.notice) for each in arrivals if isinstance(each.notice, DeliveryChanged)]
    # To some platforms a reaction is a message; to us it is none, and nothing waits for it.
    told = [(each, notice) for each, notice in said if marked_reaction(notice.correlation_id) is None]
    # Those with our own mark first: they tell which row an id belongs to.
    told.sort(key=lambda pair: not pair[1].correlation_id)
    changed: dict[UUID, Message] = {}
    early: list[Routed] = []
    for arrival, notice in told:
        message = _meant(named, arrival.integration, notice)
        if message is None and notice.external_id:
            early.append(arrival)
        if message is not None:
            learned = _is_new_id(message, notice)
            if learned:
                _learn(message, notice, folders, named)
            if apply(message, notice) or learned:
                changed[message.pk] = message
        folder = folders.get(key_of(arrival.integration, notice.contact)) if notice.contact else None
        if folder:
            cover_by(folder, notice, message)
        elif notice.watermark and not notice.external_id:
            early.append(arrival)
    park(early)
    left = {pk: message for pk, message in changed.items() if pk not in named.absorbed}
    named.changed |= left
    return [message_changed(message, "status") for message in left.values()]


def _meant(named: Named, integration: ChannelIntegration, notice: DeliveryChanged) -> Message | None:
    """The message that a status names; our mark says more than the platform's id."""
    mark = mark_in(notice.correlation_id)
    marked = named.by_mark.get(mark) if mark else None
    account = (integration.pk, integration.account_id or "")
    if marked is not None and (marked.integration_id, marked.account_id) == account:
        return marked
    named_so = named.by_key.get(key_in(integration, notice.external_id)) if notice.external_id else None
    return named_so if named_so and named_so.direction == Direction.OUTBOUND else None


def _is_new_id(message: Message, notice: DeliveryChanged) -> bool:
    return message.external_id is None and bool(notice.external_id)


def _learn(message: Message, notice: DeliveryChanged, folders: dict[Key, Folder], named: Named) -> None:
    """A status tells the platform's id of a message whose answer has not come, or never will."""
    if not named.whole:
        message.refresh_from_db(fields=AMENDED_COLUMNS)
    folder = _folder_of(message, folders)
    twin = give_id(message, storable_id(notice.external_id), folder)
    if twin:
        named.forget(twin)
    named.add(message)
    take_up([message], {message.conversation_id: folder})
    take_back_attachments([message])
    message.save(update_fields=[*STATUS_COLUMNS, *AMENDED_COLUMNS])


def _folder_of(message: Message, folders: dict[Key, Folder]) -> Folder:
    for folder in folders.values():
        if folder.pk == message.conversation_id:
            return folder
    conversation = Conversation.objects.select_related("contact").get(pk=message.conversation_id)
    contact = conversation.contact
    key = (contact.integration_id, contact.account_id, contact.external_id)
    return folders.setdefault(key, Folder.of(conversation))
