"""The only place where settings meet platforms."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret
from backend.platforms import registry
from backend.platforms.meta.download import Downloads, Origin, Places
from backend.platforms.meta.graph import Graph
from backend.platforms.port import Account, Adapter, App, Grant, Login
from backend.platforms.whatsapp.adapter import WhatsAppAdapter

APP_WEBHOOK_PATH = "/api/webhooks/meta"


def app() -> App:
    """Our app at Meta, or at the simulator."""
    return App(
        app_id=settings.META_APP_ID,
        app_secret=Secret(settings.META_APP_SECRET),
        graph_url=settings.META_GRAPH_URL,
        dialog_url=settings.META_DIALOG_URL,
        version=settings.META_GRAPH_VERSION,
        webhook_url=f"{settings.PUBLIC_URL}{APP_WEBHOOK_PATH}",
        config_ids=settings.META_CONFIG_IDS,
    )


def instagram_app() -> App:
    """The part of our app that Instagram Login knows: its own id, secret and hosts."""
    return App(
        app_id=settings.INSTAGRAM_APP_ID,
        app_secret=Secret(settings.INSTAGRAM_APP_SECRET),
        graph_url=settings.INSTAGRAM_GRAPH_URL,
        dialog_url=settings.INSTAGRAM_AUTHORIZE_URL,
        token_url=settings.INSTAGRAM_TOKEN_URL,
        version=settings.META_GRAPH_VERSION,
        login=Login.INSTAGRAM,
        meta_app_id=settings.INSTAGRAM_META_APP_ID,
    )


def second_app_ids() -> frozenset[str]:
    """Other ids under which the platform may name our app."""
    return frozenset({settings.INSTAGRAM_APP_ID, settings.INSTAGRAM_META_APP_ID} - {"", settings.META_APP_ID})


APPS: dict[Login, Callable[[], App]] = {Login.FACEBOOK: app, Login.INSTAGRAM: instagram_app}


def app_secrets() -> tuple[Secret, ...]:
    """Every secret that Meta may sign with."""
    names = ("META_APP_SECRET", "META_APP_SECRET_PREVIOUS", "INSTAGRAM_APP_SECRET")
    return tuple(Secret(getattr(settings, name)) for name in names if getattr(settings, name))


@lru_cache(maxsize=8)
def _graph(app: App, transport: Any) -> Graph:
    return Graph(app, transport=transport)


def adapter_for(integration: ChannelIntegration) -> Adapter:
    """The adapter that speaks for the integration: the one of the login that its tokens are of."""
    return adapter_by(integration.platform, Login(integration.login))


def adapter_by(platform: str, login: Login) -> Adapter:
    """The adapter of a way in that the registry knows; it speaks to no host but that of the login."""
    known = APPS[login]()
    return registry.adapter(platform, _graph(known, settings.META_TRANSPORT), known)


def whatsapp() -> WhatsAppAdapter:
    """WhatsApp's adapter, for what no other platform has: numbers that are set up step by step."""
    known = app()
    return WhatsAppAdapter(_graph(known, settings.META_TRANSPORT), known)


def downloads() -> Downloads:
    """What follows links to files."""
    return _downloads(_places(), settings.META_TRANSPORT)


@lru_cache(maxsize=8)
def _downloads(places: Places, transport: Any) -> Downloads:
    return Downloads(places, transport=transport)


def _places() -> Places:
    if not settings.SANDBOX:
        return Places(more_hosts=tuple(settings.MEDIA_HOSTS))
    # With a port it is a host of this machine, as the simulator is.
    own = [f"http://{host}" for host in settings.MEDIA_HOSTS if ":" in host]
    simulator = (settings.META_GRAPH_URL, settings.INSTAGRAM_GRAPH_URL, settings.SIMULATOR_URL)
    return Places(
        more_hosts=tuple(host for host in settings.MEDIA_HOSTS if ":" not in host),
        sandbox=frozenset(map(_origin_of, (*simulator, *own))),
    )


def _origin_of(url: str) -> Origin:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def account_of(integration: ChannelIntegration) -> Account:
    """The account with its token, as the adapter needs it. Raises VaultUnreadable."""
    page_token = vault.take(integration, "page_access_token")
    token = page_token or vault.take(integration, "access_token") or Secret("")
    return Account(
        account_id=integration.account_id or "",
        name=integration.platform_account_name or "",
        token=token,
        platform_account_id=integration.platform_account_id or "",
        page_id=integration.platform_page_id or "",
        page_token=page_token,
        # WhatsApp: the row's platform account is the WABA, while calls and webhooks name the number.
        business_account_id="" if integration.platform_page_id else integration.platform_account_id or "",
        webhook_url=integration.webhook_url or "",
        metadata=integration.metadata,
        login=Login(integration.login),
        app_scoped_id=integration.app_scoped_id or "",
    )


def grant_of(integration: ChannelIntegration) -> Grant:
    """The grant that the integration was made with. Raises VaultUnreadable."""
    return Grant(
        token=vault.take(integration, "access_token") or Secret(""),
        expires_at=integration.token_expires_at,
        permissions=tuple(integration.permissions),
    )
