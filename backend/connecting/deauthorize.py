"""A person, or a Page, took our access away at Meta: what was granted is wiped, and the business is told."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.connecting.asked import Asked, read_asked
from backend.connecting.grants import forget_grants_of
from backend.connecting.models import Consent
from backend.connecting.watch import set_watch
from backend.integrations.models import (
    LIVE,
    SEALED_FIELDS,
    ChannelIntegration,
    ChannelIntegrationQuerySet,
)
from backend.integrations.state import note_error

logger = structlog.get_logger(__name__)

# The webhook secret is ours, not the person's: a webhook that was set by hand goes on with it.
TOKENS = tuple(column for column in SEALED_FIELDS if column != "webhook_secret")
WIPED_COLUMNS = (*TOKENS, "token_expires_at", "webhook_subscribed", "features", "reconnecting")

REASON = "The person who connected this account took the access back at Meta."
RESOLUTION = "Connect the account again in the settings; conversations are kept."


def deauthorize(signed_request: str) -> int:
    """Wipe what the person granted; how many integrations wait for a reconnect now. Raises SignatureInvalid."""
    asked = read_asked(signed_request)
    forget_grants_of(asked.user_id, until=asked.until)
    meant = list(_meant(asked).values_list("pk", flat=True))
    for integration_id in meant:
        _revoke(integration_id)
    logger.info("connecting.deauthorized", integrations=len(meant))
    return len(meant)


def _meant(asked: Asked) -> ChannelIntegrationQuerySet:
    rows = ChannelIntegration.objects.live()
    if not asked.profile_id:
        return rows.filter(consent__in=Consent.objects.meant_by(asked.user_id, asked.until))
    of_page = rows.filter(Q(platform_page_id=asked.profile_id) | Q(account_id=asked.profile_id))
    return of_page.exclude(consent__granted_at__gt=asked.until) if asked.until else of_page


def _revoke(integration_id: UUID) -> None:
    with transaction.atomic():
        integration = ChannelIntegration.objects.select_for_update(no_key=True).get(pk=integration_id)
        if integration.status not in LIVE:
            return  # It was disconnected meanwhile.
        is_news = any(getattr(integration, column) for column in TOKENS)
        for column in TOKENS:
            setattr(integration, column, None)
        integration.token_expires_at = None
        integration.webhook_subscribed = False
        integration.reconnecting = False
        integration.features = [feature for feature in integration.features if feature != "webhooks"]
        integration.save(update_fields=WIPED_COLUMNS)
        set_watch(integration)  # Nothing is left that could be renewed.
        note_error(integration, code="reconnect_required", message=REASON, resolution=RESOLUTION, fatal=True)
        if is_news:
            detail = {"platform": integration.platform, "accountId": integration.account_id}
            audit.note(integration.business_id, Action.ACCESS_REVOKED, integration.pk, by=None, detail=detail)
