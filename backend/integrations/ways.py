"""Which ways in this server is set up for, and which one is taken where nobody says."""

from __future__ import annotations

from django.conf import settings

from backend.platforms import registry
from backend.platforms.port import Login

# What connecting by each login needs.
NEEDED = {
    Login.FACEBOOK: ("META_APP_ID", "META_APP_SECRET"),
    Login.INSTAGRAM: ("INSTAGRAM_APP_ID", "INSTAGRAM_APP_SECRET"),
}


def default_login(platform: str) -> Login:
    """The way in that is taken where neither the request nor a connected account names one."""
    offered = registry.logins_of(platform)
    wished = Login(settings.INSTAGRAM_LOGIN)
    return wished if wished in offered else offered[0]


def missing_settings(login: Login) -> list[str]:
    """Which settings connecting by this login still wants."""
    return [name for name in NEEDED[login] if not getattr(settings, name)]


def is_configured(login: Login) -> bool:
    """Whether the settings hold what connecting by this login needs."""
    return not missing_settings(login)
