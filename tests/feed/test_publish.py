"""The feed of a business has no gaps, and nobody who reads it in order misses what is committed later."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction

from backend.feed.models import FeedEntry, FeedHead
from backend.feed.publish import Change, publish, withdraw
from tests.conftest import Cast

DEADLINE = 20.0
A_MOMENT = 0.2  # How long the first one stays in its transaction; the second one waits for it.


def told(business_id: str, *words: str) -> list[Change]:
    return [Change(business_id=business_id, type="test.told", data={"word": word}) for word in words]


def numbers(business_id: str) -> list[tuple[int, str]]:
    entries = FeedEntry.objects.filter(business_id=business_id).order_by("number")
    return [(number, data["word"]) for number, data in entries.values_list("number", "data")]


def test_each_business_is_numbered_by_itself(cast: Cast) -> None:
    ours, theirs = cast.business.pk, cast.rival.pk
    publish([*told(ours, "a"), *told(theirs, "x"), *told(ours, "b")])
    publish(told(ours, "c"))
    publish([])
    assert numbers(ours) == [(1, "a"), (2, "b"), (3, "c")]
    assert numbers(theirs) == [(1, "x")]


def test_what_is_undone_leaves_no_gap(cast: Cast) -> None:
    ours = cast.business.pk
    publish(told(ours, "a"))
    with transaction.atomic():
        publish(told(ours, "never"))
        transaction.set_rollback(True)
    publish(told(ours, "b"))
    assert numbers(ours) == [(1, "a"), (2, "b")]


def test_a_number_is_never_given_twice(cast: Cast) -> None:
    ours = cast.business.pk
    publish(told(ours, "a", "b"))
    withdraw(ours, "word", "b")
    publish(told(ours, "c"))
    assert numbers(ours) == [(1, "a"), (3, "c")]


@pytest.mark.django_db(transaction=True)
def test_numbers_are_in_the_order_of_commits(cast: Cast) -> None:
    """One has published and not committed; another one of the same business waits, so no reader skips the first."""
    ours, theirs = cast.business.pk, cast.rival.pk
    published, committed = threading.Event(), threading.Event()
    seen: list[tuple[int, str]] = []

    def slow() -> None:
        with transaction.atomic():
            publish(told(ours, "slow"))
            published.set()
            committed.wait(A_MOMENT)
        connections.close_all()

    def quick() -> None:
        assert published.wait(DEADLINE)
        if connection.vendor == "postgresql":
            publish(told(theirs, "not held up"))
            seen.extend(numbers(ours))
        publish(told(ours, "quick"))
        committed.set()
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (slow, quick)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert seen == []
    assert numbers(ours) == [(1, "slow"), (2, "quick")]
    assert FeedHead.objects.get(business_id=ours).last == 2
