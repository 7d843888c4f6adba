"""Whether an account's webhooks are subscribed, kept on its row as the last look found it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from backend.feed.publish import publish
from backend.integrations.models import ChannelIntegration
from backend.integrations.state import integration_changed
from backend.lib.clock import now
from backend.platforms.port import Check
from backend.platforms.registry import PLATFORMS

WEBHOOKS = "webhooks"  # The feature that an account has only while it is subscribed.


def keep_subscription(integration: ChannelIntegration, checks: Iterable[Check]) -> None:
    """Say on the row what was found. Whoever disconnected or reconnected it meanwhile is not overruled."""
    found = next((each.ok for each in checks if each.code == "webhook_subscribed" and each.seen), None)
    if found is None or found == integration.webhook_subscribed:
        return
    others = [feature for feature in integration.features if feature != WEBHOOKS]
    wanted = [feature for feature in PLATFORMS[integration.platform].features if feature not in others]
    features = [*others, *(wanted if found else ())]
    same = ChannelIntegration.objects.live().filter(pk=integration.pk, access_token=integration.access_token)
    with transaction.atomic():
        if same.update(webhook_subscribed=found, features=features, updated_at=now()):
            integration.webhook_subscribed, integration.features = found, features
            publish([integration_changed(integration)])
