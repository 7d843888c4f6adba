"""
The templates of WhatsApp Business accounts, kept as the platform lists them.

They are read when an account is connected, daily, when somebody asks, and whenever the platform says or shows that they
changed. Whoever learns of a change asks for a sync by a row; the lane `templates` does it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from backend.engine.lanes import ring
from backend.integrations.adapters import account_of, whatsapp
from backend.integrations.models import ChannelIntegration, IntegrationStatus, MessageTemplate, TemplateSync
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.storable import storable, storable_text
from backend.platforms.errors import PlatformError
from backend.platforms.whatsapp.templates import TemplateFacts

logger = structlog.get_logger(__name__)

LANE = "templates"
PLATFORM = "WHATSAPP"
EVERY = timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
BATCH = 20
FACTS = (
    "business_account_id",
    "external_id",
    "status",
    "category",
    "quality",
    "rejected_reason",
    "named",
    "components",
    "updated_at",
)


def templates_of(integration: ChannelIntegration) -> QuerySet[MessageTemplate]:
    """The templates of the account that is connected now."""
    return MessageTemplate.objects.filter(
        integration=integration, business_account_id=integration.platform_account_id or ""
    )


def ask_for_sync(integration_ids: Collection[UUID]) -> None:
    """Have the templates of these read again soon, in the caller's transaction. Rings `templates`."""
    rows = [TemplateSync(integration_id=each, due_at=now()) for each in sorted(integration_ids)]
    TemplateSync.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["integration"], update_fields=["due_at"]
    )
    transaction.on_commit(partial(ring, LANE))


def sync(integration: ChannelIntegration) -> int:
    """Read the templates now; how many there are. Raises PlatformError, VaultUnreadable. Safe to repeat."""
    account = account_of(integration)
    found = whatsapp().list_templates(account)
    _keep(integration, account.business_account_id or account.platform_account_id, found)
    return len(found)


def _keep(integration: ChannelIntegration, business_account_id: str, found: list[TemplateFacts]) -> None:
    present = now()
    # Meta may list one twice while it is being changed; the later one counts.
    listed = {(facts.name, facts.language): facts for facts in found}
    rows = [
        MessageTemplate(
            integration=integration,
            business_account_id=business_account_id,
            external_id=storable_text(facts.external_id, 64),
            name=storable_text(facts.name, 512),
            language=storable_text(facts.language, 32),
            status=storable_text(facts.status, 32),
            category=storable_text(facts.category, 32),
            quality=storable_text(facts.quality, 16),
            rejected_reason=storable_text(facts.rejected_reason),
            named=facts.named,
            components=storable(facts.components),
            updated_at=present,
        )
        for facts in listed.values()
    ]
    with transaction.atomic():
        MessageTemplate.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["integration", "name", "language"],
            update_fields=FACTS,
            batch_size=500,
        )
        MessageTemplate.objects.filter(integration=integration).exclude(updated_at=present).delete()
        TemplateSync.objects.update_or_create(
            integration=integration,
            defaults={"due_at": present + EVERY, "synced_at": present, "failures": 0, "error_message": ""},
        )


def drain() -> bool:
    """Read what is due; whether there may be more."""
    _set_missing()
    rows = list(due(now()).select_related("integration").order_by("due_at")[:BATCH])
    for row in rows:
        _take(row)
    return len(rows) == BATCH


def due(at: datetime) -> QuerySet[TemplateSync]:
    """What is to be read now."""
    return TemplateSync.objects.filter(
        due_at__lte=at, integration__status=IntegrationStatus.CONNECTED, integration__platform=PLATFORM
    )


def _set_missing() -> None:
    """Connected accounts whose templates nobody has read yet."""
    known = TemplateSync.objects.filter(integration=OuterRef("pk"))
    connected = ChannelIntegration.objects.filter(platform=PLATFORM, status=IntegrationStatus.CONNECTED)
    unread = connected.filter(~Exists(known)).only("pk")[:BATCH]
    TemplateSync.objects.bulk_create(
        [TemplateSync(integration=each) for each in unread], ignore_conflicts=True
    )


def _take(row: TemplateSync) -> None:
    try:
        sync(row.integration)
    except (PlatformError, VaultUnreadable) as error:
        # What is wrong with the account itself, the daily look finds and tells.
        logger.info("templates.not_read", integration_id=str(row.pk), code=error.code)
        pause = min(FIRST_PAUSE * 2 ** min(row.failures, 10), LONGEST_PAUSE)
        TemplateSync.objects.filter(pk=row.pk).update(
            due_at=now() + pause, failures=row.failures + 1, error_message=storable_text(error.message)
        )
