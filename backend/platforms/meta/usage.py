"""What Meta says, in the headers of its answers, of how much of their allowance is used."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import list_of, number_of, object_of, text_of
from backend.platforms.port import Allowance

BUSINESS, APP, PAGE = "x-business-use-case-usage", "x-app-usage", "x-page-usage"
# What is counted for messages; the other kinds are for calls that manage, which a message is not.
KINDS = frozenset({"messenger", "instagram", "whatsapp", "pages"})
COUNTED = ("call_count", "call_volume", "total_time", "total_cputime", "cpu_time")
MINUTE = 60.0
GOOD_FOR = 300.0  # Seconds; Meta says it with every answer while it matters.
WHOLE_APP = ""


class UsageBoard:
    """The last word of each account, and of the whole app. For several threads."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[Allowance, float]] = {}
        self._lock = threading.Lock()

    def hear(self, headers: Mapping[str, str], page: str = "") -> None:
        """Take what an answer says; `page`: the object that was called. Most answers say nothing."""
        if not any(name in headers for name in (BUSINESS, APP, PAGE)):
            return
        at = time.monotonic()
        with self._lock:
            for name, allowance in read_usage(headers, page):
                self._said[name] = (allowance, at)

    def allowance(self, names: Iterable[str]) -> Allowance:
        """The worst that was said of any of these lately."""
        at = time.monotonic()
        told = [self._said[name] for name in names if name in self._said]
        known = [
            Allowance(used=said.used, rests_for=max(0.0, said.rests_for - (at - heard_at)))
            for said, heard_at in told
            if at - heard_at < max(GOOD_FOR, said.rests_for)
        ]
        return Allowance(
            used=max((each.used for each in known), default=0),
            rests_for=max((each.rests_for for each in known), default=0.0),
        )


def read_usage(headers: Mapping[str, str], page: str = "") -> Iterator[tuple[str, Allowance]]:
    """Of whom something is said, and what."""
    for name, uses in object_of(_json_in(headers.get(BUSINESS, ""))).items():
        told = [object_of(use) for use in list_of(uses)]
        counted = [use for use in told if text_of(use.get("type")) in KINDS]
        if counted:
            minutes = max(number_of(use.get("estimated_time_to_regain_access")) or 0 for use in counted)
            yield name, Allowance(used=max(map(_percent, counted)), rests_for=minutes * MINUTE)
    for name, header in ((WHOLE_APP, APP), (page, PAGE)):
        said = object_of(_json_in(headers.get(header, "")))
        if said and (name or header == APP):
            yield name, Allowance(used=_percent(said))


def _percent(use: JSONObject) -> int:
    return max(number_of(use.get(name)) or 0 for name in COUNTED)


def _json_in(text: str) -> JSON:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
