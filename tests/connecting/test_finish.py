"""The ticket is redeemed by the member who began, and one account is connected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.db import connection

from backend.connecting import errors
from backend.connecting.attempts import forget_expired
from backend.connecting.connect import begin
from backend.connecting.finish import finish, reachable_accounts, select
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt
from backend.connecting.state import ATTEMPT_FOR
from backend.connecting.watch import note_checks, noted_checks
from backend.engine.lanes import use_bell
from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.platforms.errors import PermissionMissing
from backend.platforms.port import Check
from tests.conftest import Cast
from tests.connecting.conftest import LONG_TOKEN, PAGE_TOKENS, Granted, Graph, row
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal

EXPECTED = {
    # platform -> account_id, platform_account_id, platform_page_id
    "INSTAGRAM": ("17111", "17111", "111"),
    "MESSENGER": ("111", "111", "111"),
    "WHATSAPP": ("555", "102", None),
}


@pytest.mark.parametrize("platform", list(EXPECTED))
def test_one_account_is_connected_at_once(cast: Cast, graph: Graph, granted: Granted, platform: str) -> None:
    landing = granted(cast.owner, platform)
    finished = finish(cast.owner, row(landing), landing.ticket)
    kept = row(landing)
    assert (finished.outcome, kept.status) == ("connected", IntegrationStatus.CONNECTED)
    assert (kept.account_id, kept.platform_account_id, kept.platform_page_id) == EXPECTED[platform]
    assert kept.platform_account_name
    assert kept.webhook_subscribed
    assert kept.last_error is None
    subscribed = kept.platform_page_id or kept.platform_account_id
    assert graph.asked(f"POST /{subscribed}/subscribed_apps")
    token = vault.take(kept, "access_token")
    assert token
    assert token.reveal() == LONG_TOKEN
    assert (kept.page_access_token is None) is (platform == "WHATSAPP")


def test_what_came_before_is_looked_for(
    cast: Cast, graph: Graph, granted: Granted, django_capture_on_commit_callbacks: Any
) -> None:
    """Messages may have waited for this account; the lane that routes them is rung once it is connected."""
    landing = granted(cast.owner)
    rung: list[str] = []
    use_bell(rung.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert rung == []
            finish(cast.owner, row(landing), landing.ticket)
    finally:
        use_bell(lambda _lane: None)
    assert "unrouted" in rung


def test_no_row_holds_a_clear_token_and_the_grant_is_gone(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    assert everything_stored().isdisjoint({LONG_TOKEN, f"{PAGE_TOKENS}111"})
    assert ConnectionAttempt.objects.get().grant
    finish(cast.owner, row(landing), landing.ticket)
    stored = everything_stored()
    assert not [text for text in stored if LONG_TOKEN in text or PAGE_TOKENS in text or "code-1" in text]
    assert any(text.startswith("eyJ") for text in stored)
    attempt = ConnectionAttempt.objects.get()
    assert attempt.grant == ""
    assert attempt.finished_at


def everything_stored() -> set[str]:
    """Every value of every row of every table, as text."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found |= {str(value) for values in cursor.fetchall() for value in values}
    return found


# ---- the ticket


@pytest.mark.parametrize(
    "forge",
    [
        lambda ticket: "",
        lambda ticket: "forged.forged",
        lambda ticket: ticket[:-1] + ("0" if ticket[-1] != "0" else "1"),
        lambda ticket: ticket.partition(".")[0],
        lambda ticket: ticket + "\ud800",
        lambda ticket: "0" * 32 + ticket[32:],
    ],
    ids=["none", "made up", "altered", "unsigned", "no text", "of no attempt"],
)
def test_a_ticket_that_is_not_ours(cast: Cast, granted: Granted, forge: Callable[[str], str]) -> None:
    landing = granted(cast.owner)
    with pytest.raises(errors.TicketInvalid):
        finish(cast.owner, row(landing), forge(landing.ticket))
    assert row(landing).status == IntegrationStatus.PENDING


def test_a_ticket_of_another_integration(cast: Cast, granted: Granted) -> None:
    landing, other = granted(cast.owner), granted(cast.owner, "WHATSAPP")
    with pytest.raises(errors.TicketInvalid):
        finish(cast.owner, row(landing), other.ticket)


def test_only_the_member_who_began_may_finish(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", "222")
    landing = granted(cast.owner)
    for member in (cast.admin, cast.stranger):
        with pytest.raises(errors.NotYours):
            finish(member, row(landing), landing.ticket)
        with pytest.raises(errors.NotYours):
            select(member, row(landing), "111")
        with pytest.raises(errors.NotYours):
            reachable_accounts(member, row(landing))
    assert row(landing).account_id is None


def test_a_ticket_whose_time_is_over(
    cast: Cast, granted: Granted, later: Callable[[timedelta], None]
) -> None:
    landing = granted(cast.owner)
    later(ATTEMPT_FOR + timedelta(seconds=1))
    with pytest.raises(errors.TicketExpired):
        finish(cast.owner, row(landing), landing.ticket)
    forget_expired()
    assert ConnectionAttempt.objects.get().grant == ""


def test_a_ticket_is_redeemed_once(cast: Cast, granted: Granted) -> None:
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    with pytest.raises(errors.TicketExpired):
        finish(cast.owner, row(landing), landing.ticket)
    with pytest.raises(errors.NoGrant):
        select(cast.owner, row(landing), "111")


# ---- which account


def test_of_several_the_member_chooses(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", "222")
    landing = granted(cast.owner)
    finished = finish(cast.owner, row(landing), landing.ticket)
    assert (finished.outcome, finished.integration.status) == ("choose", IntegrationStatus.PENDING)
    accounts = reachable_accounts(cast.owner, row(landing))
    assert [(account.account_id, account.reason) for account in accounts] == [("111", None), ("222", None)]
    chosen = select(cast.owner, row(landing), "222")
    assert (chosen.account_id, chosen.status) == ("222", IntegrationStatus.CONNECTED)
    assert not graph.asked("POST /111/subscribed_apps")


def test_one_usable_among_others_is_connected_at_once(cast: Cast, graph: Graph, granted: Granted) -> None:
    connected(cast.rival, "MESSENGER", "222")
    graph.shows_pages("111", "222")
    landing = granted(cast.owner)
    assert finish(cast.owner, row(landing), landing.ticket).integration.account_id == "111"


def test_none_usable_shows_the_reasons(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", tasks=["ANALYZE"])
    landing = granted(cast.owner)
    assert finish(cast.owner, row(landing), landing.ticket).outcome == "choose"
    (account,) = reachable_accounts(cast.owner, row(landing))
    with pytest.raises(errors.AccountNotReachable) as caught:
        select(cast.owner, row(landing), "111")
    assert account.reason == caught.value.message
    assert "Messages" in caught.value.message


def test_an_account_that_the_grant_does_not_reach(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", "222")
    landing = granted(cast.owner)
    with pytest.raises(errors.AccountNotReachable):
        select(cast.owner, row(landing), "333")


def test_an_account_of_another_business(cast: Cast, graph: Graph, granted: Granted) -> None:
    theirs = connected(cast.rival, "MESSENGER", "111")
    landing = granted(cast.owner)
    with pytest.raises(errors.AccountTaken):
        finish(cast.owner, row(landing), landing.ticket)
    with pytest.raises(errors.AccountTaken):
        select(cast.owner, row(landing), "111")
    kept = row(landing)
    assert (kept.status, kept.account_id, kept.access_token) == (IntegrationStatus.PENDING, None, None)
    assert kept.last_error_code == "account_taken"
    assert not graph.asked("POST /111/subscribed_apps")
    assert ChannelIntegration.objects.get(pk=theirs.pk).access_token == theirs.access_token


def test_a_former_holder_does_not_stand_in_the_way(cast: Cast, granted: Granted) -> None:
    connected(cast.rival, "MESSENGER", "111", status=IntegrationStatus.DISCONNECTED)
    landing = granted(cast.owner)
    assert finish(cast.owner, row(landing), landing.ticket).outcome == "connected"


def test_a_subscription_that_is_refused(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.answers["POST /111/subscribed_apps"] = refusal(200)
    landing = granted(cast.owner)
    with pytest.raises(PermissionMissing):
        finish(cast.owner, row(landing), landing.ticket)
    kept = row(landing)
    assert (kept.status, kept.access_token) == (IntegrationStatus.PENDING, None)
    assert (kept.last_error_code, bool(kept.last_error)) == ("permission_missing", True)
    assert kept.last_error_resolution
    graph.takes_subscriptions_of("111")
    assert finish(cast.owner, row(landing), landing.ticket).outcome == "connected"
    assert row(landing).last_error is None


def test_names_that_are_too_long_or_no_text(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", name="x" * 300 + "\x00")
    landing = granted(cast.owner)
    kept = finish(cast.owner, row(landing), landing.ticket).integration
    assert (kept.platform_account_name, kept.platform_page_name) == ("x" * 255, "x" * 255)


# ---- again


def test_a_reconnect_to_the_same_account(cast: Cast, granted: Granted) -> None:
    before = connected(cast.business, "MESSENGER", "111", status=IntegrationStatus.ERROR)
    landing = granted(cast.owner)
    kept = finish(cast.owner, row(landing), landing.ticket).integration
    assert (kept.pk, kept.status, kept.reconnecting) == (before.pk, IntegrationStatus.CONNECTED, False)
    assert kept.webhook_secret == before.webhook_secret
    assert kept.access_token != before.access_token


def test_a_reconnect_shows_no_fault_of_the_former_access(cast: Cast, granted: Granted) -> None:
    before = connected(cast.business, "MESSENGER", "111", status=IntegrationStatus.ERROR)
    dead = Check(code="token_valid", ok=False, message="The password was changed.")
    note_checks(before, (dead,))
    assert [check["ok"] for check in noted_checks(before)] == [False]
    landing = granted(cast.owner)
    kept = finish(cast.owner, row(landing), landing.ticket).integration
    assert noted_checks(kept) == []


def test_a_reconnect_to_another_account_needs_a_word(cast: Cast, graph: Graph, granted: Granted) -> None:
    before = connected(cast.business, "MESSENGER", "999")
    graph.takes_subscriptions_of("999")
    landing = granted(cast.owner)
    with pytest.raises(errors.DifferentAccount):
        finish(cast.owner, row(landing), landing.ticket)
    with pytest.raises(errors.DifferentAccount):
        select(cast.owner, row(landing), "111")
    assert (row(landing).account_id, row(landing).access_token) == ("999", before.access_token)
    replaced = select(cast.owner, row(landing), "111", replace=True)
    assert (replaced.pk, replaced.account_id) == (before.pk, "111")
    assert graph.asked("DELETE /999/subscribed_apps")


def test_a_disconnected_row_may_take_any_account(cast: Cast, granted: Granted) -> None:
    connected(cast.business, "MESSENGER", "999", status=IntegrationStatus.DISCONNECTED)
    landing = granted(cast.owner)
    assert finish(cast.owner, row(landing), landing.ticket).integration.account_id == "111"


def test_an_attempt_that_nobody_finished_is_no_reconnect_for_ever(
    cast: Cast, later: Callable[[timedelta], None]
) -> None:
    connected(cast.business, "MESSENGER")
    begin(cast.owner, "MESSENGER", flow="oauth")
    forget_expired()
    assert ChannelIntegration.objects.get().reconnecting
    later(ATTEMPT_FOR + timedelta(seconds=1))
    forget_expired()
    assert not ChannelIntegration.objects.get().reconnecting


def test_keys_that_changed_while_the_member_chose(
    cast: Cast, settings: Any, graph: Graph, granted: Granted
) -> None:
    landing = granted(cast.owner)
    settings.ENCRYPTION_KEYS = f"k9:{'A' * 86}"
    with pytest.raises(vault.VaultUnreadable):
        finish(cast.owner, row(landing), landing.ticket)
    assert all(getattr(row(landing), column) is None for column in SEALED_FIELDS[:3])


def test_a_disconnect_while_meta_is_asked_is_not_undone(
    cast: Cast, graph: Graph, granted: Granted, settings: Any
) -> None:
    landing = granted(cast.owner)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST" and request.url.path.endswith("/111/subscribed_apps"):
            disconnect(row(landing))
        return graph.meta(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    with pytest.raises(errors.TicketExpired):
        finish(cast.owner, row(landing), landing.ticket)
    assert row(landing).status == "DISCONNECTED"
    assert row(landing).access_token is None
    assert graph.asked("DELETE /111/subscribed_apps")
