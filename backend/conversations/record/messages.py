"""Messages that webhooks bring: from contacts, and echoes of what the business wrote, here or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.conversations.models import AuthorKind, Direction, Message
from backend.conversations.record.adoption import Adoption
from backend.conversations.record.attachments import insert_attachments, take_back_attachments
from backend.conversations.record.attempts import marked
from backend.conversations.record.changes import message_changed
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.handover import take_over_elsewhere
from backend.conversations.record.history import Retold, may_tell_more, tell_better
from backend.conversations.record.named import Named, key_in
from backend.conversations.record.parked import take_up
from backend.conversations.record.persons import BRINGING, Routed, key_of
from backend.conversations.record.standing import note_standing
from backend.conversations.record.steps import platform_time
from backend.engine.instances import fresh
from backend.engine.rows import insert_rows, row_of
from backend.feed.publish import Change
from backend.integrations.models import ChannelIntegration
from backend.lib.json_types import JSONObject
from backend.lib.storable import storable, storable_id, storable_text
from backend.platforms.port import (
    Attachment,
    ConversationNoted,
    DeliveryStatus,
    MessageEchoed,
    MessageReceived,
)

Bringing = MessageReceived | ConversationNoted | MessageEchoed


def insert_messages(
    arrivals: Sequence[Routed], folders: Mapping[Key, Folder], named: Named, *, own_app_id: str
) -> list[Change]:
    """Insert what is not there yet; echoes of our own sends complete their row instead.

    What was said just now stands in `named.heard`: the feed tells it once the whole batch is read.
    """
    adoption = Adoption(named, folders, own_app_id)
    new: list[Message] = []
    adopted: list[Message] = []
    files: list[tuple[Message, tuple[Attachment, ...]]] = []
    retold: list[Retold] = []
    told: dict[UUID, Routed] = {}
    for arrival in arrivals:
        notice = arrival.notice
        if not isinstance(notice, BRINGING):
            continue
        known = named.by_key.get(key_in(arrival.integration, notice.external_id))
        if known is not None:
            if not isinstance(notice, ConversationNoted) and may_tell_more(known, notice):
                retold.append((known, notice))
                told[known.pk] = arrival
            continue
        folder = folders[key_of(arrival.integration, notice.contact)]
        own = adoption.take(arrival.integration, notice) if isinstance(notice, MessageEchoed) else None
        if own is None:
            new.append(_file(folder, arrival.integration, notice))
            _keep_author(new[-1], named, arrival)
            if isinstance(notice, MessageEchoed) and not adoption.may_be_ours(notice, folder.pk):
                take_over_elsewhere(folder, arrival.integration, new[-1])
            files.append((new[-1], getattr(notice, "attachments", ())))
            told[new[-1].pk] = arrival
        else:
            folder.note_newest(own)
            adopted.append(own)
        named.add(own or new[-1])
    by_id = {folder.pk: folder for folder in folders.values()}
    with_files = {message.pk for message, attachments in files if attachments}
    came, better = tell_better(retold, by_id, named, with_files=with_files) if retold else ((), ())
    take_up([*new, *adopted], by_id)
    insert_rows(Message, [row_of(message) for message in new])
    named.files = insert_attachments([*files, *better])
    take_back_attachments(adopted)
    named.changed |= {message.pk: message for message in adopted}
    named.history = {message.pk for message in new if message.is_history}
    heard = [*(message for message in new if not message.is_history), *came]
    named.heard = [(message, told[message.pk]) for message in heard]
    return [message_changed(message, "status") for message in adopted]


def _file(folder: Folder, integration: ChannelIntegration, notice: Bringing) -> Message:
    inbound = not isinstance(notice, MessageEchoed)
    by_contact = inbound and not (isinstance(notice, ConversationNoted) and not notice.by_contact)
    message = fresh(
        Message,
        business_id=integration.business_id,
        integration_id=integration.id,
        conversation_id=folder.pk,
        account_id=integration.account_id or "",
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        type=notice.type,
        text=storable_text(notice.text),
        payload=storable(_payload(notice)),
        referral=storable(notice.referral) if isinstance(notice, MessageReceived) else None,
        reply_to_external_id=storable_id(notice.reply_to_external_id),
        external_id=storable_id(notice.external_id),
        delivery_status=notice.status if isinstance(notice, MessageEchoed) else DeliveryStatus.RECEIVED,
        author_kind=AuthorKind.CONTACT if by_contact else AuthorKind.EXTERNAL,
        author_id=str(folder.conversation.contact_id) if by_contact else storable_text(_app(notice), 64),
        author_name=_contact_name(folder) if by_contact else "",
        is_history=getattr(notice, "is_history", False),
        sent_at=platform_time(notice.occurred_at),
    )
    folder.add(message, notice)
    if isinstance(notice, ConversationNoted):
        note_standing(folder.conversation, notice)
    return message


def _keep_author(message: Message, named: Named, arrival: Routed) -> None:
    """An echo of ours that is of no row was another attempt of a message that somebody sent again."""
    notice = arrival.notice
    found = marked(named, arrival.integration, notice) if isinstance(notice, MessageEchoed) else None
    if found:
        original, _ = found
        message.author_kind, message.author_id = original.author_kind, original.author_id
        message.author_name = original.author_name


def _payload(notice: Bringing) -> JSONObject:
    """The platform's words, and ours beside them."""
    if isinstance(notice, ConversationNoted):
        return {**notice.payload, "event": str(notice.happening)}
    if isinstance(notice, MessageReceived) and notice.standby:
        return {**notice.payload, "standby": True}
    return notice.payload


def _app(notice: Bringing) -> str:
    return notice.app_id if isinstance(notice, MessageEchoed) else ""


def _contact_name(folder: Folder) -> str:
    contact = folder.conversation.contact
    return (contact.shown_name or contact.phone)[:255]
