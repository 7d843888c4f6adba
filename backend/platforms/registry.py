"""The only list of platforms."""

from __future__ import annotations

from collections.abc import Callable

from backend.lib.json_types import JSON
from backend.platforms.instagram.adapter import InstagramAdapter
from backend.platforms.instagram.info import INFO as INSTAGRAM
from backend.platforms.instagram.info import LOGIN_INFO as INSTAGRAM_BY_ITSELF
from backend.platforms.instagram.login import InstagramLoginAdapter
from backend.platforms.messenger.adapter import MessengerAdapter
from backend.platforms.messenger.info import INFO as MESSENGER
from backend.platforms.meta.graph import Graph
from backend.platforms.meta.permissions import OBJECT as PERMISSIONS
from backend.platforms.meta.permissions import read_permissions
from backend.platforms.port import Adapter, AnyNotice, App, Login, PlatformInfo
from backend.platforms.whatsapp.adapter import WhatsAppAdapter
from backend.platforms.whatsapp.info import INFO as WHATSAPP

PLATFORMS: dict[str, PlatformInfo] = {info.platform: info for info in (INSTAGRAM, MESSENGER, WHATSAPP)}

BY_OBJECT = {info.webhook_object: info.platform for info in PLATFORMS.values()}

# One platform can have several ways in, each with an adapter of its own.
WAYS: tuple[tuple[PlatformInfo, Callable[[Graph, App], Adapter]], ...] = (
    (INSTAGRAM, InstagramAdapter),
    (INSTAGRAM_BY_ITSELF, InstagramLoginAdapter),
    (MESSENGER, MessengerAdapter),
    (WHATSAPP, WhatsAppAdapter),
)
INFOS: dict[tuple[str, Login], PlatformInfo] = {(info.platform, info.login): info for info, _ in WAYS}
ADAPTERS: dict[tuple[str, Login], Callable[[Graph, App], Adapter]] = {
    (info.platform, info.login): make for info, make in WAYS
}


def adapter(platform: str, graph: Graph, app: App) -> Adapter:
    """The adapter of a platform by the login that the app is of; KeyError where there is no such way."""
    return ADAPTERS[platform, app.login](graph, app)


def logins_of(platform: str) -> tuple[Login, ...]:
    """The ways in to a platform."""
    return tuple(login for name, login in INFOS if name == platform)


def platform_of(payload: JSON) -> str | None:
    """Which platform a webhook event is from; None: of none that we know."""
    word = payload.get("object") if isinstance(payload, dict) else None
    return BY_OBJECT.get(word) if isinstance(word, str) else None


BULK_FROM = 64 * 1024  # Bytes. What is smaller is read in no time, whatever it holds.
BULK_WORDS = tuple(f'"{word}"'.encode() for info in PLATFORMS.values() for word in info.bulk_fields)


def is_bulk(body: bytes) -> bool:
    """Whether a delivery seems to hold what a phone hands over: thousands of things for which nobody waits.

    The bytes are not taken apart for it. Somebody may have written just that word; then it is read a little later.
    """
    return len(body) > BULK_FROM and any(word in body for word in BULK_WORDS)


def read_of_people(payload: JSON) -> list[AnyNotice] | None:
    """What a webhook event says of people who granted access; None: it is not of that kind."""
    word = payload.get("object") if isinstance(payload, dict) else None
    return read_permissions(payload) if word == PERMISSIONS else None


def by_slug(slug: str) -> PlatformInfo | None:
    """The platform with this word in its paths."""
    return next((info for info in PLATFORMS.values() if info.slug == slug), None)
