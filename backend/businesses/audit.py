"""The audit trail: who did what. It is appended to in the transaction of what it tells, and never rewritten."""

from __future__ import annotations

from enum import StrEnum

from backend.businesses.actors import SYSTEM
from backend.businesses.models import Caller
from backend.businesses.trail import AuditEntry
from backend.lib.json_types import JSONObject
from backend.lib.redact import redact
from backend.lib.storable import storable, storable_text


class Action(StrEnum):
    """What is noted; the word before the dot is the kind of thing that it was done to."""

    CONNECT_BEGUN = "integration.connect_begun"
    CONNECT_FINISHED = "integration.connect_finished"
    ACCOUNT_SELECTED = "integration.account_selected"
    TESTED = "integration.tested"
    SETTINGS_CHANGED = "integration.settings_changed"
    TOKEN_REFRESHED = "integration.token_refreshed"  # noqa: S105  # No token.
    DISCONNECTED = "integration.disconnected"
    WEBHOOK_SECRET_RENEWED = "integration.webhook_secret_renewed"  # noqa: S105  # No secret.
    ACCESS_REVOKED = (
        "integration.access_revoked"  # At the platform: by the person, or by the platform itself.
    )
    IMPORT_STARTED = "integration.import_started"  # Of old conversations.
    EVENTS_REPLAYED = "webhook_event.replayed"
    CONTACT_ERASED = "contact.erased"
    MESSAGE_RETRIED = "message.retried"
    API_KEY_MADE = "api_key.made"
    API_KEY_REVOKED = "api_key.revoked"
    KEYS_ROTATED = "encryption_key.rotated"
    MEMBER_MADE = "member.made"


def note(
    business_id: str,
    action: Action,
    target_id: object,
    *,
    by: Caller | None,
    detail: JSONObject | None = None,
) -> AuditEntry:
    """Append an entry. Call it in the transaction that makes it true; `by` None is this service itself."""
    actor = by.actor if by else SYSTEM
    return AuditEntry.objects.create(
        business_id=business_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=storable_text(actor.name, 255),
        action=action,
        target_type=action.partition(".")[0],
        target_id=str(target_id),
        ip=by.ip if by else None,
        # A belt beside the braces: whoever writes a detail leaves secrets out of it.
        detail=redact(storable(detail or {})),
    )
