"""A pending grant: sealed in the attempt's row until an account is chosen, gone with the attempt."""

from __future__ import annotations

import json
from datetime import datetime

from backend.connecting.errors import NoGrant, TicketExpired
from backend.connecting.models import ConnectionAttempt, Flow
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.secret import Secret
from backend.platforms.port import Grant

CHOOSING = (Flow.MOCK, Flow.OAUTH)  # Flows in which a member chooses from what the grant reaches.
TABLE, COLUMN = "connecting_connectionattempt", "grant"


def keep_grant(attempt: ConnectionAttempt, grant: Grant) -> None:
    """Seal the grant into the unsaved row."""
    clear = json.dumps(
        {
            "token": grant.token.reveal(),
            "expiresAt": grant.expires_at.isoformat() if grant.expires_at else None,
            "permissions": grant.permissions,
            "declined": grant.declined,
            "userId": grant.user_id,
            "userName": grant.user_name,
            "targets": grant.targets,
        }
    )
    attempt.grant = vault.seal(Secret(clear), table=TABLE, row=attempt.pk, column=COLUMN)


def save_grant(attempt: ConnectionAttempt, grant: Grant) -> None:
    """Seal the grant into the kept row; an attempt that others ended meanwhile keeps nothing."""
    keep_grant(attempt, grant)
    ConnectionAttempt.objects.filter(pk=attempt.pk, finished_at__isnull=True).update(grant=attempt.grant)


def kept_grant(attempt: ConnectionAttempt) -> Grant:
    """The grant that was sealed. Raises NoGrant, VaultUnreadable."""
    if not attempt.grant:
        raise NoGrant
    kept = json.loads(vault.unseal(attempt.grant, table=TABLE, row=attempt.pk, column=COLUMN).reveal())
    return Grant(
        token=Secret(kept["token"]),
        expires_at=datetime.fromisoformat(kept["expiresAt"]) if kept["expiresAt"] else None,
        permissions=tuple(kept["permissions"]),
        declined=tuple(kept["declined"]),
        user_id=kept["userId"],
        user_name=kept["userName"],
        targets={permission: tuple(ids) for permission, ids in kept["targets"].items()},
    )


def open_attempt(integration: ChannelIntegration) -> ConnectionAttempt:
    """The newest attempt whose grant still waits for a choice. Raises NoGrant."""
    attempt = (
        ConnectionAttempt.objects.open(now())
        .select_related("integration")
        .filter(integration_id=integration.pk, flow__in=CHOOSING)
        .exclude(grant="")
        .order_by("-created_at")
        .first()
    )
    if attempt is None:
        raise NoGrant
    return attempt


def use_up(attempt: ConnectionAttempt, *, until: datetime) -> None:
    """The attempt has reached its end, once, and stays in our hand until then for the steps that follow.

    Of two that reach it at the same moment one wins. Raises TicketExpired.
    """
    still_open = ConnectionAttempt.objects.filter(pk=attempt.pk, finished_at__isnull=True)
    if not still_open.update(finished_at=now(), grant="", claimed_until=until, account_id=attempt.account_id):
        raise TicketExpired


def forget_grants_of(user_id: str, *, until: datetime | None) -> int:
    """No attempt goes on that this person of the platform granted up to then; how many there were."""
    if not user_id:
        return 0
    waiting = ConnectionAttempt.objects.filter(finished_at__isnull=True).exclude(grant="")
    if until:
        waiting = waiting.filter(returned_at__lte=until)
    theirs = [attempt.pk for attempt in waiting if _granted_by(attempt) == user_id]
    return ConnectionAttempt.objects.filter(pk__in=theirs).update(grant="", finished_at=now())


def _granted_by(attempt: ConnectionAttempt) -> str:
    try:
        return kept_grant(attempt).user_id
    except vault.VaultUnreadable:  # It ends within the hour, and nobody can use it.
        return ""


def forget_grants(integration: ChannelIntegration) -> None:
    """No attempt of this integration goes on; what was sealed for them is gone."""
    ConnectionAttempt.objects.filter(integration_id=integration.pk).exclude(
        grant="", finished_at__isnull=False
    ).update(grant="", finished_at=now())
