"""What a customer sends as a file is here, as they sent it, on every platform."""

from __future__ import annotations

from typing import Any

import pytest

from backend.conversations.models import Attachment
from backend.platforms.registry import PLATFORMS
from backend.simulator.samples import sample
from tests.files.keeping import content_of
from tests.journeys.conftest import Desk, Phone, Work

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


def send(phone: Phone, platform: str, kind: str, **more: Any) -> None:
    phone.post("/sim/inbound", platform=platform, kind=kind, **more)


@every_platform
@pytest.mark.parametrize("kind", ["image", "video", "audio", "document"])
def test_a_file_arrives(owner: Desk, phone: Phone, work: Work, platform: str, kind: str) -> None:
    owner.connect(platform)
    send(phone, platform, kind)
    work()
    row = Attachment.objects.select_related("file").get()
    assert (row.state, row.type, row.error_message) == ("STORED", kind.upper(), "")
    assert row.file
    assert content_of(row.file) == sample(kind)


@pytest.mark.parametrize("kind", ["story_mention", "story_reply", "reel"])
def test_what_instagram_lends_is_here_for_a_day(owner: Desk, phone: Phone, work: Work, kind: str) -> None:
    owner.connect("INSTAGRAM")
    send(phone, "INSTAGRAM", kind)
    work()
    row = Attachment.objects.get()
    assert (row.state, row.type) == ("STORED", "SHARE" if kind == "reel" else "STORY")
    assert row.leaves_at


def test_a_whatsapp_link_that_has_died_is_asked_for_anew(
    owner: Desk, phone: Phone, work: Work, moved_clock: Work
) -> None:
    owner.connect("WHATSAPP")
    send(phone, "WHATSAPP", "image")
    phone.post("/sim/clock", advanceSeconds=600)
    work()
    assert Attachment.objects.get().state == "STORED"
