"""
The OAuth state and the ticket.

The state names the attempt, signed, and is used up by the first answer. The ticket binds the end to the member who
began: whoever is lured into the dialog lands with a ticket that only that member can redeem.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from backend.connecting.errors import StateExpired, StateInvalid, TicketInvalid
from backend.connecting.models import ConnectionAttempt
from backend.lib.clock import now

# From the click to the last choice. The platform's own code dies after ten minutes.
ATTEMPT_FOR = timedelta(hours=1)

_SALT = "connecting.state"


def state_of(attempt: ConnectionAttempt) -> str:
    """What the platform gives back unchanged."""
    return signing.Signer(salt=_SALT).sign(attempt.pk.hex)


def attempt_of(state: str) -> ConnectionAttempt:
    """The attempt that a state names. Raises StateInvalid, StateExpired."""
    try:
        attempt_id = UUID(signing.Signer(salt=_SALT).unsign(state))
    except (signing.BadSignature, ValueError):
        raise StateInvalid from None
    attempt = ConnectionAttempt.objects.select_related("integration", "member").filter(pk=attempt_id).first()
    if attempt is None:
        raise StateInvalid
    if attempt.expires_at <= now():
        raise StateExpired
    return attempt


def ticket_of(attempt: ConnectionAttempt) -> str:
    """The attempt's ticket; the same each time, so that a reloaded page does no harm."""
    mark = hmac.digest(settings.SECRET_KEY.encode(), b"ticket:" + attempt.pk.bytes, "sha256").hex()
    return f"{attempt.pk.hex}.{mark}"


def attempt_behind(ticket: str) -> ConnectionAttempt:
    """The attempt that a ticket redeems. Raises TicketInvalid."""
    try:
        attempt_id = UUID(ticket.partition(".")[0])
    except ValueError:
        raise TicketInvalid from None
    attempt = ConnectionAttempt.objects.select_related("integration").filter(pk=attempt_id).first()
    if attempt is None or not hmac.compare_digest(
        ticket.encode("utf-8", "replace"), ticket_of(attempt).encode()
    ):
        raise TicketInvalid
    return attempt


def fingerprint(text: str) -> str:
    """To tell whether two codes are the same without keeping either."""
    return hashlib.sha256(text.encode()).hexdigest()
