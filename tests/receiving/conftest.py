from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.integrations.models import ChannelIntegration
from backend.receiving import process
from backend.receiving.door import Door
from backend.receiving.models import WebhookEvent
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.doors import Disk, make_door

Deliver = Callable[..., list[WebhookEvent]]


@pytest.fixture(params=["INSTAGRAM", "MESSENGER", "WHATSAPP"])
def integration(request: pytest.FixtureRequest, cast: Cast) -> ChannelIntegration:
    """A connected account, of each platform in turn."""
    return connected(cast.business, request.param)


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    """A connected Page, where the platform does not matter."""
    return connected(cast.business, "MESSENGER")


@pytest.fixture
def deliver() -> Deliver:
    """Put the bodies into the inbox, and process whatever waits there."""

    def store_and_drain(*bodies: bytes) -> list[WebhookEvent]:
        events = WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])
        process.drain()
        return list(WebhookEvent.objects.filter(pk__in=[event.pk for event in events]).order_by("id"))

    return store_and_drain


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def door(disk: Disk) -> Door:
    return make_door(disk)
