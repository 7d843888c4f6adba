"""The secret of an integration's own webhook path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import close_old_connections

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret


def integration_exists(platform: str, integration_id: UUID) -> bool:
    """Whether this path belongs to an integration of ours."""
    with _own_connection():
        return ChannelIntegration.objects.filter(pk=integration_id, platform=platform).exists()


def own_verify_token(integration_id: UUID) -> Secret | None:
    """The integration's webhook secret; None where it keeps none, or the keys do not open it."""
    with _own_connection():
        integration = ChannelIntegration.objects.filter(pk=integration_id).first()
    try:
        return vault.take(integration, "webhook_secret") if integration else None
    except vault.VaultUnreadable:
        return None


@contextmanager
def _own_connection() -> Iterator[None]:
    """These run in threads that the event loop lends; one that kept its connection would empty the pool."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()
