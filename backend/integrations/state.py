"""Changes of an integration's state that more than one flow makes; each tells the feed in its transaction."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from backend.feed.publish import Change, publish
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.lib.storable import storable_text


def save_changed(integration: ChannelIntegration, *columns: str) -> None:
    """Save the columns, and tell the feed."""
    with transaction.atomic():
        integration.updated_at = now()
        integration.save(update_fields=[*columns, "updated_at"])
        publish([integration_changed(integration)])


def integration_changed(integration: ChannelIntegration) -> Change:
    return Change(
        business_id=integration.business_id,
        type="integration.updated",
        data={
            "integrationId": str(integration.pk),
            "platform": integration.platform,
            "status": integration.status,
        },
    )


SAID_FOR = timedelta(minutes=10)  # The same again within this time is no news.
ERROR_COLUMNS = ("last_error", "last_error_at", "last_error_code", "last_error_resolution")


def note_error(
    integration: ChannelIntegration, *, code: str, message: str, resolution: str | None, fatal: bool = False
) -> bool:
    """Keep what went wrong on the row. Fatal: the platform no longer takes the token that the caller read.

    Says whether this ended the access: the account was connected until now. The status is changed by the database
    alone, and only while the row still holds that token: whoever disconnected or reconnected it meanwhile is not
    overruled.
    """
    integration.last_error = storable_text(message)
    integration.last_error_at = now()
    integration.last_error_code = code
    integration.last_error_resolution = resolution
    with transaction.atomic():
        ended = fatal and _change_status(integration, IntegrationStatus.CONNECTED, IntegrationStatus.ERROR)
        save_changed(integration, *ERROR_COLUMNS)
    return ended


def note_attention(
    integration: ChannelIntegration, *, code: str, message: str, resolution: str | None
) -> None:
    """Keep what a person has to put right, while the account stays connected; told once in a while, not each time."""
    said_at = integration.last_error_at
    is_known = integration.last_error_code == code and integration.last_error == storable_text(message)
    if not is_known or said_at is None or now() - said_at > SAID_FOR:
        note_error(integration, code=code, message=message, resolution=resolution)


def note_working(integration: ChannelIntegration) -> None:
    """The platform takes the token that the caller read: no error is left, and ERROR is over."""
    forget_error(integration)
    with transaction.atomic():
        _change_status(integration, IntegrationStatus.ERROR, IntegrationStatus.CONNECTED)
        save_changed(integration, *ERROR_COLUMNS)


def _change_status(integration: ChannelIntegration, old: IntegrationStatus, new: IntegrationStatus) -> bool:
    same = ChannelIntegration.objects.filter(
        pk=integration.pk, status=old, access_token=integration.access_token
    )
    if not same.update(status=new):
        return False
    integration.status = new
    return True


def forget_error(integration: ChannelIntegration) -> None:
    """Set the error columns back on the unsaved row."""
    for column in ERROR_COLUMNS:
        setattr(integration, column, None)
