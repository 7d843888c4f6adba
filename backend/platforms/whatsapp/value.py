from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, moment_of, object_of, text_of
from backend.platforms.meta.envelope import Entry
from backend.platforms.port import Unrecognised


@dataclass(slots=True, kw_only=True)  # Not frozen, as `Entry` is not.
class Value:
    """The `value` of one change: whose number it is, who is named, and what it holds."""

    change: JSONObject
    raw: JSONObject
    field: str
    account_id: str  # The number's id; empty for facts about the whole WABA.
    entry: Entry

    @classmethod
    def of(cls, entry: Entry, change: JSONObject) -> Value:
        """The value of a change of this entry."""
        raw = object_of(change.get("value"))
        return cls(
            change=change,
            raw=raw,
            field=text_of(change.get("field")),
            account_id=id_of(object_of(raw.get("metadata")).get("phone_number_id")),
            entry=entry,
        )

    @property
    def sent_at(self) -> datetime | None:
        """When WhatsApp sent it, as the entry tells."""
        return self.entry.sent_at

    @property
    def business_account_id(self) -> str:
        """The WABA."""
        return self.entry.id

    @property
    def contacts(self) -> JSON:
        """Who is named beside the items."""
        return self.raw.get("contacts")

    @property
    def is_standby(self) -> bool:
        """Whether another app answers and we only listen."""
        return self.field == "standby"

    def facts(self) -> dict[str, Any]:
        """Whose every notice of this value is."""
        return {"account_id": self.account_id, "business_account_id": self.entry.id}

    def account_facts(self, item: JSONObject | None = None) -> dict[str, Any]:
        """What a notice about the account holds; the change as a whole, or one item of it."""
        raw = self.change if item is None else item
        said = moment_of(raw.get("timestamp")) or moment_of(self.raw.get("timestamp"))
        return {**self.facts(), "occurred_at": said or self.sent_at, "raw": raw}

    def unrecognised(self, kind: str, word: str = "", *, detail: str = "", raw: JSON = None) -> Unrecognised:
        """A notice that keeps what could not be read."""
        occurred_at = moment_of(object_of(raw).get("timestamp")) or self.sent_at
        return Unrecognised(
            kind=kind, word=word, detail=detail, occurred_at=occurred_at, raw=raw, **self.facts()
        )
