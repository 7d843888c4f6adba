"""Accounts that are connected already, as the rooms above meet them."""

from __future__ import annotations

from itertools import count

from backend.businesses.models import Business
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.secret import Secret
from backend.platforms.registry import PLATFORMS

ACCESS_TOKEN = "EAAuser-token-of-this-test"
PAGE_TOKEN = "EAApage-token-of-this-test"
WEBHOOK_SECRET = "secret-of-this-webhook"

_numbers = count(1)


def fresh_account_id() -> str:
    """An account's id that no other test row has."""
    return str(10**14 + next(_numbers))


def connected(
    business: Business,
    platform: str,
    account_id: str | None = None,
    *,
    page_id: str = "",
    wide_id: str = "",
    status: str = IntegrationStatus.CONNECTED,
) -> ChannelIntegration:
    """The business's integration of a platform, with sealed tokens. `wide_id`: the WABA of a number."""
    account_id = account_id or fresh_account_id()
    wide = (wide_id or f"9{account_id}") if platform == "WHATSAPP" else account_id
    page = page_id or (account_id if platform == "MESSENGER" else f"8{account_id}")
    integration = ChannelIntegration(
        business=business,
        platform=platform,
        status=status,
        account_id=account_id,
        platform_account_id=wide,
        platform_account_name=f"{business.name} on {PLATFORMS[platform].name}",
        platform_page_id=None if platform == "WHATSAPP" else page,
        permissions=list(PLATFORMS[platform].scopes),
        features=list(PLATFORMS[platform].features),
        webhook_subscribed=True,
    )
    vault.put(integration, "access_token", Secret(ACCESS_TOKEN))
    vault.put(integration, "page_access_token", None if platform == "WHATSAPP" else Secret(PAGE_TOKEN))
    vault.put(integration, "webhook_secret", Secret(WEBHOOK_SECRET))
    integration.save()
    return integration
