"""Bytes are kept once within a business, and no crash leaves any that nobody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from backend.files import store
from backend.files.incoming import TooLarge
from backend.files.models import FileState, StoredFile
from backend.lib.clock import now
from tests.conftest import Cast
from tests.files.keeping import content_of, incoming, is_on_disk, keep, write
from tests.files.samples import HTML, JPEG, PNG


def test_the_same_bytes_are_kept_once_within_a_business(cast: Cast) -> None:
    first, second = keep(cast.business.pk), keep(cast.business.pk)
    foreign = keep(cast.rival.pk)
    assert first.pk == second.pk
    assert foreign.pk != first.pk
    assert foreign.path != first.path
    assert content_of(first) == content_of(foreign) == PNG
    assert (first.size, first.mime_type, first.state) == (len(PNG), "image/png", FileState.STORED)


def test_two_who_write_the_same_at_once_end_with_one(cast: Cast) -> None:
    one, other = write(cast.business.pk), write(cast.business.pk)
    assert one.pk != other.pk
    with transaction.atomic():
        settled = [store.settle(one).pk, store.settle(other).pk]
    assert settled == [one.pk, one.pk]
    store.remove_leaving()
    assert is_on_disk(one)
    assert not is_on_disk(other)


def test_what_a_dead_writer_left_is_removed_and_what_a_living_one_writes_is_not(cast: Cast) -> None:
    dead, living = write(cast.business.pk, PNG), write(cast.business.pk, JPEG)
    StoredFile.objects.filter(pk=dead.pk).update(created_at=now() - 2 * store.WRITTEN_WITHIN)
    store.remove_leaving()
    assert list(StoredFile.objects.values_list("pk", flat=True)) == [living.pk]
    assert not is_on_disk(dead)
    assert is_on_disk(living)


def test_bytes_that_were_let_go_leave_and_may_come_again(cast: Cast) -> None:
    former = keep(cast.business.pk)
    store.discard([former.pk])
    anew = keep(cast.business.pk)  # Before the former ones were removed.
    store.remove_leaving()
    assert content_of(anew) == PNG
    assert not is_on_disk(former)
    store.remove_leaving()
    assert StoredFile.objects.get().pk == anew.pk


def test_removing_goes_on_after_a_crash_between_bytes_and_row(cast: Cast) -> None:
    row = keep(cast.business.pk)
    store.discard([row.pk])
    store.storage().delete(row.path)
    store.remove_leaving()
    assert not StoredFile.objects.exists()


def test_a_file_that_was_removed_since_it_was_found_is_written_again(cast: Cast) -> None:
    keep(cast.business.pk)
    found = write(cast.business.pk)  # It is known, so nothing was written.
    store.discard([found.pk])
    with pytest.raises(store.FileGone), transaction.atomic():
        store.settle(found)


def test_an_upload_that_comes_again_waits_for_the_later_time(cast: Cast) -> None:
    later = now() + timedelta(days=2)
    keep(cast.business.pk, kept_until=later, name="menu.png")
    again = keep(cast.business.pk, kept_until=now(), name="")
    assert (again.kept_until, again.name) == (later, "menu.png")


def test_one_byte_too_many_ends_it(cast: Cast) -> None:
    with incoming(b"x" * 10, most=10) as arrived, pytest.raises(TooLarge):
        arrived.write(b"x")


def test_the_type_is_what_the_bytes_say(cast: Cast) -> None:
    lying = write(cast.business.pk, HTML, told_type="image/jpeg")
    assert lying.mime_type == "application/octet-stream"
