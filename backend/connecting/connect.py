"""From the click to the platform's dialog; in the sandbox, to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from backend.businesses.models import ApiKey, Caller, Membership
from backend.connecting import dialog
from backend.connecting.addresses import redirect_uri, webhook_url
from backend.connecting.attempts import count_begun
from backend.connecting.callbacks import receive
from backend.connecting.errors import (
    LoginNotOffered,
    MockNotAllowed,
    PlatformNotConfigured,
    ReturnToNotAllowed,
    TicketExpired,
    UnknownPlatform,
)
from backend.connecting.finish import finish
from backend.connecting.models import ConnectionAttempt, Flow, Outcome
from backend.connecting.rerequest import known_missing
from backend.connecting.state import ATTEMPT_FOR, state_of
from backend.integrations import vault
from backend.integrations.adapters import adapter_by
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.integrations.state import save_changed
from backend.integrations.ways import default_login, is_configured, missing_settings
from backend.lib.clock import now
from backend.lib.ids import new_token
from backend.lib.secret import Secret
from backend.platforms.errors import Refused
from backend.platforms.port import Login
from backend.platforms.registry import PLATFORMS, logins_of

MOCK, OAUTH = str(Flow.MOCK), str(Flow.OAUTH)


@dataclass(frozen=True, slots=True)
class Begun:
    """A connection that has begun; a mock one is finished already."""

    integration: ChannelIntegration
    authorization_url: str | None
    message: str
    mock: bool


def default_flow() -> str:
    """The flow that is taken where the request names none."""
    return MOCK if settings.SANDBOX else OAUTH


def begin(
    caller: Caller,
    platform: str,
    *,
    flow: str | None = None,
    login: str | None = None,
    return_to: str | None = None,
) -> Begun:
    """Begin to connect, or to reconnect. Raises UnknownPlatform, LoginNotOffered, MockNotAllowed …"""
    flow = flow or default_flow()
    _check_request(platform, flow, return_to)
    way = _way(caller, platform, login)
    check_configured(way)
    integration = row_of(caller, platform)
    name = PLATFORMS[platform].name
    if flow == MOCK and integration.is_connected and integration.login == way:
        return Begun(integration, None, f"{name} connected successfully (mock)", mock=True)
    attempt = begin_attempt(caller, integration, flow, login=way, return_to=return_to or "")
    adapter = adapter_by(platform, way)
    # What was declined once is not asked for again, unless we say so.
    again = adapter.info.scopes if known_missing(integration, way) else ()
    url = adapter.authorize_url(state=state_of(attempt), redirect_uri=attempt.redirect_uri, rerequest=again)
    if flow == OAUTH:
        return Begun(integration, url, f"Continue at {name} to connect your account", mock=False)
    return Begun(_walk(caller, attempt, url), None, f"{name} connected successfully (mock)", mock=True)


def _check_request(platform: str, flow: str, return_to: str | None) -> None:
    if platform not in PLATFORMS:
        raise UnknownPlatform(fields={"platform": [f"One of: {', '.join(PLATFORMS)}."]})
    if flow == MOCK and not settings.SANDBOX:
        raise MockNotAllowed
    if return_to and _origin(return_to) not in settings.FRONTEND_ORIGINS:
        raise ReturnToNotAllowed(fields={"returnTo": [ReturnToNotAllowed.message]})


def check_configured(login: Login) -> None:
    """Raises PlatformNotConfigured, which says what is missing."""
    if missing := missing_settings(login):
        raise PlatformNotConfigured(resolution=f"Ask the operator to set {' and '.join(missing)}.")


def _way(caller: Caller, platform: str, wished: str | None) -> Login:
    """Where to log in: as the request wishes, else as the account that is connected did, else as the server is set."""
    offered = logins_of(platform)
    if wished is not None:
        if len(offered) == 1:
            raise LoginNotOffered(fields={"login": [LoginNotOffered.one_way]})
        if wished not in offered:
            raise LoginNotOffered(fields={"login": [f"One of: {', '.join(offered)}."]})
        return Login(wished)
    live = ChannelIntegration.objects.of(caller.business_id).live().filter(platform=platform)
    present = live.values_list("login", flat=True).first()
    return Login(present) if present and is_configured(Login(present)) else default_login(platform)


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    # A user name before the host, or a backslash, is how a foreign address is made to look like ours.
    plain = parts.username is None and "\\" not in url
    return f"{parts.scheme}://{parts.netloc}" if plain else ""


def row_of(caller: Caller, platform: str) -> ChannelIntegration:
    """The business's row of this platform, ready for a new attempt. Only the database changes what others may hold."""
    rows = ChannelIntegration.objects
    integration = rows.get_or_create(business_id=caller.business_id, platform=platform)[0]
    vault.put(integration, "webhook_secret", Secret(new_token()))
    rows.filter(pk=integration.pk, webhook_secret__isnull=True).update(
        webhook_secret=integration.webhook_secret
    )
    begun = rows.filter(pk=integration.pk, status=IntegrationStatus.DISCONNECTED)
    begun.update(status=IntegrationStatus.PENDING)
    integration.refresh_from_db()
    integration.webhook_url = webhook_url(integration)
    save_changed(integration, "webhook_url")
    return integration


def begin_attempt(
    caller: Caller,
    integration: ChannelIntegration,
    flow: str,
    *,
    login: Login = Login.FACEBOOK,
    **columns: Any,
) -> ConnectionAttempt:
    """A new attempt on the row, with what is known of it."""
    with transaction.atomic():
        count_begun(integration, flow, login.value, by=caller)
        return ConnectionAttempt.objects.create(
            integration=integration,
            business_id=caller.business_id,
            member=caller if isinstance(caller, Membership) else None,
            api_key=caller if isinstance(caller, ApiKey) else None,
            flow=flow,
            login=login.value,
            redirect_uri=redirect_uri(),
            expires_at=now() + ATTEMPT_FOR,
            **columns,
        )


def _walk(caller: Caller, attempt: ConnectionAttempt, url: str) -> ChannelIntegration:
    """The mock flow: the dialog answers itself, all else is the real way."""
    answer = dialog.approve(url, business=caller.business)
    landing = receive(
        state=answer.get("state", ""), code=answer.get("code", ""), error=answer.get("error", "")
    )
    if landing.outcome != Outcome.FINISH:
        raise Refused(landing.message, resolution=landing.resolution)
    try:
        return finish(caller, attempt.integration, landing.ticket).integration
    except TicketExpired:
        # A second click at the same moment was first: the account is connected, which is what was asked for.
        attempt.integration.refresh_from_db()
        if attempt.integration.is_connected:
            return attempt.integration
        raise
