"""A person asked Meta that we forget them: their grants go, and a code tells later what was done."""

from __future__ import annotations

import secrets

import structlog
from django.db import transaction

from backend.connecting.asked import Asked, read_asked
from backend.connecting.grants import forget_grants_of
from backend.connecting.leave import end, let_go
from backend.connecting.models import Consent, DeletionRequest, DeletionState
from backend.connecting.state import fingerprint
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import Account

logger = structlog.get_logger(__name__)

CODE_BYTES = 10  # As hex: letters and digits only, as Meta wants it, and not to be guessed.

Left = tuple[ChannelIntegration, Account | None]


def forget_person(signed_request: str) -> DeletionRequest:
    """Delete what the person's consent brought us. The same request gives the same row. Raises SignatureInvalid."""
    asked = read_asked(signed_request)
    with transaction.atomic():
        request, is_new = DeletionRequest.objects.get_or_create(
            request_hash=fingerprint(signed_request),
            defaults={"code": secrets.token_hex(CODE_BYTES), "state": DeletionState.NOTHING_KEPT},
        )
        left = _forget(request, asked) if is_new else []
    for integration, account in left:
        if account:
            let_go(integration, account)
    logger.info("connecting.person_forgotten", code=request.code, integrations=len(left), repeated=not is_new)
    return request


def _forget(request: DeletionRequest, asked: Asked) -> list[Left]:
    """Everything in the rows; what is still to be said to the platform comes back."""
    grants = forget_grants_of(asked.user_id, until=asked.until)
    consents = Consent.objects.meant_by(asked.user_id, asked.until).order_by("pk")
    ids = list(consents.values_list("pk", flat=True))
    integrations = list(
        ChannelIntegration.objects.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("business_id", "pk")  # As feeds are locked.
    )
    left = [(integration, end(integration)) for integration in integrations]
    if left or grants:
        request.state = DeletionState.DONE
        request.platforms = sorted(integration.platform for integration in integrations)
        request.save(update_fields=["state", "platforms"])
    return left
