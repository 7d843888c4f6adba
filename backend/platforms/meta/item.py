"""One object of `messaging[]` with its roles sorted out: whose account, who is on the other side, who acted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.reading import fingerprint_of, id_of, moment_of, object_of
from backend.platforms.meta.contents import Dialect
from backend.platforms.meta.envelope import Entry
from backend.platforms.port import AnyNotice, ContactCard, Unrecognised

TEST_ACCOUNT = "0"  # The dashboard's test button writes this where the account's id belongs.


@dataclass(slots=True, kw_only=True)  # Not frozen, as `Entry` is not.
class Item:
    """One object of `messaging[]` with what every reader of it asks."""

    raw: JSONObject
    dialect: Dialect
    account_id: str
    contact: ContactCard
    by_business: bool
    occurred_at: datetime | None
    standby: bool

    def facts(self) -> dict[str, Any]:
        """What every notice of this item has in common."""
        return {"account_id": self.account_id, "occurred_at": self.occurred_at, "raw": self.raw}

    def unrecognised(self, kind: str, word: str = "", detail: str = "") -> list[AnyNotice]:
        """The item as one that is kept and not acted upon."""
        return [Unrecognised(kind=kind, word=word, detail=detail, **self.facts())]

    def made_up_id(self) -> str:
        """The same id for the same item, so that a repeated delivery stays one message."""
        return "h_" + fingerprint_of(self.raw)


def item_of(entry: Entry, raw: JSONObject, dialect: Dialect, *, standby: bool) -> Item:
    """The item with its roles sorted out: in an echo the business is the sender."""
    sender = id_of(object_of(raw.get("sender")).get("id"))
    recipient = id_of(object_of(raw.get("recipient")).get("id"))
    is_echo = object_of(raw.get("message")).get("is_echo") is True
    by_business = is_echo or (bool(sender) and sender == entry.id and sender != recipient)
    own, other = (sender, recipient) if by_business else (recipient, sender)
    account_id = own if entry.id in ("", TEST_ACCOUNT) else entry.id
    # Old echoes name the contact as their sender.
    contact_id = own if other == account_id and own != account_id else other
    return Item(
        raw=raw,
        dialect=dialect,
        account_id=account_id,
        contact=ContactCard(external_id=contact_id),
        by_business=by_business,
        occurred_at=moment_of(raw.get("timestamp")) or entry.sent_at,
        standby=standby,
    )
