"""Files: what passes as what, and the way of a file to the platform before its message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.conversations.models import Attachment, Conversation, Message
from backend.files.models import StoredFile
from backend.integrations.models import PlatformUpload
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.platforms.port import DeliveryStatus
from backend.platforms.registry import PLATFORMS
from backend.sending import deliver, uploads
from backend.sending.errors import Unfitting, Unsupported
from backend.sending.media import fit
from backend.simulator import samples
from tests.conftest import Cast
from tests.files.keeping import keep
from tests.files.samples import DOCX, JPEG, MP4, PDF, PNG
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal
from tests.sending.conftest import Platform, Reply, again, started

KIB = 1024
VOICE, STICKER = samples.sample("voice"), samples.sample("sticker")
MOVING = b"RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"


def file_of(content: bytes = PNG, mime_type: str = "image/png", size: int = 1000) -> StoredFile:
    """A row whose bytes nobody looks at."""
    return StoredFile(mime_type=mime_type, size=size, name="a")


def fitted(platform: str, file: StoredFile, *, voice: bool = False, sticker: bool = False) -> tuple[str, str]:
    (one,) = fit(PLATFORMS[platform], [("mediaIds.0", file)], voice=voice, sticker=sticker)
    return one.type, one.form


@pytest.mark.parametrize(
    ("platform", "mime_type", "wanted"),
    [
        ("WHATSAPP", "image/jpeg", "IMAGE"),
        ("WHATSAPP", "video/3gpp", "VIDEO"),
        ("WHATSAPP", "audio/mpeg", "AUDIO"),
        ("WHATSAPP", "text/plain", "DOCUMENT"),
        ("WHATSAPP", "image/gif", ""),
        ("WHATSAPP", "image/webp", ""),
        ("WHATSAPP", "application/zip", ""),
        ("MESSENGER", "image/gif", "IMAGE"),
        ("MESSENGER", "video/quicktime", "VIDEO"),
        ("MESSENGER", "application/zip", "DOCUMENT"),
        ("INSTAGRAM", "audio/mp4", "AUDIO"),
        ("INSTAGRAM", "audio/ogg", ""),
        ("INSTAGRAM", "application/pdf", "DOCUMENT"),
        ("INSTAGRAM", "text/plain", ""),
    ],
)
def test_what_passes_as_what(platform: str, mime_type: str, wanted: str) -> None:
    if wanted:
        assert fitted(platform, file_of(mime_type=mime_type)) == (wanted, "")
        return
    with pytest.raises(Unsupported) as refused:
        fitted(platform, file_of(mime_type=mime_type))
    assert (refused.value.resolution or "").startswith("Send one of these instead: ")


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_how_large_a_picture_may_be(platform: str) -> None:
    most = PLATFORMS[platform].capabilities.media[fit_type("IMAGE")].max_bytes
    fitted(platform, file_of(size=most))
    with pytest.raises(Unfitting) as refused:
        fitted(platform, file_of(size=most + 1))
    assert list(refused.value.fields or {}) == ["mediaIds.0"]


def fit_type(name: str) -> Any:
    return next(kind for kind in PLATFORMS["WHATSAPP"].capabilities.media if kind == name)


def test_stickers_are_small_and_whatsapps_alone(cast: Cast) -> None:
    still = keep(cast.business.pk, STICKER + bytes(101 * KIB))
    moving = keep(cast.business.pk, MOVING + bytes(101 * KIB))
    assert fitted("WHATSAPP", moving, sticker=True) == ("STICKER", "")
    with pytest.raises(Unfitting):
        fitted("WHATSAPP", still, sticker=True)
    for platform in ("MESSENGER", "INSTAGRAM"):
        with pytest.raises(Unsupported):
            fitted(platform, moving, sticker=True)
    with pytest.raises(Unsupported):
        fitted("WHATSAPP", keep(cast.business.pk, PNG), sticker=True)


# ---- the way to the platform


@pytest.fixture
def number(cast: Cast) -> Conversation:
    return started(connected(cast.business, "WHATSAPP"))


class Holder(Platform):
    """Meta, which takes files too."""

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        is_upload = request.url.path.endswith(("/media", "/message_attachments"))
        if not is_upload or self.answers:
            return super().__call__(request)
        self.asked.append(request)
        name = f"file-{len(self.uploads())}"
        return httpx2.Response(200, json={"id": name, "attachment_id": name})

    def uploads(self) -> list[httpx2.Request]:
        return [one for one in self.asked if b"multipart" in one.headers["content-type"].encode()]

    def sent(self) -> list[JSONObject]:
        return [body for one in self.asked if one not in self.uploads() for body in [read(one)]]


def read(request: httpx2.Request) -> JSONObject:
    (body,) = Platform(asked=[request]).bodies()
    return body


@pytest.fixture
def holder(platform: Platform, settings: Any) -> Holder:
    meta = Holder()
    settings.META_TRANSPORT = httpx2.MockTransport(meta)
    return meta


def go() -> None:
    """Do what both lanes do until nothing is left."""
    busy = True
    while busy:
        busy = uploads.drain(map) | deliver.drain(map)


def send(
    reply: Reply, where: Conversation, *files: StoredFile, text: str = "", **flags: bool
) -> list[Message]:
    content = {"mediaIds": [str(file.pk) for file in files]} | flags
    return reply(text, type="MEDIA", where=where, content=content)


def test_a_file_is_handed_in_and_then_named(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    picture = keep(cast.business.pk, JPEG)
    (message,) = send(reply, number, picture, text="Look")
    assert (message.type, message.text, message.due_at) == ("IMAGE", "Look", None)
    assert Attachment.objects.get(message=message).file_id == picture.pk
    assert not deliver.drain(map)  # Nothing goes out before its file.
    go()
    (handed,) = holder.uploads()
    assert handed.url.path.endswith(f"/{number.account_id}/media")
    assert JPEG in handed.content
    assert b"image/jpeg" in handed.content
    (sent,) = holder.sent()
    assert sent["image"] == {"id": "file-1", "caption": "Look"}
    assert again(message).delivery_status == DeliveryStatus.SENT


def test_an_upload_is_used_again_until_it_ends(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    picture = keep(cast.business.pk, PNG)
    for _ in range(2):
        send(reply, number, picture)
        go()
    assert len(holder.uploads()) == 1
    assert PlatformUpload.objects.get().ends_at > now() + timedelta(days=28)
    PlatformUpload.objects.update(ends_at=now())
    send(reply, number, picture)
    go()
    assert [body["image"]["id"] for body in holder.sent()] == ["file-1", "file-1", "file-2"]
    assert PlatformUpload.objects.count() == 1


def test_an_id_that_the_platform_forgot_is_made_anew_once(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    picture = keep(cast.business.pk, PNG)
    send(reply, number, picture)
    go()
    (message,) = send(reply, number, picture)
    PlatformUpload.objects.update(made_at=now() - timedelta(days=20))
    holder.answers = [refusal(100)]
    go()
    assert [body["image"]["id"] for body in holder.sent()] == ["file-1", "file-1", "file-2"]
    assert again(message).delivery_status == DeliveryStatus.SENT


def test_a_refusal_of_a_fresh_upload_stands(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    (message,) = send(reply, number, keep(cast.business.pk, PNG))
    uploads.drain(map)
    holder.answers = [refusal(100)]
    go()
    assert again(message).delivery_status == DeliveryStatus.FAILED
    assert len(holder.sent()) == 1


def test_an_upload_that_fails_is_tried_again_and_nothing_was_sent(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    (message,) = send(reply, number, keep(cast.business.pk, PNG))
    holder.answers = [httpx2.ReadTimeout("late")]
    uploads.drain(map)
    waiting = again(message)
    assert (waiting.delivery_status, waiting.attempts) == (DeliveryStatus.QUEUED, 1)
    assert waiting.due_at is not None
    assert waiting.due_at > now()
    Message.objects.update(due_at=now())
    go()
    assert again(message).delivery_status == DeliveryStatus.SENT
    assert len(holder.sent()) == 1


def test_an_upload_that_is_refused_fails_the_message_with_the_reason(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    (message,) = send(reply, number, keep(cast.business.pk, PNG))
    holder.answers = [refusal(131053)]
    go()
    failed = again(message)
    assert (failed.delivery_status, failed.error_platform_code) == (DeliveryStatus.FAILED, 131053)
    assert failed.error_resolution
    assert holder.sent() == []


def test_a_token_that_is_dead_marks_the_account(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    (message,) = send(reply, number, keep(cast.business.pk, PNG))
    holder.answers = [refusal(190, 460, status=401)]
    go()
    failed = again(message)
    assert (failed.delivery_status, failed.error_code) == (DeliveryStatus.FAILED, "reconnect_required")
    assert failed.conversation.integration.status == "ERROR"


def test_a_file_that_is_gone_fails_the_message(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    picture = keep(cast.business.pk, PNG)
    (message,) = send(reply, number, picture)
    StoredFile.objects.update(state="LEAVING")
    go()
    assert (again(message).delivery_status, holder.asked) == (DeliveryStatus.FAILED, [])


def test_the_order_holds_while_a_file_is_on_its_way(
    cast: Cast, number: Conversation, reply: Reply, holder: Holder
) -> None:
    send(reply, number, keep(cast.business.pk, PDF, name="a.pdf", kept_until=now()))
    reply("after it", where=number)
    assert not deliver.drain(map)
    go()
    assert [body["type"] for body in holder.sent()] == ["document", "text"]
    assert holder.sent()[0]["document"]["filename"] == "a.pdf"


def test_several_files_and_a_text_that_does_not_fit_below_one(
    cast: Cast, conversation: Conversation, reply: Reply, holder: Holder
) -> None:
    """Messenger has no captions."""
    files = [keep(cast.business.pk, content) for content in (PNG, MP4, DOCX)]
    rows = send(reply, conversation, *files, text="All of it")
    assert [row.type for row in rows] == ["IMAGE", "VIDEO", "DOCUMENT", "TEXT"]
    go()
    sent = [body["message"] for body in holder.sent()]
    assert [one["attachment"]["type"] for one in sent[:3]] == ["image", "video", "file"]
    assert [one["attachment"]["payload"] for one in sent[:3]] == [
        {"attachment_id": f"file-{number}"} for number in (1, 2, 3)
    ]
    assert sent[3]["text"] == "All of it"


def test_a_voice_note_says_so(cast: Cast, number: Conversation, reply: Reply, holder: Holder) -> None:
    send(reply, number, keep(cast.business.pk, VOICE), voice=True)
    go()
    assert holder.sent()[0]["audio"] == {"id": "file-1", "voice": True}


def test_files_of_others_are_not_there(cast: Cast, number: Conversation, reply: Reply) -> None:
    theirs = keep(cast.rival.pk, PNG)
    with pytest.raises(Unfitting) as refused:
        send(reply, number, keep(cast.business.pk, PDF), theirs)
    assert list(refused.value.fields or {}) == ["mediaIds.1"]
