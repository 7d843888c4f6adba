"""The two-step PIN of a number: sealed with the attempt that set it, gone when the number is disconnected."""

from __future__ import annotations

from secrets import randbelow

from backend.connecting.models import ConnectionAttempt
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret

TABLE, COLUMN = "connecting_connectionattempt", "pin"


def keep_pin(attempt: ConnectionAttempt, pin: Secret) -> None:
    """Seal the PIN into the row, before anybody is told of it."""
    attempt.pin = vault.seal(pin, table=TABLE, row=attempt.pk, column=COLUMN)
    attempt.save(update_fields=["pin"])


def pin_for(attempt: ConnectionAttempt) -> Secret:
    """The PIN to register with: the attempt's, else one that was set for this number before, else a new one.

    It is kept before it is used. Raises VaultUnreadable.
    """
    known = attempt if attempt.pin else _former(attempt)
    if known:
        pin = vault.unseal(known.pin, table=TABLE, row=known.pk, column=COLUMN)
    else:
        pin = Secret(f"{randbelow(10**6):06}")
    if known is not attempt:
        keep_pin(attempt, pin)
    return pin


def forget_pin(attempt: ConnectionAttempt) -> None:
    """It was the wrong one."""
    attempt.pin = ""
    attempt.save(update_fields=["pin"])


def forget_pins(integration: ChannelIntegration) -> None:
    """What was sealed for the numbers of this integration is gone."""
    ConnectionAttempt.objects.filter(integration=integration).exclude(pin="").update(pin="")


def _former(attempt: ConnectionAttempt) -> ConnectionAttempt | None:
    """The newest attempt that kept a PIN for the same number."""
    kept = ConnectionAttempt.objects.filter(
        integration_id=attempt.integration_id, account_id=attempt.account_id
    ).exclude(pin="")
    return kept.order_by("-created_at", "-pk").first()
