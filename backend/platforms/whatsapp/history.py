"""
What a phone hands over when its number is connected: the history of half a year, in parts.

A webhook may hold thousands of messages. It is only cut into pieces of conversations here; their messages are read when
there is time for them (`threads.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.phone import digits_of
from backend.lib.reading import id_of, moment_of, number_of, object_of, objects_in
from backend.platforms.meta.errors import failure_from
from backend.platforms.port import AnyNotice, ContactCard, HistoryTold
from backend.platforms.whatsapp.people import card_of, written
from backend.platforms.whatsapp.value import Value

PIECE = 20  # Messages: so few that they are read and written in no time, whatever the conversation holds.
MOST = 32_767  # What a small number of a database holds.


def read_part(value: Value, part: JSONObject) -> list[AnyNotice]:
    """The conversations of one part; of one without any, how far the phone is, or why it hands over nothing."""
    refused = next(iter(objects_in(part.get("errors"))), None)
    threads = objects_in(part.get("threads"))
    facts = value.facts() | _progress(object_of(part.get("metadata")))
    if refused is not None:
        return [HistoryTold(failure=failure_from(refused), occurred_at=value.sent_at, raw=part, **facts)]
    if not threads:
        return [HistoryTold(occurred_at=value.sent_at, raw=part, **facts)]
    return [notice for thread in threads for notice in _read_thread(thread, value, facts)]


def _read_thread(thread: JSONObject, value: Value, facts: dict[str, Any]) -> list[AnyNotice]:
    card = card_of_thread(thread, value)
    if not card.external_id:
        return [value.unrecognised("history", "thread", detail="It does not say whose it is.", raw=thread)]
    messages = objects_in(thread.get("messages"))
    pieces = [messages[start : start + PIECE] for start in range(0, len(messages), PIECE)] or [[]]
    return [
        HistoryTold(
            contact=card,
            content={**thread, "messages": piece},
            occurred_at=_newest_in(piece),
            raw=thread,
            **facts,
        )
        for piece in pieces
    ]


def card_of_thread(thread: JSONObject, value: Value) -> ContactCard:
    """With whom the conversation is."""
    own = digits_of(id_of(object_of(value.raw.get("metadata")).get("display_phone_number")))
    person = written(thread.get("id"), object_of(thread.get("context")).get("user_id"))
    return card_of(person, value.contacts) if person.phone != own or not own else ContactCard(external_id="")


def _progress(metadata: JSONObject) -> dict[str, Any]:
    return {
        name: _small(number_of(metadata.get(name)))
        for name in ("phase", "chunk_order", "progress")
        if name in metadata
    }


def _small(number: int | None) -> int | None:
    return number if number is not None and 0 <= number <= MOST else None


def _newest_in(messages: Iterable[JSONObject]) -> datetime | None:
    times = (moment_of(message.get("timestamp")) for message in messages)
    return max(filter(None, times), default=None)
