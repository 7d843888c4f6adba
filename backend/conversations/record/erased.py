"""Whom and what was erased, known by keyed hashes alone: a late or repeated delivery brings nobody back."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

from django.conf import settings

from backend.conversations.marks import read_mark
from backend.conversations.models import ErasedMark, Erasure, MarkKind
from backend.conversations.record.persons import cards_of
from backend.conversations.record.steps import own_time
from backend.engine.lookups import found_by
from backend.engine.questions import Answer, Question, found_later
from backend.lib.phone import spellings_of
from backend.lib.reading import ids_in
from backend.lib.storable import storable_id
from backend.platforms.port import AnyNotice, Unrecognised

CHUNK = 1_000  # Databases limit what a statement names.


class Told(NamedTuple):
    """One notice, of which account it speaks, and when it came to us."""

    platform: str
    account_id: str
    notice: AnyNotice
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of an erased id."""

    kind: str
    erased_at: datetime


def ask_for_erasures(told: Iterable[Told]) -> Answer:
    """Ask in which of their accounts anybody was erased: mostly in none."""
    accounts = {storable_id(each.account_id, 64) for each in told if each.account_id}
    if not accounts:
        return Answer()
    found = found_by(Erasure, ("account_id",), [(each,) for each in sorted(accounts)])
    return _erasures(found.sql).put(found.params)


def find_erased(told: Sequence[Told], asked: Answer | None = None) -> dict[int, frozenset[str]]:
    """Of the notices those, by position, that speak of what was erased, each with the erased ids that it names.

    `asked`: the question of their accounts, where it is on its way.
    """
    accounts = {(platform, account_id) for platform, account_id in (asked or ask_for_erasures(told)).rows()}
    digests = {
        number: _digests(each)
        for number, each in enumerate(told)
        if (each.platform, each.account_id) in accounts
    }
    marks = _marks({digest for named in digests.values() for digest in named})
    found = {}
    for number, named in digests.items():
        known = {name: marks[digest] for digest, name in named.items() if digest in marks}
        if any(_forbids(told[number], mark) for mark in known.values()):
            found[number] = frozenset(known) | _names_of_person(told[number].notice)
    return found


def digest_of(platform: str, account_id: str, external_id: str) -> str:
    """The keyed hash of an id of an account."""
    named = "\x00".join((platform, account_id, storable_id(external_id)))
    return hmac.digest(_key(settings.SECRET_KEY), named.encode(), "sha256").hex()


def digest_of_own(message_id: str) -> str:
    """The keyed hash of an id that we gave a message; platforms return it as our mark."""
    return digest_of("", "", message_id)


@lru_cache(maxsize=2)
def _key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"conversations.erased", "sha256")


def _forbids(told: Told, mark: Mark) -> bool:
    """Of an erased message nothing is taken up again; an erased person may write anew."""
    said = told.notice
    if mark.kind == MarkKind.MESSAGE and not isinstance(said, Unrecognised):
        return True
    if said.occurred_at is None or (told.received_at and told.received_at <= mark.erased_at):
        return True
    # Some platforms tell whole seconds only: what was known of that very second is known by its own id.
    return said.occurred_at < own_time(told.platform, mark.erased_at)


def _digests(told: Told) -> dict[str, str]:
    """Every digest that the person or the message could have been marked by, and what it is of."""
    digests = {digest_of(told.platform, told.account_id, name): name for name in _names(told.notice)}
    if mark := getattr(told.notice, "correlation_id", ""):
        own = read_mark(mark)  # Whichever attempt it is of.
        digests[digest_of_own(str(own.message_id) if own else mark)] = mark
    return digests


def _names(notice: AnyNotice) -> frozenset[str]:
    if isinstance(notice, Unrecognised):
        return frozenset(spelling for name in ids_in(notice.raw) for spelling in (name, *spellings_of(name)))
    external_id = getattr(notice, "external_id", "")
    return _names_of_person(notice) | ({external_id} if external_id else set())


def _names_of_person(notice: AnyNotice) -> frozenset[str]:
    return frozenset(name for card in cards_of(notice) for name in card.names)


@cache
def _erasures(found: str) -> Question:
    rows = Erasure.objects.filter(pk__in=found_later(found))
    return Question(rows.values_list("platform", "account_id"))


def _marks(digests: Iterable[str]) -> Mapping[str, Mark]:
    """The marks behind the digests; of a person who was erased twice the later erasure counts."""
    wanted = sorted(digests)
    found: dict[str, list[Mark]] = defaultdict(list)
    for start in range(0, len(wanted), CHUNK):
        rows = ErasedMark.objects.filter(digest__in=wanted[start : start + CHUNK])
        for digest, kind, erased_at in rows.values_list("digest", "kind", "erasure__erased_at"):
            found[digest].append(Mark(kind, erased_at))
    return {digest: max(marks, key=lambda mark: mark.erased_at) for digest, marks in found.items()}
