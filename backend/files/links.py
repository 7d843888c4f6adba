"""Addresses of files that work without a login, for an hour: what a browser asks for by itself, such as an image."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from backend.lib.clock import now

LIVES_FOR = 3600  # Seconds.


def link_to(media_id: UUID) -> str:
    """The address of a file, for whoever has it, for an hour."""
    expires = int(now().timestamp()) + LIVES_FOR
    signature = _signature(settings.SECRET_KEY, media_id, expires)
    return f"{settings.PUBLIC_URL}/api/media/{media_id}?expires={expires}&signature={signature}"


def is_signed(media_id: UUID, query: Mapping[str, str]) -> bool:
    """Whether the query of a request is that of an address that we gave out and that still lives."""
    expires, given = query.get("expires", ""), query.get("signature", "")
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return False
    wanted = _signature(settings.SECRET_KEY, media_id, int(expires))
    is_ours = hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))
    return is_ours and now().timestamp() <= int(expires)


def _signature(secret_key: str, media_id: UUID, expires: int) -> str:
    digest = hmac.digest(_key(secret_key), f"{media_id}.{expires}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@lru_cache(maxsize=2)
def _key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"api.media", "sha256")
