"""The addresses of ours that the platform is told."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from backend.integrations.models import ChannelIntegration
from backend.platforms.registry import PLATFORMS

META = "graph.facebook.com"
CALLBACK_PATH = "/api/integrations/oauth/callback"
DEAUTHORIZE_PATH = "/api/webhooks/meta/deauthorize"
DATA_DELETION_PATH = "/api/webhooks/meta/data-deletion"


def deletion_url(code: str) -> str:
    """The page that tells a person what became of the request to be forgotten."""
    return f"{settings.PUBLIC_URL}/api/data-deletion/{code}"


def redirect_uri() -> str:
    """Where the dialog sends the browser back to; it has to stand in the app's list at Meta, to the letter."""
    return f"{settings.PUBLIC_URL}{CALLBACK_PATH}"


def webhook_url(integration: ChannelIntegration) -> str:
    """The integration's own path for Meta's webhooks."""
    slug = PLATFORMS[integration.platform].slug
    return f"{settings.PUBLIC_URL}/api/webhooks/{slug}/{integration.pk}"


def takes_webhooks() -> bool:
    """Whether the platform delivers to our address: Meta wants https, the simulator takes what there is."""
    is_simulator = settings.SANDBOX and urlsplit(settings.META_GRAPH_URL).hostname != META
    return bool(is_simulator or settings.PUBLIC_URL.startswith("https://"))
