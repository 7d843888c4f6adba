"""Notices about a message that we do not know yet: they wait for it, so that none is lost by coming early."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.conversations.models import Message, ParkedNotice
from backend.conversations.record.coverage import cover_by, take_covered
from backend.conversations.record.folder import Folder, as_columns
from backend.conversations.record.named import KEY_FIELDS, MessageKey, key_of_message
from backend.conversations.record.persons import Routed
from backend.conversations.record.steps import apply
from backend.engine.lookups import take_rows
from backend.engine.rows import Row, insert_missing
from backend.lib.clock import now
from backend.lib.json_types import JSON, JSONObject
from backend.lib.storable import storable, storable_id
from backend.platforms.port import (
    AnyNotice,
    ContactCard,
    DeliveryChanged,
    DeliveryFailure,
    DeliveryStatus,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
)

KINDS = {kind.__name__: kind for kind in (DeliveryChanged, MessageEdited, MessageDeleted, ReactionChanged)}


def park(arrivals: Iterable[Routed]) -> None:
    """Keep the notices until their message comes."""
    insert_missing(ParkedNotice, [_row(arrival) for arrival in arrivals])


def take_up(messages: Sequence[Message], folders: Mapping[UUID, Folder]) -> None:
    """Apply to unsaved messages all that was said of them, or of the time before them, until now."""
    begun = {key: folder for folder in folders.values() if folder.is_new for key in _keys_of_first(folder)}
    waiting = _take({*map(key_of_message, messages), *begun})
    for key, folder in begun.items():
        for notice in waiting.get(key, ()):
            cover_by(folder, notice)
    for message in messages:
        folder = folders[message.conversation_id]
        for notice in waiting.get(key_of_message(message), ()):
            apply(message, _naming(notice, folder))
            cover_by(folder, notice, message)
        take_covered(message, folder.conversation)


def _take(wanted: Collection[MessageKey]) -> dict[MessageKey, list[AnyNotice]]:
    taken: dict[MessageKey, list[AnyNotice]] = defaultdict(list)
    rows = take_rows(ParkedNotice, KEY_FIELDS, as_columns(wanted)) if wanted else []
    for row in sorted(rows, key=lambda row: row.pk):
        taken[row.integration_id.int, row.account_id, row.external_id].append(_unpacked(row))
    return taken


def _naming(notice: AnyNotice, folder: Folder) -> AnyNotice:
    """The notice, naming its person as the contact is called now: it has waited."""
    contact = folder.conversation.contact
    card = getattr(notice, "contact", None)
    if card is None or card.external_id == contact.external_id or card.external_id not in contact.aliases:
        return notice
    said: Any = notice
    renamed: AnyNotice = replace(said, contact=replace(card, external_id=contact.external_id))
    return renamed


def _keys_of_first(folder: Folder) -> list[MessageKey]:
    """Under these waits what is said of all messages to a contact before the first of them is known."""
    contact = folder.conversation.contact
    return [(contact.integration_id.int, contact.account_id, _first_to(name)) for name in contact.names]


def _first_to(external_id: str) -> str:
    return storable_id(f"first to {external_id}")


def _awaited(notice: AnyNotice) -> str:
    """Which message a notice waits for; a watermark names none."""
    if isinstance(notice, DeliveryChanged) and notice.contact and not notice.external_id:
        return _first_to(storable_id(notice.contact.external_id, 255))
    return storable_id(getattr(notice, "external_id", ""))


def _row(arrival: Routed) -> Row:
    kind, content = type(arrival.notice).__name__, _packed(arrival.notice)
    said = json.dumps([kind, content], sort_keys=True)
    return {
        "integration_id": arrival.integration.pk,
        "account_id": arrival.integration.account_id or "",
        "external_id": _awaited(arrival.notice),
        "kind": kind,
        "content": content,
        "digest": hashlib.sha256(said.encode()).hexdigest(),
        "created_at": now(),
    }


def _packed(notice: AnyNotice) -> JSONObject:
    plain = json.loads(json.dumps(asdict(replace(notice, raw=None)), default=datetime.isoformat))
    packed: JSONObject = storable(plain)
    return packed


def _unpacked(row: ParkedNotice) -> AnyNotice:
    kind = KINDS[row.kind]
    # What an older release wrote may have had other fields.
    said = {each.name: row.content[each.name] for each in fields(kind) if each.name in row.content}
    built: dict[str, Any] = {name: READERS.get(name, _as_it_is)(value) for name, value in said.items()}
    notice: AnyNotice = kind(**built)
    return notice


def _as_it_is(value: JSON) -> JSON:
    return value


def _moment(value: JSON) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _card(value: JSON) -> ContactCard | None:
    return ContactCard(**value) if value else None


def _failure(value: JSON) -> DeliveryFailure | None:
    return DeliveryFailure(**value) if value else None


READERS = {
    "occurred_at": _moment,
    "watermark": _moment,
    "contact": _card,
    "failure": _failure,
    "status": DeliveryStatus,
}


def forget_parked(*, before: datetime) -> int:
    """Drop what waited in vain: notices about messages that never came. How many."""
    return ParkedNotice.objects.filter(created_at__lt=before).delete()[0]
