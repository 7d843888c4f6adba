"""Ids that sort by the time they were made."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: time-ordered, so that inserts and keyset pages stay cheap."""
    return uuid7()


def new_text_id() -> str:
    """The same as text, for keys that others may also choose."""
    return str(uuid7())


def new_token() -> str:
    """An unguessable word, fit for a URL."""
    return secrets.token_urlsafe(32)
