"""
What agents are told: each message with all that an answer takes, and when it is their turn.

It is an agent's turn once the contact has been quiet for as long as the business chose for the account; at once where
it chose nothing. A contact who never stops is answered too. The messages themselves are told without delay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.conversations.models import Conversation, Direction, Handler, Message
from backend.conversations.record.changes import message_received, show_about, show_message, turn_taken
from backend.conversations.record.folder import NOT_SAID, Folder, is_said
from backend.conversations.record.named import KEY_FIELDS, Named, key_in
from backend.conversations.record.persons import Routed
from backend.engine.lookups import found_by
from backend.feed.publish import Change, publish
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.json_types import JSONObject

AT_MOST = 10  # Times as long as it takes to be quiet, whoever goes on and on is waited for.
LONGEST_TURN = 100  # Messages; of a longer one the newest.
BATCH = 100


def tell_heard(named: Named, folders: Mapping[UUID, Folder]) -> list[Change]:
    """What the feed says of each message that was said just now."""
    present = now()
    about: dict[UUID, JSONObject] = {}
    changes = []
    for message, arrival in named.heard:
        if message.pk in named.absorbed:
            continue
        key = message.conversation_id
        if key not in about:
            about[key] = show_about(folders[key].conversation, present)
        shown = _show(message, arrival, named)
        changes.append(message_received(message, shown, about[key]))
    return changes


def _show(message: Message, arrival: Routed, named: Named) -> JSONObject:
    """The message, with our id of the one that is replied to, where we hold it."""
    answered = message.reply_to_external_id
    target = named.by_key.get(key_in(arrival.integration, answered)) if answered else None
    return show_message(message, target.pk if target else None, named.files.get(message.pk, ()))


def take_turns(named: Named, folders: Mapping[UUID, Folder]) -> list[Change]:
    """Tell agents of the batch's messages, or note on the unsaved conversations when to."""
    said: dict[UUID, list[tuple[Message, Routed]]] = defaultdict(list)
    for message, arrival in named.heard:
        if _calls(arrival) and folders[message.conversation_id].conversation.handler == Handler.AI:
            said[message.conversation_id].append((message, arrival))
    return [
        change for key, told in said.items() for change in _take_turn(folders[key].conversation, told, named)
    ]


def _calls(arrival: Routed) -> bool:
    """Whether somebody is to answer it: it is the contact's, and to us."""
    notice = arrival.notice
    return is_said(notice) and not notice.standby


def _take_turn(
    conversation: Conversation, told: Sequence[tuple[Message, Routed]], named: Named
) -> Iterable[Change]:
    quiet = quiet_for(told[0][1].integration)
    if quiet:
        began_at = conversation.turn_began_at or min(message.created_at for message, _ in told)
        conversation.turn_began_at = began_at
        conversation.turn_due_at = min(now() + quiet, began_at + AT_MOST * quiet)
        return
    shown = [_show(message, arrival, named) for message, arrival in told if not message.deleted_at]
    if shown:
        yield turn_taken(conversation, shown[-LONGEST_TURN:], show_about(conversation, now()))


def quiet_for(integration: ChannelIntegration) -> timedelta:
    """For how long a contact is to be quiet before an agent is told."""
    chosen = integration.settings.get("quietForSeconds", 0)
    return timedelta(seconds=chosen)


def tell_turns(at: datetime) -> bool:
    """Tell agents of a batch of the turns whose time has come; whether there may be more."""
    with transaction.atomic():
        due = Conversation.objects.filter(turn_due_at__lte=at).order_by("id")
        due = due.select_related("contact", "integration").select_for_update(of=("self",), no_key=True)
        conversations = list(due[:BATCH])
        changes = [change for each in conversations if (change := _told_turn(each, at))]
        Conversation.objects.filter(pk__in=[each.pk for each in conversations]).update(
            turn_began_at=None, turn_due_at=None
        )
        publish(changes)
    return len(conversations) == BATCH


def _told_turn(conversation: Conversation, at: datetime) -> Change | None:
    """The turn, unless a person took over, somebody answered it, or nothing is left of it."""
    is_current = conversation.integration.account_id == conversation.account_id
    began_at = conversation.turn_began_at
    if conversation.handler != Handler.AI or not is_current or began_at is None:
        return None
    newest = Message.objects.filter(conversation=conversation).order_by("-sent_at", "-id")
    newest = newest.prefetch_related("attachments")[:LONGEST_TURN]
    since = [row for row in reversed(newest) if row.created_at >= began_at and not row.is_history]
    answered_at = max(
        (row.created_at for row in since if row.direction == Direction.OUTBOUND), default=began_at
    )
    said = [row for row in since if _is_left(row) and row.created_at >= answered_at]
    if not said:
        return None
    targets = _targets(conversation, said)
    shown = [show_message(row, targets.get(row.reply_to_external_id), row.attachments.all()) for row in said]
    return turn_taken(conversation, shown, show_about(conversation, at))


def _is_left(message: Message) -> bool:
    said = message.type not in NOT_SAID and "event" not in message.payload
    return message.direction == Direction.INBOUND and said and not message.deleted_at


def _targets(conversation: Conversation, said: Iterable[Message]) -> dict[str, UUID]:
    """Our ids of the messages that these reply to."""
    wanted = {row.reply_to_external_id for row in said} - {""}
    if not wanted:
        return {}
    keys = [(conversation.integration_id, conversation.account_id, each) for each in wanted]
    rows = Message.objects.filter(pk__in=found_by(Message, KEY_FIELDS, keys).keys)
    return {external_id: pk for pk, external_id in rows.values_list("pk", "external_id") if external_id}
