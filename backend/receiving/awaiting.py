"""
Events that speak of an account which nobody has connected wait for it, and are processed again once it is.

Which accounts are awaited stands in rows of its own, few for each event: a look costs nothing where there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.engine.rows import Row, insert_missing
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving.loads import ring_all
from backend.receiving.models import AwaitedAccount, EventState, WebhookEvent
from backend.receiving.readings import Reading

logger = structlog.get_logger(__name__)

BATCH = 500
AWAITED_FOR = timedelta(days=7)  # As long as the platform itself would have kept them for us.


def drain() -> bool:
    """Put events back into the inbox whose account somebody has connected; whether there may be more."""
    found = list(_connected_now().values_list("pk", "event_id").order_by("event_id")[:BATCH])
    if not found:
        _forget_old()
        return False
    with transaction.atomic():
        AwaitedAccount.objects.filter(pk__in=[pk for pk, _ in found]).delete()
        unrouted = WebhookEvent.objects.filter(
            pk__in={event_id for _, event_id in found}, state=EventState.UNROUTED
        )
        count = unrouted.update(state=EventState.RECEIVED, due_at=now(), attempts=0)
        transaction.on_commit(ring_all)
    logger.info("inbox.routed_again", events=count)
    return len(found) == BATCH


def _connected_now() -> QuerySet[AwaitedAccount]:
    live = ChannelIntegration.objects.live().filter(platform=OuterRef("platform"))
    either = Q(account_id=OuterRef("account_id")) | Q(app_scoped_id=OuterRef("account_id"))
    one = Exists(live.filter(either))
    wide = Exists(live.filter(platform_account_id=OuterRef("platform_account_id")))
    young = AwaitedAccount.objects.filter(event__received_at__gt=now() - AWAITED_FOR)
    return young.filter((~Q(account_id="") & one) | (Q(account_id="") & wide))


def _forget_old() -> None:
    """What nobody claimed is not waited for any longer; the events stay as they are, and can be replayed."""
    old = AwaitedAccount.objects.filter(event__received_at__lt=now() - AWAITED_FOR)
    AwaitedAccount.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()


def await_accounts(readings: Sequence[Reading]) -> None:
    """Note, in the caller's transaction, which accounts these events wait for."""
    rows: list[Row] = [
        {
            "event_id": reading.event.pk,
            "platform": platform,
            "account_id": account_id,
            "platform_account_id": wide,
        }
        for reading in readings
        for platform, account_id, wide in sorted(reading.unrouted)
        if reading.event.received_at > now() - AWAITED_FOR
    ]
    insert_missing(AwaitedAccount, rows)
