"""What must hold before the building is turned on. In production an error here refuses the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from backend.api.addresses import networks
from backend.businesses.issuer import broken_rules
from backend.config.storage import trouble_with_storage
from backend.integrations.ways import missing_settings
from backend.lib.clock import now
from backend.lib.crypto import KeyRing
from backend.platforms.meta.versions import trouble_with
from backend.platforms.port import Login
from backend.platforms.registry import logins_of

META_HOSTS = {
    "META_GRAPH_URL": "graph.facebook.com",
    "META_DIALOG_URL": "www.facebook.com",
    "INSTAGRAM_AUTHORIZE_URL": "www.instagram.com",
    "INSTAGRAM_TOKEN_URL": "api.instagram.com",
    "INSTAGRAM_GRAPH_URL": "graph.instagram.com",
}
SHORTEST = {"SECRET_KEY": 32, "META_APP_SECRET": 16, "META_VERIFY_TOKEN": 8}
SHORTEST_METRICS_TOKEN = 16
SHORTEST_IF_SET = {"INSTAGRAM_APP_SECRET": 16}


@register(Tags.security)
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every rule that the settings break."""
    return [message for rule in RULES for message in rule()]


def _keys_are_usable() -> Iterator[CheckMessage]:
    try:
        keys = KeyRing.parse(settings.ENCRYPTION_KEYS).keys
    except ValueError as error:
        yield Error(str(error), hint="`python -m backend.lib.crypto` prints a good one.", id="gateway.E001")
        return
    if not keys:
        yield Error(
            "ENCRYPTION_KEYS holds no key.",
            hint="`python -m backend.lib.crypto` prints one.",
            id="gateway.E001",
        )
    if len({name for name, _ in keys}) < len(keys):
        yield Error("Two keys of ENCRYPTION_KEYS have the same name.", id="gateway.E002")


def _secrets_are_long() -> Iterator[CheckMessage]:
    optional = {name: least for name, least in SHORTEST_IF_SET.items() if getattr(settings, name)}
    for name, shortest in (SHORTEST | optional).items():
        if not settings.SANDBOX and len(getattr(settings, name)) < shortest:
            yield Error(f"{name} is too short: at least {shortest} characters.", id="gateway.E003")


def _metrics_are_closed() -> Iterator[CheckMessage]:
    if not settings.SANDBOX and 0 < len(settings.METRICS_TOKEN) < SHORTEST_METRICS_TOKEN:
        yield Error(
            f"METRICS_TOKEN is too short: at least {SHORTEST_METRICS_TOKEN} characters.",
            hint="Leave it empty to close /metrics.",
            id="gateway.E003",
        )


def _platforms_are_real() -> Iterator[CheckMessage]:
    if settings.SANDBOX:
        return
    for name, host in META_HOSTS.items():
        parts = urlsplit(getattr(settings, name))
        if (parts.scheme, parts.netloc) != ("https", host):
            yield Error(
                f"{name} is not Meta's address, and this is not the sandbox.",
                hint=f"Unset {name}; to work against the simulator set SANDBOX=1.",
                id="gateway.E004",
            )


def _addresses_are_safe() -> Iterator[CheckMessage]:
    if settings.SANDBOX:
        return
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        yield Error(
            "PUBLIC_URL is not an https address; Meta calls no other.",
            hint="Set PUBLIC_URL to the address under which Meta and browsers reach this service.",
            id="gateway.E005",
        )
    for origin in settings.FRONTEND_ORIGINS:
        if urlsplit(origin).scheme != "https":
            yield checks.Warning(f"FRONTEND_ORIGINS holds {origin}, which is not https.", id="gateway.W001")


def _foreign_login_is_sound() -> Iterator[CheckMessage]:
    for fault in broken_rules():
        yield Error(fault, hint="docs/operations.md, A foreign login.", id="gateway.E007")


def _instagram_login_is_whole() -> Iterator[CheckMessage]:
    logins = [str(login) for login in logins_of("INSTAGRAM")]
    if settings.INSTAGRAM_LOGIN not in logins:
        yield Error(f"INSTAGRAM_LOGIN is none of: {', '.join(logins)}.", id="gateway.E009")
        return
    missing = missing_settings(Login.INSTAGRAM)
    fault = f"Instagram Login wants {' and '.join(missing)}, which is not set."
    hint = "They stand at Meta under Instagram, API setup with Instagram login; the app's own are others."
    if missing and settings.INSTAGRAM_LOGIN == Login.INSTAGRAM:
        yield Error(fault, hint=hint, id="gateway.E010")
    elif len(missing) == 1:
        yield checks.Warning(fault, hint=hint, id="gateway.W002")


def _proxies_are_networks() -> Iterator[CheckMessage]:
    try:
        networks(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        yield Error(
            f"TRUSTED_PROXIES: {error}.", hint="Write addresses or networks: 10.0.0.0/8.", id="gateway.E008"
        )


def _broker_has_postgres() -> Iterator[CheckMessage]:
    if settings.BROKER_URL and connection.vendor != "postgresql":
        yield Error(
            "BROKER_URL is set, and the database is not Postgres: SQLite is for one machine.",
            hint="Set DATABASE_URL to a Postgres, or unset BROKER_URL.",
            id="gateway.E009",
        )


def _files_can_be_kept() -> Iterator[CheckMessage]:
    trouble = trouble_with_storage(settings.MEDIA_STORAGE, settings.MEDIA_S3_BUCKET)
    if trouble:
        yield Error(trouble, hint="docs/operations.md, Files of messages.", id="gateway.E011")


def _graph_version_lives() -> Iterator[CheckMessage]:
    trouble = trouble_with(settings.META_GRAPH_VERSION, now().date())
    if trouble:
        yield checks.Warning(
            trouble,
            hint="Set META_GRAPH_VERSION to a newer one, and read Meta's changelog for what differs.",
            id="gateway.W002",
        )


RULES: tuple[Callable[[], Iterator[CheckMessage]], ...] = (
    _keys_are_usable,
    _secrets_are_long,
    _metrics_are_closed,
    _platforms_are_real,
    _addresses_are_safe,
    _instagram_login_is_whole,
    _foreign_login_is_sound,
    _proxies_are_networks,
    _broker_has_postgres,
    _files_can_be_kept,
    _graph_version_lives,
)
