"""Ids that sort by the time they were made."""

import re
import secrets
from uuid import UUID

from uuid_utils import uuid7 as quick_uuid7
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: time-ordered, so that inserts and keyset pages stay cheap."""
    return uuid7()


def new_text_id() -> str:
    """The same as text, for keys that others may also choose."""
    return str(quick_uuid7())  # The compatible one takes ten times as long, and every answer has an id.


def new_token() -> str:
    """An unguessable word, fit for a URL."""
    return secrets.token_urlsafe(32)


SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{8,128}")


def request_id_from(given: str) -> str:
    """The id that came with a request, where it is a sane one; else a new one."""
    return given if SANE_REQUEST_ID.fullmatch(given) else new_text_id()
