"""The lane `media`: the files of inbound messages are fetched at once, while their links live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from backend.conversations.models import Attachment
from backend.engine.crew import Crew, FairTurns
from backend.lib.clock import now
from backend.receiving.fetching import fetch

BATCH = 64

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


def waiting() -> list[str]:
    """Whose files are to be fetched."""
    return Attachment.objects.waiting_businesses(now())


def due(business_id: str, most: int, in_hand: Sequence[UUID]) -> list[UUID]:
    """The files of a business that are to be fetched next."""
    rows = Attachment.objects.due(now()).of(business_id).exclude(pk__in=in_hand)
    return list(rows.values_list("pk", flat=True)[:most])


@lru_cache(maxsize=1)
def _crew(threads: int) -> Crew:
    return Crew("media", threads, fetch, FairTurns(waiting, due))


def drain(run: Run | None = None) -> bool:
    """Fetch what is due; whether there may be more.

    `run` fetches a batch in its own way, for instance one after the other (`map`).
    """
    if run is None:
        return _crew(settings.MEDIA_THREADS).work_on_due()
    found = list(Attachment.objects.due(now()).values_list("pk", flat=True)[:BATCH])
    for _ in run(fetch, found):
        pass
    return bool(found)
