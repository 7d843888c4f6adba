"""Leaving, looking, renewing: what happens to a connection after it was made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from backend.businesses.trail import AuditEntry
from backend.connecting import health
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt
from backend.connecting.refresh import NothingToRefresh, refresh
from backend.connecting.secrets import renew_webhook_secret
from backend.connecting.watch import note_checks, noted_checks
from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.lib.crypto import new_key
from backend.platforms.errors import CredentialRejected
from backend.platforms.port import Check
from tests.conftest import Cast
from tests.connecting.conftest import LONG_TOKEN, SCOPES, Granted, Graph, row
from tests.integrations.accounts import WEBHOOK_SECRET, connected
from tests.platforms.cast import refusal, token_info

ANSWERS = {
    "Meta agrees": {"success": True},
    "Meta refuses": refusal(100),
    "Meta is away": httpx2.ConnectError("away"),
    "Meta makes no sense": httpx2.Response(200, text="<html>"),
    "the token is dead": refusal(190, 463, status=401),
}


def assert_left(integration: ChannelIntegration) -> None:
    kept = ChannelIntegration.objects.get(pk=integration.pk)
    assert kept.status == IntegrationStatus.DISCONNECTED
    assert [getattr(kept, column) for column in SEALED_FIELDS] == [None] * 4
    assert (kept.webhook_subscribed, kept.reconnecting, kept.token_expires_at) == (False, False, None)
    assert "webhooks" not in kept.features
    assert kept.account_id == integration.account_id  # Its conversations still say whose they are.


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_the_tokens_are_gone_whatever_the_platform_says(cast: Cast, graph: Graph, answer: Any) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    graph.answers["DELETE /111/subscribed_apps"] = answer
    disconnect(page)
    assert_left(page)
    assert len(graph.asked("DELETE /111/subscribed_apps")) == 1


def test_what_was_found_of_it_is_not_told_of_an_account_that_was_left(cast: Cast, graph: Graph) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    note_checks(page, (Check(code="messages_readable", ok=True, message="They can be read."),))
    assert noted_checks(page)
    assert noted_checks(disconnect(page)) == []


def test_leaving_twice_is_told_once(cast: Cast, graph: Graph) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    for _ in range(2):
        disconnect(ChannelIntegration.objects.get(pk=page.pk), by=cast.owner)
    assert AuditEntry.objects.get().action == "integration.disconnected"


@pytest.mark.parametrize(("platform", "told"), [("INSTAGRAM", "777"), ("WHATSAPP", "102")])
def test_the_platform_is_told_where_it_was_subscribed(
    cast: Cast, graph: Graph, platform: str, told: str
) -> None:
    integration = connected(cast.business, platform, "444", page_id="777", wide_id="102")
    graph.takes_subscriptions_of(told)
    disconnect(integration)
    assert graph.asked(f"DELETE /{told}/subscribed_apps")


@pytest.mark.parametrize("keeper", [IntegrationStatus.CONNECTED, IntegrationStatus.DISCONNECTED])
def test_a_shared_page_keeps_its_subscription_while_somebody_needs_it(
    cast: Cast, graph: Graph, keeper: str
) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    connected(cast.business, "INSTAGRAM", "17111", page_id="111", status=keeper)
    disconnect(page)
    assert_left(page)
    assert bool(graph.asked("DELETE /111/subscribed_apps")) is (keeper == IntegrationStatus.DISCONNECTED)


def test_a_waba_that_another_number_still_uses(cast: Cast, graph: Graph) -> None:
    ours = connected(cast.business, "WHATSAPP", "555", wide_id="102")
    theirs = connected(cast.rival, "WHATSAPP", "556", wide_id="102")
    disconnect(ours)
    assert not graph.asked("DELETE /102/subscribed_apps")
    disconnect(theirs)
    assert graph.asked("DELETE /102/subscribed_apps")


def test_leaving_twice_and_leaving_with_a_lost_key(cast: Cast, graph: Graph, settings: Any) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    settings.ENCRYPTION_KEYS = f"k2:{new_key()}"
    disconnect(page)
    disconnect(page)
    assert_left(page)
    assert not graph.meta.requests


def test_leaving_in_the_middle_of_a_reconnect_forgets_the_grant(
    cast: Cast, graph: Graph, granted: Granted
) -> None:
    connected(cast.business, "MESSENGER", "111")
    landing = granted(cast.owner)
    assert ConnectionAttempt.objects.get().grant
    disconnect(row(landing))
    assert ConnectionAttempt.objects.get().grant == ""


# ---- the test


@pytest.fixture
def page(cast: Cast, graph: Graph, settings: Any) -> ChannelIntegration:
    graph.answers["GET /111"] = {"id": "111", "name": "Corner Bakery"}
    graph.answers["GET /111/subscribed_apps"] = {"data": [{"id": settings.META_APP_ID}]}
    return connected(cast.business, "MESSENGER", "111")


def test_a_test_that_passes(graph: Graph, page: ChannelIntegration) -> None:
    page.last_error = "Something of yesterday"
    result = health.test(page)
    assert (result.ok, result.message) == (True, "Connection test successful")
    assert (result.token_valid, result.webhook_active, result.account_name) == (True, True, "Corner Bakery")
    kept = ChannelIntegration.objects.get()
    assert kept.last_tested_at
    assert kept.last_error is None
    assert not [each for each in graph.meta.requests if each.method != "GET"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("GET /debug_token", token_info(SCOPES, is_valid=False)),
        ("GET /debug_token", token_info(("pages_show_list",))),
        ("GET /111/subscribed_apps", {"data": []}),
        ("GET /111", refusal(100, 33)),
    ],
    ids=["dead token", "lost permission", "not subscribed", "out of reach"],
)
def test_a_test_that_fails_says_why(graph: Graph, page: ChannelIntegration, path: str, answer: Any) -> None:
    graph.answers[path] = answer
    result = health.test(page)
    failed = next(check for check in result.checks if not check.ok)
    kept = ChannelIntegration.objects.get()
    assert not result.ok
    assert failed.resolution
    assert (kept.last_error, kept.last_error_code) == (failed.message, failed.code)
    assert failed.message in result.message


@pytest.mark.parametrize("path", ["GET /debug_token", "GET /111"])
def test_what_could_not_be_looked_at_is_no_fault_of_the_account(
    graph: Graph, page: ChannelIntegration, path: str
) -> None:
    page.last_error, page.last_error_code = "Said before", "webhook_subscribed"
    page.save()
    graph.answers[path] = httpx2.ConnectError("away")
    result = health.test(page)
    assert not result.ok
    assert result.message == "Connection test could not be completed: Meta cannot be reached."
    assert result.token_valid
    assert [check.code for check in result.checks if check.ok]
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.last_error) == ("CONNECTED", "Said before")


def test_a_test_of_nothing(cast: Cast, graph: Graph) -> None:
    gone = connected(cast.business, "MESSENGER", status=IntegrationStatus.DISCONNECTED)
    assert not health.test(gone).ok
    assert not graph.meta.requests


def test_a_test_with_a_lost_key(graph: Graph, page: ChannelIntegration, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"k2:{new_key()}"
    result = health.test(page)
    assert (result.ok, result.checks[0].code) == (False, "secrets_unreadable")


# ---- renewing


def test_a_token_is_renewed(graph: Graph, page: ChannelIntegration) -> None:
    page.status = IntegrationStatus.ERROR
    page.token_expires_at = datetime(2026, 12, 1, tzinfo=UTC)
    page.save()
    renewed = refresh(page)
    token = vault.take(renewed, "access_token")
    assert token
    assert token.reveal() == LONG_TOKEN
    assert renewed.token_expires_at
    assert renewed.token_expires_at > datetime(2026, 12, 1, tzinfo=UTC)
    assert renewed.status == IntegrationStatus.CONNECTED


def test_a_token_that_cannot_be_renewed(graph: Graph, page: ChannelIntegration) -> None:
    graph.answers["POST /oauth/access_token"] = refusal(190, 460, status=401)
    page.token_expires_at = datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(CredentialRejected):
        refresh(page)
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.last_error_code) == (IntegrationStatus.ERROR, "reconnect_required")
    assert kept.access_token == page.access_token


def test_there_is_nothing_to_renew(cast: Cast, graph: Graph) -> None:
    gone = connected(cast.business, "MESSENGER", status=IntegrationStatus.DISCONNECTED)
    with pytest.raises(NothingToRefresh):
        refresh(gone)


def test_a_new_webhook_secret_voids_the_old_one(page: ChannelIntegration) -> None:
    url, secret = renew_webhook_secret(page)
    kept = ChannelIntegration.objects.get()
    assert url == kept.webhook_url
    assert vault.take(kept, "webhook_secret") == secret
    assert secret.reveal() not in (WEBHOOK_SECRET, kept.webhook_secret)
