"""The files of messages come and go with their messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.conversations.models import Attachment, AttachmentState, Conversation, Message
from backend.conversations.record import erase_contact
from backend.conversations.record.attachments import LENT_FOR, attach_files
from backend.files import store
from backend.files.models import FileState, StoredFile
from backend.integrations.models import ChannelIntegration
from backend.platforms import port
from backend.platforms.port import AttachmentType, MessageType
from tests.conversations.conftest import Queue
from tests.conversations.said import BEN, at, deleted, echoed, received, tell
from tests.files.keeping import is_on_disk, keep

PICTURE = port.Attachment(type=AttachmentType.IMAGE, url="https://cdn.test/a.jpg", mime_type="image/jpeg")
STORY = port.Attachment(type=AttachmentType.STORY, url="https://cdn.test/s.jpg", transient=True)
FAILED = port.Attachment(type=AttachmentType.VIDEO, failure="Media download error")


def pictured(external_id: str, *files: port.Attachment, **more: Any) -> port.MessageReceived:
    return received(external_id, type=MessageType.IMAGE, attachments=files or (PICTURE,), **more)


def rows(external_id: str) -> list[Attachment]:
    return list(Attachment.objects.filter(message__external_id=external_id).order_by("position"))


def store_for(external_id: str, content: bytes = b"bytes") -> StoredFile:
    """The file of the message as the lane would have left it."""
    [row] = rows(external_id)
    file = keep(row.business_id, content)
    Attachment.objects.filter(pk=row.pk).update(state=AttachmentState.STORED, file=file, due_at=None)
    return file


def leave() -> None:
    while store.remove_leaving():
        pass


def test_each_file_of_a_message_is_a_row_that_waits(page: ChannelIntegration) -> None:
    tell(page, pictured("m1", PICTURE, STORY, FAILED), received("m2", 1))
    picture, story, failed = rows("m1")
    assert [row.state for row in (picture, story, failed)] == ["PENDING", "PENDING", "FAILED"]
    assert (picture.url, picture.mime_type, picture.leaves_at) == (PICTURE.url, "image/jpeg", None)
    assert story.leaves_at == at(0) + LENT_FOR
    assert (failed.error_code, failed.error_message) == ("media_unavailable", "Media download error")
    assert failed.error_resolution
    assert Attachment.objects.filter(due_at=None).count() == 1
    assert rows("m2") == []


def test_a_repetition_brings_no_second_file(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"), pictured("m1"))
    tell(page, pictured("m1"))
    assert len(rows("m1")) == 1


def test_files_of_an_echo_from_elsewhere_are_kept_too(page: ChannelIntegration) -> None:
    tell(page, echoed("m1", attachments=(PICTURE,)))
    assert [row.state for row in rows("m1")] == ["PENDING"]


@pytest.mark.parametrize("late", [False, True])
def test_what_is_taken_back_has_no_file(page: ChannelIntegration, late: bool) -> None:
    said: list[port.AnyNotice] = [pictured("m1"), deleted("m1", 5)]
    first, second = reversed(said) if late else said
    tell(page, first)
    tell(page, second)
    [row] = rows("m1")
    assert (row.state, row.url, row.due_at) == ("REMOVED", "", None)


def test_bytes_go_with_the_message_that_is_taken_back(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"))
    file = store_for("m1")
    tell(page, deleted("m1", 5))
    leave()
    assert not is_on_disk(file)
    assert not StoredFile.objects.exists()


def test_bytes_that_another_message_uses_stay(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"), pictured("m2", contact=BEN))
    assert store_for("m1").pk == store_for("m2").pk
    tell(page, deleted("m1", 5))
    leave()
    [kept] = rows("m2")
    assert kept.file
    assert is_on_disk(kept.file)
    tell(page, deleted("m2", 6))
    leave()
    assert not is_on_disk(kept.file)


def test_nothing_is_left_of_the_files_of_an_erased_person(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"), pictured("m2", contact=BEN))
    file, other = store_for("m1", b"ann's"), store_for("m2", b"ben's")
    erase_contact(Conversation.objects.get(contact__external_id="ann").contact_id)
    leave()
    assert rows("m1") == []
    assert not is_on_disk(file)
    assert is_on_disk(other)


def test_own_messages_keep_the_files_that_they_were_sent_with(queue: Queue, page: ChannelIntegration) -> None:
    file = keep(page.business_id, b"\x89PNG\r\n\x1a\n and more")
    own = queue()
    with transaction.atomic():
        attach_files([(own, [file])])
    Message.objects.filter(pk=own.pk).update(external_id="m9", delivery_status="SENT")
    tell(page, echoed("m9", attachments=(PICTURE,)))
    [row] = rows("m9")
    assert (row.type, row.state, row.file_id, row.size) == ("IMAGE", "STORED", file.pk, file.size)


def test_a_file_that_left_meanwhile_is_not_attached(queue: Queue, page: ChannelIntegration) -> None:
    file = keep(page.business_id)
    store.discard([file.pk])
    own = queue()
    with pytest.raises(store.FileGone), transaction.atomic():
        attach_files([(own, [file])])
    assert not Attachment.objects.exists()


def test_an_upload_that_still_waits_outlives_the_message(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"))
    file = store_for("m1")
    StoredFile.objects.filter(pk=file.pk).update(kept_until=at(60 * 24 * 365))
    tell(page, deleted("m1", 5))
    assert StoredFile.objects.get().state == FileState.STORED


@pytest.mark.parametrize("count", [1, 50])
def test_files_cost_one_statement_a_batch_however_many(page: ChannelIntegration, count: int) -> None:
    tell(page, received("m0"))
    said = [pictured(f"m{n}", PICTURE, STORY) for n in range(1, count + 1)]
    with CaptureQueriesContext(connection) as captured:
        tell(page, *said)
    about_files = [query["sql"] for query in captured if "conversations_attachment" in query["sql"]]
    assert len(about_files) == 1
    assert Attachment.objects.count() == 2 * count


def test_no_file_costs_no_statement(page: ChannelIntegration) -> None:
    with CaptureQueriesContext(connection) as captured:
        tell(page, received("m1"), echoed("m2"))
    assert not [query for query in captured if "conversations_attachment" in query["sql"]]


def test_a_file_belongs_to_the_business_of_its_message(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"))
    [row] = rows("m1")
    assert isinstance(row.pk, UUID)
    assert row.business_id == page.business_id
