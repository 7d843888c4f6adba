"""Where the settings meet the webhook door."""

from __future__ import annotations

from django.conf import settings

from backend.connecting.addresses import DATA_DELETION_PATH, DEAUTHORIZE_PATH
from backend.integrations.adapters import app_secrets
from backend.lib.secret import Secret
from backend.receiving.door import PREFIX, Door
from backend.receiving.inbox import Inbox
from backend.receiving.stores import default_store

# Under the door's prefix, and no deliveries: a handful in a year, so that Django answers them.
PEOPLES_REQUESTS = frozenset({DEAUTHORIZE_PATH, DATA_DELETION_PATH})


def make_door() -> Door:
    """The webhook door over this process's database. The secrets are read once: nothing is slower than settings."""
    secrets, verify_token = app_secrets(), Secret(settings.META_VERIFY_TOKEN)
    return Door(
        Inbox(default_store()),
        secrets=lambda: secrets,
        verify_token=lambda: verify_token,
    )


def is_for_door(path: str) -> bool:
    """Whether the webhook door answers at this path, and not Django."""
    return path.startswith(PREFIX) and path.removesuffix("/") not in PEOPLES_REQUESTS
