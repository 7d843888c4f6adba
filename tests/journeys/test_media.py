"""What a customer sends as a file is here, as they sent it, on every platform."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from backend.conversations.models import Attachment
from backend.feed.models import FeedEntry
from backend.files.models import StoredFile
from backend.platforms.registry import PLATFORMS
from backend.receiving import leaving
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


def shown(owner: Desk, conversation: dict[str, Any]) -> dict[str, Any]:
    """The only file of the newest message."""
    [attachment] = owner.messages(conversation)[-1]["attachments"]
    return dict(attachment)


def read(client: Any, url: str) -> Any:
    """What a browser gets that knows nothing but the address."""
    return client.get(url.removeprefix(settings.PUBLIC_URL))


def test_a_browser_shows_it_and_a_rival_does_not(owner: Desk, rival: Desk, phone: Phone, work: Work) -> None:
    owner.connect("WHATSAPP")
    send(phone, "WHATSAPP", "image")
    work()
    [conversation] = owner.conversations()
    file = shown(owner, conversation)
    answer = read(APIClient(), file["url"])
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, sample("image"))
    rival.get(f"/api/media/{file['id']}", 404)
    told = FeedEntry.objects.filter(type="message.updated").values_list("data__messageId", flat=True)
    assert owner.messages(conversation)[-1]["id"] in set(told)


def test_what_is_taken_back_is_gone(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect("INSTAGRAM")
    send(phone, "INSTAGRAM", "image")
    work()
    [conversation] = owner.conversations()
    url = shown(owner, conversation)["url"]
    send(phone, "INSTAGRAM", "unsend")
    work()
    leaving.drain()
    file = shown(owner, conversation)
    assert (file["state"], file["url"], file["name"]) == ("REMOVED", None, None)
    assert read(APIClient(), url).status_code == 404
    assert not StoredFile.objects.exists()


def test_nothing_is_left_of_an_erased_customer(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect("MESSENGER")
    send(phone, "MESSENGER", "document")
    work()
    [conversation] = owner.conversations()
    url = shown(owner, conversation)["url"]
    owner.delete(f"/api/contacts/{conversation['contact']['id']}")
    leaving.drain()
    assert read(APIClient(), url).status_code == 404
    assert not StoredFile.objects.exists()
    assert not Attachment.objects.exists()


def test_what_whatsapp_itself_could_not_get_says_so(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect("WHATSAPP")
    send(phone, "WHATSAPP", "lost_media")
    work()
    [conversation] = owner.conversations()
    file = shown(owner, conversation)
    assert (file["type"], file["state"]) == ("IMAGE", "FAILED")
    assert file["error"]["code"] == "media_unavailable"
    assert "Failed to download" in file["error"]["message"]
    assert file["error"]["resolution"]


@every_platform
def test_meta_is_away_when_the_file_comes(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    """The links live on; the platform's answers do not matter where the link that came along still works."""
    owner.connect(platform)
    send(phone, platform, "image")
    phone.post("/sim/faults", graph={"outage": True})
    work()
    [conversation] = owner.conversations()
    assert shown(owner, conversation)["state"] == "STORED"
