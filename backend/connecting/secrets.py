"""The webhook secret that a member sets at the platform by hand."""

from __future__ import annotations

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting.addresses import webhook_url
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.integrations.state import save_changed
from backend.lib.ids import new_token
from backend.lib.secret import Secret


def renew_webhook_secret(integration: ChannelIntegration, *, by: Caller | None = None) -> tuple[str, Secret]:
    """The webhook URL and a new secret for it; the one before is void. Shown this once, sealed in the row."""
    secret = Secret(new_token())
    vault.put(integration, "webhook_secret", secret)
    integration.webhook_url = webhook_url(integration)
    with transaction.atomic():
        save_changed(integration, "webhook_secret", "webhook_url")
        detail = {"platform": integration.platform}
        audit.note(
            integration.business_id, Action.WEBHOOK_SECRET_RENEWED, integration.pk, by=by, detail=detail
        )
    return integration.webhook_url, secret
