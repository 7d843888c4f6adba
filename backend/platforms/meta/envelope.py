"""
The way through a webhook event that the three platforms share.

Nothing here raises and nothing is lost: an item gives at least one notice, and what cannot be read gives an
Unrecognised that holds it as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, moment_of
from backend.platforms.port import AnyNotice, Unrecognised

# Parts of an entry that tell about it and are no facts of their own.
QUIET_PARTS = frozenset({"id", "time", "uid", "changed_fields"})
FLAT_PARTS = frozenset({"field", "value"})
TELLING_NOTHING = QUIET_PARTS | FLAT_PARTS  # By themselves.


@dataclass(slots=True)  # Not frozen, which would make it three times as dear: it lives for one delivery.
class Entry:
    """One entry of a webhook event: whose it is and when it was sent."""

    id: str
    time: JSON
    owner: str  # Which word of a notice the id is for: `account_id`, or WhatsApp's `business_account_id`.

    @property
    def sent_at(self) -> datetime | None:
        """Asked for only where an item tells no time of its own."""
        return moment_of(self.time)


ItemReader = Callable[[Entry, JSONObject], list[AnyNotice]]


def read_event(
    payload: JSON, readers: Mapping[str, ItemReader], owner: str = "account_id"
) -> list[AnyNotice]:
    """Every fact of one webhook event; `readers` says which part of an entry is read by whom."""
    try:
        entries = payload.get("entry") if isinstance(payload, dict) else None
        if not isinstance(entries, list):
            return [Unrecognised(kind="envelope", detail="It has no list of entries.", raw=payload)]
        notices: list[AnyNotice] = []
        for entry in entries:
            notices += _read_entry(entry, readers, owner)
        return notices
    except Exception as error:  # Depth, size, or a fault of ours: the event is kept all the same.
        return [Unrecognised(kind="envelope", detail=f"It could not be read: {type(error).__name__}.")]


def _read_entry(entry: JSON, readers: Mapping[str, ItemReader], owner: str) -> list[AnyNotice]:
    if not isinstance(entry, dict):
        return [Unrecognised(kind="entry", detail="It is not an object.", raw=entry)]
    about = Entry(id_of(entry.get("id")), entry.get("time"), owner)
    notices: list[AnyNotice] = []
    for part, content in entry.items():
        if part in readers:
            notices += _read_part(about, part, content, readers[part])
        elif part not in TELLING_NOTHING:
            notices.append(unrecognised(about, "entry", part, raw={part: content}))
    # The flat form: the entry is its own only change.
    if not FLAT_PARTS.isdisjoint(entry) and "changes" in readers:
        notices += _guarded(about, "changes", entry, readers["changes"])
    return notices


def _read_part(about: Entry, part: str, content: JSON, read: ItemReader) -> list[AnyNotice]:
    if isinstance(content, list):
        return [notice for item in content for notice in _guarded(about, part, item, read)]
    if content is None:
        return []
    return [unrecognised(about, part, detail="It is not a list.", raw=content)]


def _guarded(about: Entry, part: str, item: JSON, read: ItemReader) -> list[AnyNotice]:
    """What `read` makes of the item; one bad item never costs its siblings."""
    if not isinstance(item, dict):
        return [unrecognised(about, "item", part, detail="It is not an object.", raw=item)]
    try:
        return read(about, item)
    except Exception as error:  # Whatever it is, the item is kept and its siblings are read.
        return [
            unrecognised(
                about, "item", part, detail=f"It could not be read: {type(error).__name__}.", raw=item
            )
        ]


def unrecognised(
    about: Entry, kind: str, word: str = "", *, detail: str = "", raw: JSON = None
) -> Unrecognised:
    """A notice that keeps what could not be read, for the entry's own account."""
    whose: dict[str, Any] = {about.owner: about.id}
    return Unrecognised(kind=kind, word=word, detail=detail, occurred_at=about.sent_at, raw=raw, **whose)
