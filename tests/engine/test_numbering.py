"""Numbers of rows: one after another for each key, in the order in which the rows were given."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.engine.numbering import Numbering, insert_numbered
from backend.engine.pipeline import pipelined
from backend.feed.models import FeedEntry, FeedHead
from backend.lib.clock import now
from tests.conftest import Cast

BY_BUSINESS = Numbering(FeedHead, "business_id", "last")
OFTEN = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(businesses: list[str], word: str = "") -> list[dict[str, Any]]:
    return [
        {"business_id": each, "type": f"{word}{place}", "data": {}, "at": now()}
        for place, each in enumerate(businesses)
    ]


def numbers(business: str) -> list[tuple[int, str]]:
    return list(FeedEntry.objects.filter(business=business).order_by("number").values_list("number", "type"))


@OFTEN
@given(batches=st.lists(st.lists(st.booleans(), max_size=6), max_size=4), inside=st.booleans())
def test_each_key_is_counted_by_itself(cast: Cast, batches: list[list[bool]], inside: bool) -> None:
    ours, theirs = cast.business.pk, cast.rival.pk
    FeedEntry.objects.all().delete()
    FeedHead.objects.all().delete()
    expected: dict[str, list[tuple[int, str]]] = {ours: [], theirs: []}
    for batch, choices in enumerate(batches):
        businesses = [ours if choice else theirs for choice in choices]
        with pipelined() if inside else nullcontext():
            insert_numbered(FeedEntry, told(businesses, f"{batch}."), "number", BY_BUSINESS)
        for place, business in enumerate(businesses):
            expected[business].append((len(expected[business]) + 1, f"{batch}.{place}"))
    assert {business: numbers(business) for business in expected} == expected
    heads = dict(FeedHead.objects.values_list("business_id", "last"))
    assert heads == {business: len(each) for business, each in expected.items() if each}


def test_what_is_undone_takes_its_numbers_back(cast: Cast) -> None:
    ours = cast.business.pk
    insert_numbered(FeedEntry, told([ours]), "number", BY_BUSINESS)
    with transaction.atomic():
        insert_numbered(FeedEntry, told([ours, ours]), "number", BY_BUSINESS)
        transaction.set_rollback(True)
    insert_numbered(FeedEntry, told([ours]), "number", BY_BUSINESS)
    assert [number for number, _ in numbers(ours)] == [1, 2]
