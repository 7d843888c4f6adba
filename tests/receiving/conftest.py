from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings as django_settings

from backend.integrations.models import ChannelIntegration
from backend.lib import clock
from backend.receiving import process
from backend.receiving.door import Door
from backend.receiving.models import WebhookEvent
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.doors import Disk, make_door
from tests.receiving.media_host import Later, Meta

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


@pytest.fixture
def meta(settings: Any) -> Meta:
    said = Meta()
    settings.META_TRANSPORT = httpx2.MockTransport(said)
    return said


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "WHATSAPP")


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Later]:
    """Move the clock on, each time by so much."""
    offset_file, passed = tmp_path / "clock", timedelta()

    def move(by: timedelta) -> None:
        nonlocal passed
        passed += by
        offset_file.write_text(str(int(passed.total_seconds())))
        clock.use_offset_file(offset_file)

    yield move
    clock.use_offset_file(django_settings.DATA_DIR / "clock")
