"""Who granted the access of an integration: known as long as the access lasts, so that the person can take it back."""

from __future__ import annotations

from backend.connecting.models import Consent
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.storable import storable_id
from backend.platforms.port import Grant

MAX_USER_ID = 64


def note_consent(integration: ChannelIntegration, grant: Grant) -> None:
    """Remember whose grant it is; a grant that names nobody leaves nobody. Call it where the grant is saved."""
    if not grant.user_id:
        forget_consent(integration)
        return
    given = {"user_id": storable_id(grant.user_id, MAX_USER_ID), "granted_at": now()}
    Consent.objects.update_or_create(integration=integration, defaults=given)


def consent_of(integration: ChannelIntegration) -> Consent | None:
    """Whose grant is behind it; None where nobody's is known."""
    return Consent.objects.filter(integration=integration).first()


def forget_consent(integration: ChannelIntegration) -> None:
    """Nobody's grant is behind it any more."""
    Consent.objects.filter(integration=integration).delete()
