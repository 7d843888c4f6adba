"""
Two contacts who turned out to be one person: the older one stays, and nothing that was said is lost.

Both conversations are locked by whoever calls this. What refers to the one that goes refers to the other from now on;
the feed says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import ManyToOneRel, Model

from backend.conversations.models import (
    AuthorKind,
    Contact,
    Conversation,
    ConversationStatus,
    DueSignal,
    FormerConversation,
    Handler,
    Message,
)
from backend.conversations.record.changes import contact_changed, conversation_merged
from backend.conversations.record.facts import CONTACT_COLUMNS, LEFT_NUMBER, WITH_NUMBER, united
from backend.conversations.record.folder import Folder
from backend.conversations.record.persons import Person
from backend.engine.rows import row_of, update_rows
from backend.feed.publish import Change


def merge(person: Person, changes: list[Change]) -> tuple[Folder | None, Contact]:
    """Make one of all rows that are this person; its conversation, if anything was said, and its contact."""
    folders = sorted(person.folders.values(), key=lambda folder: _age(folder.conversation.contact))
    alone = sorted(person.contacts.values(), key=_age)
    contacts = [*(folder.conversation.contact for folder in folders), *alone]
    contact = contacts[0]
    for folder in folders[1:]:
        _merge_conversations(folders[0], folder)
        changes.append(conversation_merged(folder.conversation, folders[0].conversation))
    _merge_contacts(contact, contacts[1:])
    changes.append(contact_changed(contact))
    person.folders = {folder.pk: folder for folder in folders[:1]}
    person.was_merged = True
    person.contacts = {} if folders else {contact.pk: contact}
    return (folders[0] if folders else None), contact


def _age(contact: Contact) -> tuple[datetime, str]:
    return contact.created_at, str(contact.pk)


def _merge_contacts(contact: Contact, others: Collection[Contact]) -> None:
    everybody = [contact, *others]
    numbered = max(everybody, key=lambda each: (each.told_at.get("phone", ""), each.phone != "", each.phone))
    if beside := numbered.told_at.get(WITH_NUMBER):
        contact.told_at[WITH_NUMBER] = beside
    for column, (value, at) in united(everybody).items():
        setattr(contact, column, value)
        if at:
            contact.told_at[column] = at
    if left := max(each.told_at.get(LEFT_NUMBER, "") for each in everybody):
        contact.told_at[LEFT_NUMBER] = left
    contact.picture_url = contact.picture_url or next(
        (each.picture_url for each in others if each.picture_url), ""
    )
    contact.aliases = list(dict.fromkeys(name for each in everybody for name in each.names))
    gone = [each.pk for each in others]
    _point_to(Contact, gone, contact.pk)
    Contact.objects.filter(pk__in=gone).delete()
    update_rows(Contact, [row_of(contact, "id", "picture_url", *CONTACT_COLUMNS)])


def _merge_conversations(folder: Folder, other: Folder) -> None:
    one, gone = folder.conversation, other.conversation
    # In one order, as everybody locks messages.
    messages = Message.objects.filter(conversation_id=gone.pk)
    list(messages.select_for_update(of=("self",), no_key=True).order_by("id").values_list("pk", flat=True))
    theirs = messages.filter(author_kind=AuthorKind.CONTACT, author_id=str(gone.contact_id))
    theirs.update(author_id=str(one.contact_id))
    DueSignal.objects.filter(conversation_id=gone.pk).delete()  # The other one has its own.
    _point_to(Conversation, [gone.pk], one.pk)
    _take_over(folder, gone)
    FormerConversation.objects.create(id=gone.pk, conversation_id=one.pk)
    Conversation.objects.filter(pk=gone.pk).delete()


def _take_over(folder: Folder, gone: Conversation) -> None:
    one = folder.conversation
    one.unread_count += gone.unread_count
    if gone.last_message_id and (not one.last_message_id or gone.last_message_at > one.last_message_at):
        one.last_message_id, one.last_message_at = gone.last_message_id, gone.last_message_at
    for column in (
        "last_inbound_at",
        "delivered_until",
        "read_until",
        "turn_due_at",
        "refused_at",
        "handed_at",
    ):
        setattr(one, column, max(filter(None, (getattr(one, column), getattr(gone, column))), default=None))
    one.turn_began_at = min(filter(None, (one.turn_began_at, gone.turn_began_at)), default=None)
    if ConversationStatus.OPEN in (one.status, gone.status):
        one.status = ConversationStatus.OPEN
    if Handler.HUMAN in (one.handler, gone.handler):
        one.handler = Handler.HUMAN
    one.standing = {**gone.standing, **one.standing} | {
        topic: max((gone.standing[topic], one.standing[topic]), key=lambda told: str(told["at"]))
        for topic in gone.standing.keys() & one.standing.keys()
    }
    one.created_at = min(one.created_at, gone.created_at)
    Conversation.objects.filter(pk=one.pk).update(handler=one.handler, created_at=one.created_at)
    # The messages of both are covered by what is known of either; all else is written with the batch.
    folder.touched = folder.covered = True


def _point_to(model: type[Model], gone: Collection[UUID], present: UUID) -> None:
    """Whatever refers to the rows that go refers to the one that stays, save a conversation to its contact."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel) or relation.one_to_one:
            continue
        rows = relation.related_model._default_manager
        rows.filter(**{f"{relation.field.name}__in": gone}).update(**{relation.field.name: present})


@dataclass(frozen=True, slots=True)
class Renaming:
    """A contact is called otherwise from now on: what they reacted by any of these names is theirs."""

    names: Collection[str]
    present: str


def rename_authors(renamings: Mapping[UUID, Renaming]) -> None:
    """Rename the contacts of these conversations, all with one look."""
    if not renamings:
        return
    said = Message.objects.filter(conversation_id__in=sorted(renamings)).exclude(reacted_at={})
    renamed = [
        message
        for message in said.order_by("id")
        if _rename(
            message, renamings[message.conversation_id].names, renamings[message.conversation_id].present
        )
    ]
    update_rows(Message, [row_of(message, "id", "reactions", "reacted_at") for message in renamed])


def _rename(message: Message, names: Collection[str], present: str) -> bool:
    times = {name: at for name, at in message.reacted_at.items() if name in names}
    if not times or set(times) == {present}:
        return False
    newest = max(times, key=lambda name: (times[name], name))
    others = {name: at for name, at in message.reacted_at.items() if name not in times}
    message.reacted_at = {**others, present: times[newest]}
    message.reactions = list(_renamed(message.reactions, times, newest, present))
    return True


def _renamed(
    reactions: Iterable[dict[str, str]], names: Collection[str], newest: str, present: str
) -> Iterable[dict[str, str]]:
    for reaction in reactions:
        if reaction.get("by") == newest:
            yield {**reaction, "by": present}
        elif reaction.get("by") not in names:
            yield reaction
