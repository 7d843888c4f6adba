"""Two writers of files at the same moment: whoever comes second waits, and the end is the same."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import transaction

from backend.conversations.models import Attachment, Conversation
from backend.conversations.record import erase_contact, record_stored
from backend.files import store
from backend.files.models import FileState, StoredFile
from backend.integrations.models import ChannelIntegration
from tests.conversations.said import deleted, tell
from tests.conversations.test_attachments import leave, pictured
from tests.files.keeping import is_on_disk, write
from tests.side_by_side import DEADLINE, side_by_side

pytestmark = pytest.mark.django_db(transaction=True)

A_MOMENT = 0.2  # How long the first writer stays in its transaction; the second one waits, or errs.


def one_in_the_other(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second begins while the transaction of the first is open."""
    begun, ended = threading.Event(), threading.Event()

    def begin() -> None:
        with transaction.atomic():
            first()
            begun.set()
            ended.wait(A_MOMENT)

    def follow() -> None:
        assert begun.wait(DEADLINE)
        second()
        ended.set()

    side_by_side(begin, follow)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("how", ["taken back", "erased"])
def test_a_file_comes_while_its_message_goes(page: ChannelIntegration, how: str, swapped: bool) -> None:
    tell(page, pictured("m1"))
    row, written = Attachment.objects.get(), write(page.business_id)
    contact_id = Conversation.objects.get().contact_id

    def goes() -> None:
        if how == "erased":
            erase_contact(contact_id)
        else:
            tell(page, deleted("m1", 5))

    def comes() -> None:
        record_stored(row.pk, written)

    one_in_the_other(*((goes, comes) if swapped else (comes, goes)))
    leave()
    left = [(each.state, each.file_id) for each in Attachment.objects.all()]
    assert left == ([] if how == "erased" else [("REMOVED", None)])
    assert not StoredFile.objects.exists()
    assert not is_on_disk(written)


def test_the_same_bytes_come_twice_at_once(page: ChannelIntegration) -> None:
    tell(page, pictured("m1"), pictured("m2"))
    first, second = Attachment.objects.order_by("message__external_id")
    one, other = write(page.business_id), write(page.business_id)
    one_in_the_other(lambda: record_stored(first.pk, one), lambda: record_stored(second.pk, other))
    leave()
    kept = StoredFile.objects.get()
    assert set(Attachment.objects.values_list("file", flat=True)) == {kept.pk}
    assert is_on_disk(kept)


def test_the_same_bytes_come_while_they_go(page: ChannelIntegration) -> None:
    """The last message that has them is taken back; at this moment another one brings them."""
    tell(page, pictured("m1"), pictured("m2"))
    first, second = Attachment.objects.order_by("message__external_id")
    record_stored(first.pk, write(page.business_id))

    def come() -> None:
        while True:
            try:
                record_stored(second.pk, write(page.business_id))
            except store.FileGone:
                continue
            return

    one_in_the_other(lambda: tell(page, deleted("m1", 5)), come)
    leave()
    second.refresh_from_db()
    assert second.file
    assert second.file.state == FileState.STORED
    assert is_on_disk(second.file)
