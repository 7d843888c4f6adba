"""Files to the customer, read off the phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backend.files.models import StoredFile
from backend.integrations.models import PlatformUpload
from backend.lib.clock import now
from backend.simulator.samples import sample
from tests.conftest import Cast
from tests.files.keeping import keep
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import every_platform, started
from tests.journeys.test_kinds_out import seen, send

KINDS = {
    "WHATSAPP": {"image": "IMAGE", "video": "VIDEO", "voice": "AUDIO", "document": "DOCUMENT"},
    "MESSENGER": {"image": "IMAGE", "video": "VIDEO", "voice": "AUDIO", "document": "DOCUMENT"},
    "INSTAGRAM": {"image": "IMAGE", "video": "VIDEO", "document": "DOCUMENT"},
}
ON_THE_PHONE = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio", "DOCUMENT": "document"}


def files(cast: Cast, *kinds: str) -> list[str]:
    """Ids of files that the business has uploaded."""
    return [
        str(keep(cast.business.pk, sample(kind), kept_until=now(), name=f"our {kind}").pk) for kind in kinds
    ]


def with_files(owner: Desk, conversation: Any, ids: list[str], expect: int = 202, **more: Any) -> Any:
    return send(owner, conversation, expect, type="MEDIA", mediaIds=ids, **more)


@every_platform
def test_every_kind_of_file(owner: Desk, phone: Phone, work: Work, cast: Cast, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    assert "media" in owner.integration(platform)["features"]
    kinds = KINDS[platform]
    queued = with_files(owner, conversation, files(cast, *kinds))["messages"]
    assert [message["type"] for message in queued] == list(kinds.values())
    work()
    shown = seen(phone, platform)
    assert [item["kind"] for item in shown] == [ON_THE_PHONE[kind] for kind in kinds.values()]
    sent = owner.messages(conversation)[1:]
    assert {message["status"] for message in sent} <= {"SENT", "DELIVERED"}
    for message, item in zip(sent, shown, strict=True):
        assert message["externalId"] == item["id"]
        assert message["payload"]["media"]["mimeType"]


@every_platform
def test_a_text_goes_with_it(owner: Desk, phone: Phone, work: Work, cast: Cast, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    with_files(owner, conversation, files(cast, "image"), text="The blue one")
    work()
    shown = [(item["kind"], item["text"] or "") for item in seen(phone, platform)]
    below = [("image", "The blue one")]
    behind = [("image", ""), ("text", "The blue one")]
    assert shown == (below if platform == "WHATSAPP" else behind)


def test_voice_notes_and_stickers(owner: Desk, phone: Phone, work: Work, cast: Cast) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    with_files(owner, conversation, files(cast, "voice"), voice=True)
    with_files(owner, conversation, files(cast, "sticker"), sticker=True)
    work()
    assert [item["kind"] for item in seen(phone, "WHATSAPP")] == ["audio", "sticker"]
    assert {message["status"] for message in owner.messages(conversation)[1:]} == {"DELIVERED"}


@pytest.mark.parametrize(
    ("platform", "kind", "flags"),
    [
        ("INSTAGRAM", "voice", {}),
        ("WHATSAPP", "sticker", {}),
        ("MESSENGER", "sticker", {"sticker": True}),
    ],
)
def test_what_a_platform_does_not_take(
    owner: Desk, phone: Phone, work: Work, cast: Cast, platform: str, kind: str, flags: dict[str, bool]
) -> None:
    conversation = started(owner, phone, work, platform)
    answer = with_files(owner, conversation, files(cast, kind), 409, **flags)
    assert answer["code"] == "unsupported_by_platform"
    assert answer["resolution"]
    work()
    assert seen(phone, platform) == []


def test_what_is_not_there(owner: Desk, rival: Desk, phone: Phone, work: Work, cast: Cast) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    theirs = str(keep(cast.rival.pk, sample("image")).pk)
    assert list(with_files(owner, conversation, [theirs], 400)["fields"]) == ["mediaIds.0"]
    assert list(with_files(owner, conversation, [], 400)["fields"]) == ["mediaIds"]
    StoredFile.objects.update(state="LEAVING")
    assert list(with_files(owner, conversation, [*files(cast, "image"), theirs], 400)["fields"]) == [
        "mediaIds.1"
    ]


@every_platform
def test_an_upload_serves_again(owner: Desk, phone: Phone, work: Work, cast: Cast, platform: str) -> None:
    conversation = started(owner, phone, work, platform)
    ids = files(cast, "image")
    for _ in range(2):
        with_files(owner, conversation, ids)
        work()
    assert len(seen(phone, platform)) == 2
    assert PlatformUpload.objects.count() == 1


def test_by_instagrams_own_login_the_file_is_fetched(
    owner: Desk, phone: Phone, work: Work, cast: Cast
) -> None:
    conversation = started(owner, phone, work, "INSTAGRAM", login="instagram")
    with_files(owner, conversation, files(cast, "image"))
    work()
    (shown,) = seen(phone, "INSTAGRAM")
    assert (shown["kind"], "/api/media/" in str(shown)) == ("image", True)
    assert PlatformUpload.objects.count() == 0


def test_from_the_desk_to_the_phone(owner: Desk, phone: Phone, work: Work) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    file = SimpleUploadedFile("menu.pdf", sample("document"), content_type="application/pdf")
    handed_in = owner.client.post("/api/media", {"file": file}, format="multipart")
    assert handed_in.status_code == 201, handed_in.content
    queued = with_files(owner, conversation, [handed_in.json()["media"]["id"]], text="Our menu")["message"]
    assert [(one["type"], one["state"]) for one in queued["attachments"]] == [("DOCUMENT", "STORED")]
    assert queued["payload"]["media"]["name"] == "menu.pdf"
    work()
    assert [(item["kind"], item["text"]) for item in seen(phone, "WHATSAPP")] == [("document", "Our menu")]
    # What came in can be sent on: an attachment's id will do.
    phone.post("/sim/inbound", platform="WHATSAPP", kind="image")
    work()
    (picture,) = owner.messages(conversation)[-1]["attachments"]
    with_files(owner, conversation, [picture["id"]])
    work()
    assert [item["kind"] for item in seen(phone, "WHATSAPP")] == ["document", "image"]


def test_while_the_platform_is_away(owner: Desk, phone: Phone, work: Work, cast: Cast) -> None:
    conversation = started(owner, phone, work, "WHATSAPP")
    phone.post("/sim/faults", graph={"outage": True})
    with_files(owner, conversation, files(cast, "image"))
    work()
    assert owner.messages(conversation)[-1]["status"] == "QUEUED"
    phone.post("/sim/faults")
    assert seen(phone, "WHATSAPP") == []
