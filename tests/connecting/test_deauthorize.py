"""People who take the access back at Meta; and who may ask for it, or to be forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.businesses.trail import AuditEntry
from backend.connecting import health, token_life
from backend.connecting.deauthorize import deauthorize
from backend.connecting.errors import SignatureInvalid
from backend.connecting.finish import finish
from backend.connecting.forget import forget_person
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt, Consent, DeletionRequest, DeletionState, Watch
from backend.connecting.refresh import NothingToRefresh, refresh
from backend.feed.models import FeedEntry
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from tests.conftest import Cast
from tests.connecting.asking import PERSON, asks, consented
from tests.connecting.conftest import Granted, Graph, row
from tests.integrations.accounts import connected

TOKENS = [column for column in SEALED_FIELDS if column != "webhook_secret"]


@pytest.fixture
def secret(settings: Any) -> str:
    return str(settings.META_APP_SECRET)


def kept(integration: ChannelIntegration) -> ChannelIntegration:
    return ChannelIntegration.objects.get(pk=integration.pk)


def assert_waits_for_reconnect(integration: ChannelIntegration) -> None:
    there = kept(integration)
    assert (there.status, there.last_error_code) == (IntegrationStatus.ERROR, "reconnect_required")
    assert there.last_error_resolution
    assert [getattr(there, column) for column in TOKENS] == [None] * 3
    assert there.webhook_secret  # Ours; a webhook that was set by hand goes on.
    assert (there.webhook_subscribed, there.token_expires_at) == (False, None)
    assert "webhooks" not in there.features


def assert_untouched(integration: ChannelIntegration) -> None:
    there = kept(integration)
    assert there.status == IntegrationStatus.CONNECTED
    assert there.access_token


# ---- who granted it


def test_who_connects_is_remembered_as_long_as_it_lasts(
    cast: Cast, graph: Graph, granted: Granted, secret: str
) -> None:
    landing = granted(cast.owner)
    assert not Consent.objects.exists()
    finish(cast.owner, row(landing), landing.ticket)
    consent = Consent.objects.get()
    assert (consent.integration_id, consent.user_id) == (landing.integration_id, PERSON)
    assert deauthorize(asks(secret)) == 1
    assert_waits_for_reconnect(row(landing))
    disconnect(row(landing))
    assert not Consent.objects.exists()


# ---- the access is taken back


def test_everything_the_person_granted_waits_for_a_reconnect(cast: Cast, graph: Graph, secret: str) -> None:
    own = [consented(connected(cast.business, name)) for name in ("MESSENGER", "INSTAGRAM")]
    elsewhere = consented(connected(cast.rival, "WHATSAPP"))
    of_others = consented(connected(cast.rival, "MESSENGER"), "999")
    assert deauthorize(asks(secret, int(PERSON))) == 3
    for integration in (*own, elsewhere):
        assert_waits_for_reconnect(integration)
    assert_untouched(of_others)
    told = FeedEntry.objects.filter(type="integration.updated").values_list("data", flat=True)
    assert {entry["integrationId"] for entry in told} == {str(each.pk) for each in (*own, elsewhere)}
    assert {entry["status"] for entry in told} == {"ERROR"}
    assert not graph.meta.requests


def test_it_is_in_the_trail_once(cast: Cast, graph: Graph, secret: str) -> None:
    page = consented(connected(cast.business, "MESSENGER"))
    deauthorize(asks(secret))
    deauthorize(asks(secret, at=now() + timedelta(seconds=2)))
    entry = AuditEntry.objects.get(action="integration.access_revoked")
    assert (entry.business_id, entry.target_id, entry.actor_kind) == (
        page.business_id,
        str(page.pk),
        "SYSTEM",
    )


def test_a_page_takes_it_back(cast: Cast, graph: Graph, secret: str) -> None:
    page = consented(connected(cast.business, "MESSENGER", "111"))
    its_instagram = consented(connected(cast.business, "INSTAGRAM", "17111", page_id="111"))
    other = consented(connected(cast.rival, "MESSENGER", "112"))
    assert deauthorize(asks(secret, None, profile_id=111)) == 2
    assert_waits_for_reconnect(page)
    assert_waits_for_reconnect(its_instagram)
    assert_untouched(other)


@pytest.mark.parametrize("setting", ["META_APP_SECRET", "META_APP_SECRET_PREVIOUS", "INSTAGRAM_APP_SECRET"])
@pytest.mark.parametrize("ask", [deauthorize, forget_person])
def test_every_configured_secret_signs(
    cast: Cast, graph: Graph, settings: Any, setting: str, ask: Callable[[str], Any]
) -> None:
    setattr(settings, setting, "the secret of this test")
    page = consented(connected(cast.business, "MESSENGER"))
    ask(asks("the secret of this test"))
    assert kept(page).access_token is None


@pytest.mark.parametrize("ask", [deauthorize, forget_person])
def test_nobody_else_can_ask(cast: Cast, graph: Graph, secret: str, ask: Callable[[str], Any]) -> None:
    page = consented(connected(cast.business, "MESSENGER"))
    signature, payload = asks(secret).split(".")
    forged = [
        "",
        ".",
        asks("another secret"),
        asks(""),
        payload,
        f".{payload}",
        f"{signature}.{asks(secret, '999').split('.')[1]}",
        asks(secret, algorithm="none"),
        "ä.ö",
    ]
    for text in forged:
        with pytest.raises(SignatureInvalid):
            ask(text)
    assert_untouched(page)
    assert not DeletionRequest.objects.exists()


@pytest.mark.parametrize("ask", [deauthorize, forget_person])
def test_a_request_that_comes_late_says_nothing_of_what_was_granted_since(
    cast: Cast, graph: Graph, secret: str, ask: Callable[[str], Any]
) -> None:
    page = consented(connected(cast.business, "MESSENGER"), ago=10)
    late = now() - timedelta(minutes=30)
    ask(asks(secret, at=late))
    ask(asks(secret, None, at=late, profile_id=page.account_id))
    assert_untouched(page)
    ask(asks(secret))
    assert kept(page).access_token is None


@pytest.mark.parametrize("user_id", ["", None, [], {}, True, "122", PERSON + "0"])
def test_a_request_that_names_nobody_we_know(cast: Cast, graph: Graph, secret: str, user_id: Any) -> None:
    page = consented(connected(cast.business, "MESSENGER"))
    manual = connected(cast.rival, "WHATSAPP")
    assert deauthorize(asks(secret, user_id)) == 0
    assert forget_person(asks(secret, user_id)).state == DeletionState.NOTHING_KEPT
    assert_untouched(page)
    assert_untouched(manual)


def test_a_choice_that_was_not_made_yet_cannot_be_made_any_more(
    cast: Cast, graph: Graph, granted: Granted, secret: str
) -> None:
    granted(cast.owner)
    deauthorize(asks(secret, "999"))
    assert ConnectionAttempt.objects.get().grant
    deauthorize(asks(secret))
    assert ConnectionAttempt.objects.get().grant == ""


def test_what_was_taken_back_is_looked_after_without_the_platform(
    cast: Cast, graph: Graph, secret: str
) -> None:
    page = consented(connected(cast.business, "MESSENGER"))
    deauthorize(asks(secret))
    Watch.objects.update(inspect_at=now(), renew_at=now())
    token_life.drain()
    result = health.test(kept(page))
    assert (result.ok, result.token_valid, result.checks[0].code) == (False, False, "reconnect_required")
    with pytest.raises(NothingToRefresh):
        refresh(kept(page))
    assert_waits_for_reconnect(page)
    assert not graph.meta.requests


def test_a_look_that_was_under_way_does_not_bring_it_back(
    cast: Cast, graph: Graph, settings: Any, secret: str
) -> None:
    page = consented(connected(cast.business, "MESSENGER", "111"))

    told = graph.answers["GET /debug_token"]

    def taken_back_meanwhile(_request: Any) -> Any:
        if threading.current_thread() is threading.main_thread():  # The first look; the others are elsewhere.
            deauthorize(asks(secret))
        return told

    graph.answers["GET /111"] = {"id": "111", "name": "Corner Bakery"}
    graph.answers["GET /111/subscribed_apps"] = {"data": [{"id": settings.META_APP_ID}]}
    graph.answers["GET /debug_token"] = taken_back_meanwhile
    token_life.drain()
    assert graph.asked("GET /111/subscribed_apps")
    assert_waits_for_reconnect(page)
