"""What is not waited for is done all the same, in order, and its errors are not lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import DataError, Error, IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from backend.businesses.models import Business
from backend.engine.faults import is_database_away
from backend.engine.notify import connect_apart
from backend.engine.pipeline import pipelined
from backend.engine.questions import Question
from backend.engine.rows import Row, insert_missing, insert_rows, update_rows, upsert_rows
from backend.feed.models import FeedHead
from tests.conftest import Cast


@pytest.fixture
def heads(transactional_db: None, cast: Cast) -> Iterator[list[str]]:
    """Businesses that nothing was told of yet."""
    names = [f"shop-{n}" for n in range(5)]
    Business.objects.bulk_create([Business(id=name, name=name) for name in names])
    FeedHead.objects.all().delete()
    yield names
    assert not connection.in_atomic_block
    assert FeedHead.objects.filter(last__lt=0).count() == 0  # Whatever happened, the connection serves.


def rows(names: list[str], last: int = 1) -> list[Row]:
    return [{"business_id": name, "last": last} for name in names]


def kept() -> dict[str, int]:
    return dict(FeedHead.objects.values_list("business_id", "last"))


def test_writes_take_place_in_their_order(heads: list[str]) -> None:
    with pipelined():
        insert_rows(FeedHead, rows(heads[:3]))
        update_rows(FeedHead, rows(heads[:2], 5))
        upsert_rows(FeedHead, rows(heads[1:4], 7), unique=["business"], update=["last"])
        insert_missing(FeedHead, rows(heads, 9))
    assert list(kept().values()) == [5, 7, 7, 7, 9]


def test_the_orm_waits_for_itself_and_all_before_it(heads: list[str]) -> None:
    with pipelined():
        insert_rows(FeedHead, rows(heads[:2]))
        assert FeedHead.objects.filter(last=1).update(last=F("last") + 1) == 2
        one = FeedHead.objects.get(business_id=heads[0])
        one.last = 8
        one.save(update_fields=["last"])  # Raises where no row was written.
        update_rows(FeedHead, rows(heads[1:2], 3))
        assert kept() == {heads[0]: 8, heads[1]: 3}
        with transaction.atomic():
            assert FeedHead.objects.filter(last=8).delete()[0] == 1
    assert kept() == {heads[1]: 3}


def test_how_many_were_written(heads: list[str]) -> None:
    with pipelined():
        first = insert_missing(FeedHead, rows(heads[:2]))
        again = insert_missing(FeedHead, rows(heads))
        changed = update_rows(FeedHead, rows([*heads, "nobody"], 2))
        assert (first.count(), again.count(), changed.count()) == (2, 3, 5)


def test_what_is_asked_early_sees_what_was_there_then(heads: list[str]) -> None:
    question = Question(FeedHead.objects.order_by("business_id").values_list("business_id", "last"))
    insert_rows(FeedHead, rows(heads[:2]))
    with pipelined():
        asked = question.put([])
        question.put([])  # Nobody reads the answer.
        update_rows(FeedHead, rows(heads[:2], 2))
        assert list(map(tuple, asked.rows())) == [(heads[0], 1), (heads[1], 1)]
        assert list(map(tuple, question.ask([]))) == [(heads[0], 2), (heads[1], 2)]


def written(*steps: Callable[[], object]) -> None:
    """All of it in one transaction."""
    with pipelined():
        for step in steps:
            step()


AFTER_IT: dict[str, Callable[[], object]] = {
    "nothing": list,
    "the ORM": kept,
    "another write": lambda: update_rows(FeedHead, rows(["shop-0"], 5)),
    "a count": lambda: insert_missing(FeedHead, rows(["shop-1"])).count(),
}


@pytest.mark.parametrize("then", AFTER_IT)
def test_an_error_comes_at_the_end_at_the_latest(heads: list[str], then: str) -> None:
    insert_rows(FeedHead, rows(heads[:1]))
    good, bad = (partial(insert_rows, FeedHead, rows(names)) for names in (heads[1:], heads[:1]))
    with pytest.raises(IntegrityError):
        written(good, bad, AFTER_IT[then])
    assert kept() == {heads[0]: 1}


def test_the_first_error_is_the_one_that_is_told(heads: list[str]) -> None:
    one = partial(insert_rows, FeedHead, rows(heads[:1]))
    with pytest.raises(Error) as caught:
        written(partial(insert_rows, FeedHead, rows(["x" * 1_000])), one, one)
    # SQLite keeps texts of any length, and finds out about the business at the end.
    assert isinstance(caught.value, DataError if connection.vendor == "postgresql" else IntegrityError)
    assert kept() == {}


def test_after_an_error_the_next_one_goes_well(heads: list[str]) -> None:
    for _ in range(5):  # By then the statements are prepared.
        with pytest.raises(IntegrityError):
            written(partial(insert_rows, FeedHead, rows([heads[0], heads[0]])))
        written(partial(insert_rows, FeedHead, rows(heads)))
        assert len(kept()) == 5
        FeedHead.objects.all().delete()


def end_session() -> None:
    with connect_apart() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])


def test_a_session_that_ends_is_a_database_that_is_away(heads: list[str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no sessions")
    write = partial(insert_rows, FeedHead, rows(heads))
    with pytest.raises(OperationalError) as caught:
        written(write, end_session, write)
    assert is_database_away(caught.value)
    connection.close()
    assert kept() == {}
