"""What is held up on its way out, in words for a person: of one integration, and of the whole installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from backend.integrations.models import ChannelIntegration
from backend.lib.json_types import JSONObject
from backend.sending.lines import host_of, key_of
from backend.sending.models import HeldFor, Pace

CODE = "sending"
TOLD: dict[str, tuple[str, str]] = {
    # Why -> what it is, and what to do about it.
    HeldFor.THROTTLED: (
        "The platform asked this account to send more slowly; its messages wait.",
        "Nothing is lost: sending goes on by itself.",
    ),
    HeldFor.FAILING: (
        "The platform fails for this account alone; its messages wait, and one is tried now and then.",
        "Nothing is lost: sending goes on by itself. If it stays, test the connection.",
    ),
    HeldFor.OUTAGE: (
        "The platform fails for several accounts: it has an outage. All messages wait.",
        "Nothing is lost: sending goes on by itself as soon as the platform answers.",
    ),
}


@dataclass(frozen=True, slots=True)
class Held:
    """What is held in the whole installation."""

    outages: list[str]  # The hosts of the platform, by the login that they serve.
    accounts: dict[str, int]  # Why -> how many accounts.


def sending_checks(integration: ChannelIntegration, at: datetime) -> list[JSONObject]:
    """Why this account's messages wait, if they do: one line for the account, one for an outage."""
    keys = [key_of(integration), host_of(integration.login)] if integration.account_id else []
    rows = Pace.objects.filter(pk__in=keys, held_until__isnull=False)
    return [_check(row, at) for row in rows if row.held_for in TOLD]


def _check(row: Pace, at: datetime) -> JSONObject:
    message, remedy = TOLD[row.held_for]
    return {
        "code": CODE,
        "ok": False,
        "message": f"{message} {row.told}".strip(),
        "resolution": remedy,
        "at": row.held_since or at,
    }


def held_now() -> Held:
    """What every worker waits with at this moment."""
    rows = Pace.objects.filter(held_until__isnull=False).exclude(held_for="")
    outages = rows.filter(held_for=HeldFor.OUTAGE).values_list("key", flat=True)
    accounts = rows.exclude(held_for=HeldFor.OUTAGE).values("held_for").order_by("held_for")
    return Held(
        outages=sorted(key.partition(":")[2] for key in outages),
        accounts={row["held_for"]: row["count"] for row in accounts.annotate(count=Count("key"))},
    )
