"""Delivery statuses: only forward, whatever the order they come in; early ones wait for their message."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.conversations.marks import marked_reaction
from backend.conversations.models import Conversation, Direction, Message
from backend.conversations.record.attachments import take_back_attachments
from backend.conversations.record.attempts import (
    PROVING,
    is_of_other_attempt,
    known_as,
    marked,
    row_for,
    stands_for,
)
from backend.conversations.record.changes import message_changed
from backend.conversations.record.coverage import cover_by
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.identity import give_id
from backend.conversations.record.named import Named
from backend.conversations.record.parked import park, take_up
from backend.conversations.record.persons import Routed, key_of
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS, apply, platform_time
from backend.conversations.record.windows import note_refusal
from backend.engine.rows import insert_rows, row_of
from backend.feed.publish import Change
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id
from backend.platforms.errors import WindowClosed
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
    new: list[Message] = []
    for arrival, notice in told:
        message = _meant(named, arrival.integration, notice)
        if message is None and (other := _other_attempt(named, arrival.integration, notice, folders)):
            new.append(other)
            named.add(other)
        elif message is None and notice.external_id:
            early.append(arrival)
        if message is not None and _take(message, notice, folders, named):
            changed[message.pk] = message
        folder = folders.get(key_of(arrival.integration, notice.contact)) if notice.contact else None
        if folder:
            cover_by(folder, notice, message)
        elif notice.watermark and not notice.external_id:
            early.append(arrival)
    park(early)
    insert_rows(Message, [row_of(message) for message in new])
    left = {pk: message for pk, message in changed.items() if pk not in named.absorbed}
    named.changed |= left
    told_of = [message_changed(message, "status") for message in left.values()]
    return [*(message_changed(message, "received") for message in new), *told_of]


def _take(message: Message, notice: DeliveryChanged, folders: dict[Key, Folder], named: Named) -> bool:
    """Apply a status to its unsaved message, and to the window of its conversation; whether anything changed."""
    learned = _is_new_id(message, notice)
    if learned:
        _learn(message, notice, folders, named)
    moved = apply(message, notice)
    if moved and message.error_code == WindowClosed.code:
        note_refusal(_folder_of(message, folders), message)
    return moved or learned


def _meant(named: Named, integration: ChannelIntegration, notice: DeliveryChanged) -> Message | None:
    """The message that a status names; our mark says more than the platform's id, save of an earlier attempt."""
    named_so = known_as(named, integration, notice.external_id)
    if found := marked(named, integration, notice):
        message, mark = found
        if not is_of_other_attempt(message, mark, notice.external_id):
            return message
        if named_so is None and notice.status in PROVING and stands_for(message):
            return message
    return named_so if named_so and named_so.direction == Direction.OUTBOUND else None


def _other_attempt(
    named: Named, integration: ChannelIntegration, notice: DeliveryChanged, folders: dict[Key, Folder]
) -> Message | None:
    """A row for an attempt that arrived beside the one that our message stands for; None: there is none to tell of."""
    found = marked(named, integration, notice)
    if found is None or not notice.external_id or notice.status not in PROVING:
        return None
    message, _ = found
    if not named.whole:
        message.refresh_from_db(fields=AMENDED_COLUMNS)
    at = platform_time(notice.occurred_at)
    folder = _folder_of(message, folders)
    return row_for(message, folder, external_id=notice.external_id, status=notice.status, at=at)


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
    key = (contact.integration_id.int, contact.account_id, contact.external_id)
    return folders.setdefault(key, Folder.of(conversation))
