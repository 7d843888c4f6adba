"""Permissions that the dialog did not give: they are named, and asked for again by a dialog of its own.

The offer is an attempt like any other, of the same member and with the same end. It is made once: whoever asks
again gets the same address, until the platform has answered it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from backend.connecting import words
from backend.connecting.addresses import redirect_uri
from backend.connecting.models import ConnectionAttempt
from backend.connecting.state import ATTEMPT_FOR, state_of
from backend.integrations.adapters import adapter_by
from backend.integrations.models import LIVE, ChannelIntegration
from backend.integrations.state import note_error
from backend.lib.clock import now
from backend.platforms.errors import PermissionMissing
from backend.platforms.port import Login
from backend.platforms.registry import INFOS


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What was not granted and is needed, and the dialog that asks for just this again."""

    permissions: tuple[str, ...] = ()
    url: str | None = None
    message: str | None = None
    resolution: str | None = None


NOTHING_MISSING = Shortfall()


def missing_in(platform: str, login: Login, granted: tuple[str, ...]) -> tuple[str, ...]:
    """What the dialog of this login asks for and these do not hold."""
    return tuple(name for name in INFOS[platform, login].scopes if name not in granted)


def known_missing(integration: ChannelIntegration, login: Login) -> bool:
    """Whether a dialog is known to have left something out, so that the next one has to ask for it again."""
    if integration.status in LIVE and integration.login == login:
        return bool(missing_in(integration.platform, login, tuple(integration.permissions)))
    answered = integration.attempts.filter(returned_at__isnull=False, login=login).order_by(
        "-created_at", "-pk"
    )
    newest = answered.values_list("missing", flat=True).first()
    return bool(newest)


def offer(attempt: ConnectionAttempt) -> Shortfall:
    """What this attempt's grant lacks, with the way to ask again. Safe to repeat."""
    missing = tuple(attempt.missing)
    if not missing:
        return NOTHING_MISSING
    again = _open_offer(attempt) or _make_offer(attempt)
    platform, login = attempt.integration.platform, Login(attempt.login)
    url = adapter_by(platform, login).authorize_url(
        state=state_of(again), redirect_uri=again.redirect_uri, rerequest=missing
    )
    message, resolution = said_of(platform, login, missing)
    return Shortfall(permissions=missing, url=url, message=message, resolution=resolution)


def note_missing(attempt: ConnectionAttempt, integration: ChannelIntegration) -> None:
    """Keep on the row what its grant lacks; once, however often a page is reloaded."""
    if not attempt.missing:
        return
    message, resolution = said_of(integration.platform, Login(attempt.login), tuple(attempt.missing))
    if (integration.last_error_code, integration.last_error) != (PermissionMissing.code, message):
        note_error(integration, code=PermissionMissing.code, message=message, resolution=resolution)


def said_of(platform: str, login: Login, missing: tuple[str, ...]) -> tuple[str, str]:
    """What is missing, and what to do about it, for a person."""
    by_configuration = login == Login.FACEBOOK and bool(settings.META_CONFIG_IDS.get(platform))
    resolution = words.ASK_AGAIN_BY_CONFIGURATION if by_configuration else words.ASK_AGAIN
    return words.NOT_GRANTED.format(permissions=", ".join(missing)), resolution


def _open_offer(attempt: ConnectionAttempt) -> ConnectionAttempt | None:
    return ConnectionAttempt.objects.open(now()).filter(follows=attempt, returned_at__isnull=True).first()


def _make_offer(attempt: ConnectionAttempt) -> ConnectionAttempt:
    unanswered = ConnectionAttempt.objects.filter(follows=attempt, returned_at__isnull=True)
    unanswered.filter(Q(expires_at__lte=now()) | Q(finished_at__isnull=False)).update(follows=None)
    try:
        with transaction.atomic():
            return ConnectionAttempt.objects.create(
                integration_id=attempt.integration_id,
                business_id=attempt.business_id,
                member_id=attempt.member_id,
                api_key_id=attempt.api_key_id,
                flow=attempt.flow,
                login=attempt.login,
                return_to=attempt.return_to,
                redirect_uri=redirect_uri(),
                expires_at=now() + ATTEMPT_FOR,
                follows=attempt,
            )
    except IntegrityError:  # The same page was loaded twice at the same moment.
        return unanswered.get()
