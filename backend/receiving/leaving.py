"""The lane `files`: files whose time is over go, then the bytes that nobody uses any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings

from backend.conversations.record import release_uploads, remove_lent_files, remove_old_files
from backend.files import store
from backend.lib.clock import now


def drain() -> bool:
    """A batch of each; whether there may be more."""
    more = [forget() for forget in _all()]
    return any(more)


def _all() -> Iterator[Callable[[], bool]]:
    present = now()
    yield partial(remove_lent_files, at=present)
    if days := settings.MEDIA_RETENTION_DAYS:
        yield partial(remove_old_files, before=present - timedelta(days=days))
    yield partial(release_uploads, at=present)
    yield store.remove_leaving
