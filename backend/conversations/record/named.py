"""The messages that a batch of notices speaks of: found and locked with one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from uuid import UUID

from backend.conversations.marks import marked_reaction, read_mark
from backend.conversations.models import Attachment, Direction, Message
from backend.conversations.record.folder import Folder, Key, as_columns
from backend.conversations.record.persons import Routed, key_of
from backend.conversations.record.steps import AMENDED_COLUMNS, STATUS_COLUMNS
from backend.engine.instances import unpacked
from backend.engine.lookups import Lookup, any_of, found_by, found_by_key
from backend.engine.questions import Answer, Question, found_later
from backend.engine.rows import row_of, update_rows
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id
from backend.platforms.port import (
    AccessRevoked,
    AccountChanged,
    AnyNotice,
    ContactChanged,
    ContactListed,
    ConversationNoted,
    DeliveryChanged,
    MessageEchoed,
    MessageReceived,
    Unrecognised,
)

# Integration (its id as a number), account, the message's id on the platform.
MessageKey = tuple[int, str, str]

COLUMNS = [each.attname for each in Message._meta.concrete_fields]
# All that a status asks for: a row of these costs half as much to unpack.
ASKED_BY_STATUSES = {
    *(
        "is_history",
        "id",
        "business_id",
        "integration_id",
        "conversation_id",
        "account_id",
        "direction",
        "sent_at",
    ),
    *STATUS_COLUMNS,
}
COLUMNS_OF_STATUSES = [name for name in COLUMNS if name in ASKED_BY_STATUSES]

# What does not touch the words of a message that is there.
LEAVING_AS_SAID = (
    MessageReceived,
    ConversationNoted,
    DeliveryChanged,
    ContactChanged,
    ContactListed,
    AccessRevoked,
    AccountChanged,
    Unrecognised,
)

# What may give our own mark back.
MARKED = (DeliveryChanged, MessageEchoed)

KEY_FIELDS = ("integration", "account_id", "external_id")


def key_of_message(message: Message) -> MessageKey:
    return message.integration_id.int, message.account_id, message.external_id or ""


def key_in(integration: ChannelIntegration, external_id: str) -> MessageKey:
    """The key of the message that this integration's platform calls so."""
    return integration.id.int, integration.account_id or "", storable_id(external_id)


class Asked:
    """The question for them, which is on its way."""

    def __init__(self, arrivals: Sequence[Routed], echoed: Collection[UUID] = ()) -> None:
        """`echoed`: conversations in which an own message may wait for its echo."""
        parts = []
        if keys := _keys(arrivals) | _answered(arrivals):
            parts.append(found_by(Message, KEY_FIELDS, as_columns(keys)))
        if marks := _marks(arrivals):
            parts.append(found_by_key(Message, marks))
        if echoed:
            parts.append(
                found_by(Message, ("conversation",), ((each,) for each in echoed), without="external_id")
            )
        found = any_of(*parts)
        self.columns = tuple(COLUMNS if _touch_words(arrivals) else COLUMNS_OF_STATUSES)
        self.answer = _messages(found.sql, self.columns).put(found.params) if parts else Answer()

    def messages(self) -> list[Message]:
        """Those that are there, locked for this transaction, by their ids."""
        return [unpacked(Message, self.columns, row) for row in self.answer.rows()]


def ask_for_messages(arrivals: Sequence[Routed]) -> Asked | None:
    """Ask before it is known who is who; None where it depends on that."""
    return None if any(isinstance(each.notice, MessageEchoed) for each in arrivals) else Asked(arrivals)


def _touch_words(arrivals: Iterable[Routed]) -> bool:
    """Whether anything in them does: nearly all that comes leaves what was said as it is."""
    return not all(
        isinstance(arrival.notice, LEAVING_AS_SAID) and _told_reaction(arrival.notice) is None
        for arrival in arrivals
    )


class Named:
    """Messages by the platform's id and by our own mark, those that wait for an echo, and what was changed."""

    def __init__(
        self, arrivals: Sequence[Routed], folders: Mapping[Key, Folder], asked: Asked | None = None
    ) -> None:
        """`asked`: they were asked for already, and nothing was done to them since."""
        self.whole = _touch_words(arrivals)
        rows = (asked or Asked(arrivals, _conversations_of_echoes(arrivals, folders))).messages()
        self.by_mark = {row.pk: row for row in rows if row.direction == Direction.OUTBOUND}
        self.reacted = {row.pk: row for row in rows}  # ... whatever their direction: we react to both.
        self.by_key = {key_of_message(row): row for row in rows if row.external_id is not None}
        self.without_id = [row for row in self.by_mark.values() if row.external_id is None]
        self.changed: dict[UUID, Message] = {}
        self.absorbed: set[UUID] = set()  # Rows that turned out to be another one.
        self.history: set[UUID] = set()  # New rows that were read back; the feed says nothing of each.
        self.files: dict[UUID, list[Attachment]] = {}  # Of those that are new, by message.
        self.heard: list[tuple[Message, Routed]] = []  # What was said just now, and by which word we know it.

    def add(self, message: Message) -> None:
        """The platform's id of this message is known now."""
        self.by_key[key_of_message(message)] = message

    def forget(self, absorbed: UUID) -> None:
        """This row is in another one now."""
        self.changed.pop(absorbed, None)
        self.absorbed.add(absorbed)

    def save_changed(self) -> None:
        """Write every message that was changed."""
        columns = ["sent_at", *STATUS_COLUMNS, *(AMENDED_COLUMNS if self.whole else ())]
        update_rows(Message, [row_of(each, "id", *columns) for each in self.changed.values()])


def locked_messages(found: Lookup, columns: Sequence[str] = COLUMNS) -> list[Message]:
    """These messages, with these columns, locked for this transaction, by their ids."""
    rows = _messages(found.sql, tuple(columns)).ask(found.params)
    return [unpacked(Message, columns, row) for row in rows]


@cache
def _messages(found: str, columns: tuple[str, ...]) -> Question:
    rows = Message.objects.filter(pk__in=found_later(found))
    rows = rows.select_for_update(of=("self",), no_key=True).order_by("id")
    return Question(rows.values_list(*columns))


def _keys(arrivals: Iterable[Routed]) -> set[MessageKey]:
    """Whatever the notices call by the platform's id; a watermark calls nothing."""
    named = ((arrival, getattr(arrival.notice, "external_id", None)) for arrival in arrivals)
    return {
        key_in(arrival.integration, external_id)
        for arrival, external_id in named
        if external_id or (external_id is not None and not isinstance(arrival.notice, DeliveryChanged))
    }


def _answered(arrivals: Iterable[Routed]) -> set[MessageKey]:
    """What the messages reply to: the feed tells our id of it."""
    told = ((arrival.integration, arrival.notice) for arrival in arrivals)
    return {
        key_in(integration, said.reply_to_external_id)
        for integration, said in told
        if isinstance(said, MessageReceived | MessageEchoed) and said.reply_to_external_id
    }


def _marks(arrivals: Iterable[Routed]) -> set[UUID]:
    told = (arrival.notice for arrival in arrivals)
    marks = (read_mark(said.correlation_id) for said in told if isinstance(said, MARKED))
    own = {mark.message_id for mark in marks if mark}
    return own | {found for each in arrivals if (found := _told_reaction(each.notice))}


def _told_reaction(notice: AnyNotice) -> UUID | None:
    """The message that a reaction of ours was to, where a status says what became of it."""
    mark = marked_reaction(notice.correlation_id) if isinstance(notice, DeliveryChanged) else None
    return mark.message_id if mark else None


def _conversations_of_echoes(arrivals: Iterable[Routed], folders: Mapping[Key, Folder]) -> set[UUID]:
    """Where an own message may wait for its echo: not in a conversation that was only just made."""
    echoes = [(each.integration, each.notice) for each in arrivals if isinstance(each.notice, MessageEchoed)]
    held = [folders[key_of(integration, echo.contact)] for integration, echo in echoes]
    return {folder.pk for folder in held if not folder.is_new}
