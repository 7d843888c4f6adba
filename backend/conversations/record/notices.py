"""Records what webhooks say. Nothing here depends on the order of processing, so a repeat is harmless."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from backend.conversations.record.amendments import apply_amendments
from backend.conversations.record.changes import conversation_changed, message_changed
from backend.conversations.record.coverage import save_folders, sweep_covered
from backend.conversations.record.erased import Told, ask_for_erasures, find_erased
from backend.conversations.record.finding import Found, ask_for_people, found_in
from backend.conversations.record.history_parts import keep_parts
from backend.conversations.record.messages import insert_messages
from backend.conversations.record.named import Asked, Named, ask_for_messages
from backend.conversations.record.people import settle_people
from backend.conversations.record.persons import BRINGING, People
from backend.conversations.record.reactions import tell_reactions
from backend.conversations.record.statuses import apply_statuses
from backend.conversations.record.turns import take_turns, tell_heard
from backend.feed.publish import Change, publish
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import (
    AnyNotice,
    DeliveryChanged,
    HistoryTold,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
)


class Arrival(NamedTuple):
    """One notice, and the integration that it was routed to."""

    integration: ChannelIntegration
    notice: AnyNotice
    received_at: datetime | None = None  # When it came to us, as far as that is known.


# The identity of a notice -> the ids of the erased person that it names.
Erased = Mapping[int, frozenset[str]]


def record_notices(arrivals: Sequence[Arrival], *, own_app_id: str) -> int:
    """Write everything the notices say, save of who was erased, in the caller's transaction or one of its own.

    Safe to run twice. How many messages of a history were not here yet.
    """
    with transaction.atomic(savepoint=False):
        return Recording(arrivals, own_app_id=own_app_id).finish()


class Recording:
    """
    The same in steps, in the caller's transaction, for who has something of their own to do while the database looks:
    what is needed is asked for at the beginning, and written at the end.
    """

    def __init__(self, arrivals: Sequence[Arrival], *, own_app_id: str, beside: Sequence[Told] = ()) -> None:
        """`beside`: what is not recorded, but may speak of somebody who was erased."""
        self._arrivals = arrivals
        self._own_app_id = own_app_id
        self._named = People(arrivals)
        self._told = [*map(_told, arrivals), *beside]
        self._people = ask_for_people(self._named)
        # Behind the lock: an erasure is over, or waits for us.
        self._erasures = ask_for_erasures(self._told)
        self._messages = ask_for_messages(arrivals)

    @cached_property
    def _erased(self) -> Mapping[int, frozenset[str]]:
        return find_erased(self._told, self._erasures)

    def erased(self) -> Erased:
        """What speaks of erased people. Waits for the database."""
        told = ((self._told[number].notice, names) for number, names in self._erased.items())
        # What speaks of a whole WABA belongs to others too.
        return {id(notice): names for notice, names in told if notice.account_id}

    def finish(self) -> int:
        """Write everything; how many messages of a history were not here yet."""
        found = found_in(self._people)
        if not self._erased:
            changes, filed = _record(self._arrivals, self._named, found, self._own_app_id, self._messages)
        else:
            left = [each for number, each in enumerate(self._arrivals) if number not in self._erased]
            changes, filed = _record(left, People(left), found, self._own_app_id)
        publish(changes)
        return filed


def _record(
    told: Sequence[Arrival],
    whom: People,
    found: Sequence[Found],
    own_app_id: str,
    asked: Asked | None = None,
) -> tuple[list[Change], int]:
    people = settle_people(whom, found, told)
    arrivals: Sequence[Arrival] = people.arrivals
    folders = people.folders
    named = Named(arrivals, folders, None if people.moved else asked)
    changes = insert_messages(_of(arrivals, *BRINGING), folders, named, own_app_id=own_app_id)
    delivered = _of(arrivals, DeliveryChanged)
    changes += apply_statuses(delivered, folders, named)
    changes += tell_reactions(delivered, named)
    keep_parts(_of(arrivals, HistoryTold))
    changes += apply_amendments(_of(arrivals, MessageEdited, MessageDeleted, ReactionChanged), named)
    named.save_changed()
    by_id = {folder.pk: folder for folder in folders.values()}
    turns = take_turns(named, by_id)
    touched = [folder.conversation for folder in folders.values() if folder.touched]
    save_folders(folders.values())
    changes += [message_changed(message, "status") for message in sweep_covered(folders.values())]
    words = _last_words(changes, named.absorbed | named.history)
    told_of = [*people.changes, *tell_heard(named, by_id), *words, *turns]
    return [*told_of, *map(conversation_changed, touched)], len(named.history)


def _last_words(changes: Iterable[Change], absorbed: Collection[UUID]) -> Iterable[Change]:
    """Of one message the last word of a kind: what a batch did to it on the way is over."""
    gone = set(map(str, absorbed))
    words = {(change.type, change.data["messageId"]): change for change in changes}
    return (change for (_, message_id), change in words.items() if message_id not in gone)


def _told(arrival: Arrival) -> Told:
    integration = arrival.integration
    return Told(integration.platform, integration.account_id or "", arrival.notice, arrival.received_at)


def _of(arrivals: Sequence[Arrival], *kinds: type) -> list[Arrival]:
    return [arrival for arrival in arrivals if isinstance(arrival.notice, kinds)]
