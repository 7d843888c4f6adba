"""A person asked Meta that we forget them: their grants go, and a code tells later what was done."""

from __future__ import annotations

import secrets

import structlog
from django.db import transaction

from backend.connecting import farewells
from backend.connecting.asked import Asked, read_asked
from backend.connecting.grants import forget_grants_of
from backend.connecting.leave import end
from backend.connecting.models import Consent, DeletionRequest, DeletionState, Farewell
from backend.connecting.state import fingerprint
from backend.integrations.models import ChannelIntegration

logger = structlog.get_logger(__name__)

CODE_BYTES = 10  # As hex: letters and digits only, as Meta wants it, and not to be guessed.


def forget_person(signed_request: str) -> DeletionRequest:
    """Delete what the person's consent brought us. The same request gives the same row. Raises SignatureInvalid."""
    asked = read_asked(signed_request)
    with transaction.atomic():
        request, is_new = DeletionRequest.objects.get_or_create(
            request_hash=fingerprint(signed_request),
            defaults={"code": secrets.token_hex(CODE_BYTES), "state": DeletionState.NOTHING_KEPT},
        )
        left = _forget(request, asked) if is_new else []
    for farewell in left:
        farewells.say(farewell)
    logger.info("connecting.person_forgotten", code=request.code, farewells=len(left), repeated=not is_new)
    return request


def _forget(request: DeletionRequest, asked: Asked) -> list[Farewell]:
    """Everything in the rows; what is still to be said to the platform comes back."""
    grants = forget_grants_of(asked.user_id, until=asked.until)
    consents = Consent.objects.meant_by(asked.user_id, asked.until).order_by("pk")
    ids = list(consents.values_list("pk", flat=True))
    integrations = list(
        ChannelIntegration.objects.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("business_id", "pk")  # As feeds are locked.
    )
    # Nothing of this person is kept to be said later; Meta has ended the access itself by now.
    left = [end(integration, keep=False) for integration in integrations]
    if integrations or grants:
        request.state = DeletionState.DONE
        request.platforms = sorted(integration.platform for integration in integrations)
        request.save(update_fields=["state", "platforms"])
    return [farewell for farewell in left if farewell]
