"""What a person told Meta to tell us, by a signed request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.connecting.errors import SignatureInvalid
from backend.integrations.adapters import app_secrets
from backend.lib.reading import id_of, moment_of
from backend.platforms.meta.signature import read_signed_request

CLOCKS_DIFFER_BY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when. A request that comes late says nothing about access that was granted since."""

    user_id: str  # Of the person, as our app sees them; empty where a Page is meant.
    profile_id: str  # Of the Page.
    until: datetime | None  # Access that was granted later is not meant. None: all is.


def read_asked(signed_request: str) -> Asked:
    """The request, if it is Meta's. Raises SignatureInvalid."""
    said = read_signed_request(signed_request, app_secrets())
    if said is None:
        raise SignatureInvalid
    issued_at = moment_of(said.get("issued_at"))
    return Asked(
        user_id=id_of(said.get("user_id")),
        profile_id=id_of(said.get("profile_id")),
        until=issued_at + CLOCKS_DIFFER_BY if issued_at else None,
    )
