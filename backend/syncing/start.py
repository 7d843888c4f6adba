"""An import begins, because somebody asked for it."""

from __future__ import annotations

from functools import partial

from django.db import IntegrityError, transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.engine.lanes import ring
from backend.feed.publish import publish
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import Login
from backend.platforms.registry import INFOS
from backend.syncing.errors import HistoryNotAllowed, ImportRunning, NoHistory, NotConnected
from backend.syncing.models import HistoryImport, ImportOrigin
from backend.syncing.progress import import_changed

PAGE_SIZE = 10  # Conversations of one call, each with its newest messages.


def start_import(integration: ChannelIntegration, *, by: Caller | None) -> HistoryImport:
    """Begin to read the account's old conversations; the lane `imports` does it.

    Raises NotConnected, NoHistory, HistoryNotAllowed, and ImportRunning while one is under way.
    """
    check_allowed(integration)
    job = HistoryImport(
        business_id=integration.business_id,
        integration=integration,
        account_id=integration.account_id or "",
        origin=ImportOrigin.PLATFORM,
        page_size=PAGE_SIZE,
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            detail = {"platform": integration.platform, "accountId": job.account_id}
            audit.note(job.business_id, Action.IMPORT_STARTED, integration.pk, by=by, detail=detail)
            publish([import_changed(job)])
            transaction.on_commit(partial(ring, "imports"))
    except IntegrityError as error:
        raise ImportRunning from error
    return job


def check_allowed(integration: ChannelIntegration) -> None:
    """Raises what stands in the way of reading old conversations."""
    if not integration.is_connected:
        raise NotConnected
    needed = INFOS[integration.platform, Login(integration.login)].history_permissions
    if not needed:
        raise NoHistory
    missing = [name for name in needed if name not in integration.permissions]
    if missing:
        raise HistoryNotAllowed(HistoryNotAllowed.message.format(missing=", ".join(missing)))


def latest_import(integration: ChannelIntegration) -> HistoryImport | None:
    """The import that is running, or was the last one."""
    return HistoryImport.objects.filter(integration=integration).order_by("-started_at").first()
