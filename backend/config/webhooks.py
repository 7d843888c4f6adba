"""Where the settings meet the webhook door."""

from __future__ import annotations

from django.conf import settings

from backend.lib.secret import Secret
from backend.receiving.door import Door
from backend.receiving.inbox import Inbox, store


def app_secrets() -> tuple[Secret, ...]:
    """Every secret that a delivery may be signed with."""
    names = ("META_APP_SECRET", "META_APP_SECRET_PREVIOUS", "INSTAGRAM_APP_SECRET")
    return tuple(Secret(getattr(settings, name)) for name in names if getattr(settings, name))


def make_door() -> Door:
    """The webhook door over this process's database."""
    return Door(Inbox(store), secrets=app_secrets, verify_token=lambda: Secret(settings.META_VERIFY_TOKEN))
