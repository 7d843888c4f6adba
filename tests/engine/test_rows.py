"""Rows that travel as JSON arrive as they were, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.conversations.models import Contact, ParkedNotice
from backend.engine.instances import fresh, unpacked
from backend.engine.lookups import any_of, found_by, take_rows
from backend.engine.rows import (
    insert_missing,
    insert_rows,
    row_of,
    update_rows,
    upsert_rows,
)
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable
from tests.conftest import Cast
from tests.integrations.accounts import connected

RICH = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEY = ("integration", "account_id", "external_id")

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=30)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


def notice(page: ChannelIntegration, **columns: Any) -> ParkedNotice:
    said = {"external_id": "m", "kind": "K", "content": {}, "digest": "d"} | columns
    return ParkedNotice(integration=page, account_id="a", **said)


def contact(page: ChannelIntegration, external_id: str, **columns: str) -> Contact:
    return Contact(
        business_id=page.business_id, integration=page, account_id="a", external_id=external_id, **columns
    )


@RICH
@given(text=ANY_TEXT, content=ANY_JSON, moment=MOMENTS)
def test_whatever_is_storable_comes_back_as_django_writes_it(
    page: ChannelIntegration, text: str, content: object, moment: datetime
) -> None:
    said = {"external_id": storable(text), "content": storable({"said": content}), "created_at": moment}
    with transaction.atomic():
        insert_rows(ParkedNotice, [row_of(notice(page, **said, digest="rows"))])
        notice(page, **said, digest="django").save()
        ours, theirs = ParkedNotice.objects.order_by("id").values_list("external_id", "content", "created_at")
        found = ParkedNotice.objects.filter(created_at=moment, external_id=said["external_id"])
        assert found.count() == 2
        assert ours == theirs
        transaction.set_rollback(True)


def test_numbers_beyond_64_bits(page: ChannelIntegration) -> None:
    insert_rows(ParkedNotice, [row_of(notice(page, content={"large": 10**30}))])
    assert ParkedNotice.objects.get().content == {"large": 10**30}


def test_the_order_is_kept(page: ChannelIntegration) -> None:
    rows = [row_of(notice(page, external_id=f"m{n}")) for n in range(2_000)]
    assert insert_rows(ParkedNotice, rows).count() == 2_000
    kept = list(ParkedNotice.objects.order_by("id").values_list("external_id", flat=True))
    assert kept == [f"m{n}" for n in range(2_000)]
    assert insert_rows(ParkedNotice, []).count() == 0


def test_those_that_are_there_stay(page: ChannelIntegration) -> None:
    insert_rows(Contact, [row_of(contact(page, "ann", name="Ann"))])
    rows = [row_of(contact(page, "ann", name="Another")), row_of(contact(page, "ben"))]
    assert insert_missing(Contact, rows).count() == 1
    assert Contact.objects.get(external_id="ann").name == "Ann"


def test_those_that_are_there_are_updated(page: ChannelIntegration) -> None:
    insert_rows(Contact, [row_of(contact(page, "ann", name="Ann", phone="1"))])
    rows = [row_of(contact(page, name, name=name.title(), phone="2")) for name in ("ann", "ben")]
    upsert_rows(Contact, rows, unique=KEY, update=["phone"])
    kept = set(Contact.objects.values_list("external_id", "name", "phone"))
    assert kept == {("ann", "Ann", "2"), ("ben", "Ben", "2")}


def test_an_update_says_how_many_were_there(page: ChannelIntegration) -> None:
    one, gone = notice(page), notice(page, digest="e")
    one.save()
    gone.save()
    gone.content = one.content = {"new": [1, None]}
    rows = [row_of(each, "id", "content") for each in (one, gone)]
    ParkedNotice.objects.filter(pk=gone.pk).delete()
    assert update_rows(ParkedNotice, rows).count() == 1
    assert ParkedNotice.objects.get().content == {"new": [1, None]}
    assert update_rows(ParkedNotice, []).count() == 0


def test_keys_are_taken_together(page: ChannelIntegration) -> None:
    for account, external in (("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")):
        insert_rows(Contact, [{**row_of(contact(page, external)), "account_id": account}])
    wanted = [(page.pk, "a", "1"), (page.pk, "b", "2"), (page.pk, "c", "1")]
    found = Contact.objects.filter(pk__in=found_by(Contact, KEY, wanted).keys)
    assert set(found.values_list("account_id", "external_id")) == {("a", "1"), ("b", "2")}
    more = any_of(found_by(Contact, KEY, wanted[:1]), found_by(Contact, ("external_id",), [("2",)]))
    assert Contact.objects.filter(pk__in=more.keys).count() == 3
    assert not Contact.objects.filter(
        pk__in=found_by(Contact, ("external_id",), [("1",)], "user_id").keys
    ).exists()


def test_rows_are_taken_once(page: ChannelIntegration) -> None:
    insert_rows(ParkedNotice, [row_of(notice(page, digest=digest, content={"n": 1})) for digest in "xyz"])
    taken = take_rows(ParkedNotice, KEY, [(page.pk, "a", "m")])
    assert {(row.digest, row.content["n"]) for row in taken} == {("x", 1), ("y", 1), ("z", 1)}
    assert take_rows(ParkedNotice, KEY, [(page.pk, "a", "m")]) == []


def test_a_moment_is_kept_to_the_microsecond(page: ChannelIntegration) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    insert_rows(ParkedNotice, [row_of(notice(page, created_at=noon + timedelta(microseconds=7)))])
    assert ParkedNotice.objects.get().created_at == noon + timedelta(microseconds=7)


def test_what_is_made_without_ceremony_is_what_the_constructor_makes(page: ChannelIntegration) -> None:
    given = {
        "business_id": page.business_id,
        "integration_id": page.pk,
        "account_id": "a",
        "external_id": "1",
    }
    one, other = fresh(Contact, **given), fresh(Contact, **given)
    usual = Contact(**given, id=one.pk, created_at=one.created_at)
    assert row_of(one) == row_of(usual)
    assert one.pk != other.pk
    assert one.aliases is not other.aliases
    one.save()
    row = row_of(one)
    assert row_of(unpacked(Contact, tuple(row), tuple(row.values()))) == row_of(Contact.objects.get())
