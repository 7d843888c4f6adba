"""The only list of platforms."""

from __future__ import annotations

from collections.abc import Callable

from backend.lib.json_types import JSON
from backend.platforms.instagram.adapter import InstagramAdapter
from backend.platforms.instagram.info import INFO as INSTAGRAM
from backend.platforms.messenger.adapter import MessengerAdapter
from backend.platforms.messenger.info import INFO as MESSENGER
from backend.platforms.meta.graph import Graph
from backend.platforms.port import Adapter, App, PlatformInfo
from backend.platforms.whatsapp.adapter import WhatsAppAdapter
from backend.platforms.whatsapp.info import INFO as WHATSAPP

PLATFORMS: dict[str, PlatformInfo] = {info.platform: info for info in (INSTAGRAM, MESSENGER, WHATSAPP)}

ADAPTERS: dict[str, Callable[[Graph, App], Adapter]] = {
    INSTAGRAM.platform: InstagramAdapter,
    MESSENGER.platform: MessengerAdapter,
    WHATSAPP.platform: WhatsAppAdapter,
}


def adapter(platform: str, graph: Graph, app: App) -> Adapter:
    """The adapter of a platform; KeyError for one that does not exist."""
    return ADAPTERS[platform](graph, app)


def platform_of(payload: JSON) -> str | None:
    """Which platform a webhook event is from; None: of none that we know."""
    word = payload.get("object") if isinstance(payload, dict) else None
    return next((info.platform for info in PLATFORMS.values() if info.webhook_object == word), None)


def by_slug(slug: str) -> PlatformInfo | None:
    """The platform with this word in its paths."""
    return next((info for info in PLATFORMS.values() if info.slug == slug), None)
