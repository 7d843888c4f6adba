"""
API keys: 256 random bits for a program, shown once and kept as a keyed hash.

All times here are of the real clock, as those of logins are.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from backend.businesses import audit
from backend.businesses.actors import Scope
from backend.businesses.audit import Action
from backend.businesses.logins import real_now
from backend.businesses.models import ApiKey, Caller
from backend.lib.ids import new_token
from backend.lib.secret import Secret

MARK = "gwk"  # What every key begins with, so that a scanner of secrets knows one.
SHAPE = re.compile(rf"({MARK}_[0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}", re.ASCII)
NOTE_USE_EVERY = timedelta(minutes=1)


def make_key(by: Caller, *, name: str, kind: str, scopes: Iterable[str]) -> tuple[ApiKey, Secret]:
    """A new key of the caller's business, and its clear text, which nobody can show again."""
    prefix = f"{MARK}_{secrets.token_hex(6)}"
    clear = f"{prefix}_{new_token()}"
    wanted = set(scopes)
    with transaction.atomic():
        key = ApiKey.objects.create(
            business_id=by.business_id,
            name=name,
            kind=kind,
            scopes=[str(scope) for scope in Scope if scope in wanted],
            prefix=prefix,
            key_hash=_hash(clear),
            created_at=real_now(),
        )
        detail = {"name": key.name, "prefix": key.prefix, "scopes": key.scopes, "actor": key.kind}
        audit.note(by.business_id, Action.API_KEY_MADE, key.pk, by=by, detail=detail)
    return key, Secret(clear)


def revoke_key(by: Caller, key_id: UUID) -> bool:
    """The key opens nothing from now on; False where the caller's business has no such live key."""
    with transaction.atomic():
        live = ApiKey.objects.of(by.business_id).live().filter(pk=key_id)
        if not live.update(revoked_at=real_now()):
            return False
        key = ApiKey.objects.get(pk=key_id)
        detail = {"name": key.name, "prefix": key.prefix}
        audit.note(by.business_id, Action.API_KEY_REVOKED, key_id, by=by, detail=detail)
    return True


def key_behind(clear: str, *, at: datetime | None = None) -> ApiKey | None:
    """The live key with this clear text; notes its use, at most once a minute."""
    shape = SHAPE.fullmatch(clear)
    if shape is None:
        return None
    key: ApiKey | None = (
        ApiKey.objects.live().select_related("business").filter(prefix=shape.group(1)).first()
    )
    if key is None or not hmac.compare_digest(key.key_hash, _hash(clear)):
        return None
    _note_use(key, at or real_now())
    return key


def _note_use(key: ApiKey, at: datetime) -> None:
    before = at - NOTE_USE_EVERY
    if key.last_used_at is None or key.last_used_at <= before:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=at)


def _hash(clear: str) -> str:
    """A fast one is right: nobody guesses 256 random bits. Keyed, so that the table alone verifies nothing."""
    own = hmac.digest(settings.SECRET_KEY.encode(), b"api keys", "sha256")
    return hmac.digest(own, clear.encode(), "sha256").hex()
