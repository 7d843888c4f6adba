"""What a dialog did not give is offered again: once, to the member who began, while the offer lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.businesses.audit import Action
from backend.businesses.trail import AuditEntry
from backend.connecting import errors
from backend.connecting.attempts import forget_expired
from backend.connecting.callbacks import Landing, receive
from backend.connecting.finish import finish, reachable_accounts, select, shortfall
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt
from backend.connecting.rerequest import _make_offer, offer
from backend.connecting.state import ATTEMPT_FOR
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from tests.conftest import Cast
from tests.connecting.conftest import SCOPES, Granted, Graph, row, state_in
from tests.integrations.accounts import connected
from tests.platforms.cast import token_info

DECLINED = "pages_messaging"


def gives(graph: Graph, *declined: str) -> None:
    """The person allows everything but these."""
    app_id = graph.answers["GET /debug_token"]["data"]["app_id"]
    given = tuple(name for name in SCOPES if name not in declined)
    graph.answers["GET /debug_token"] = token_info(given, app_id=app_id)


@pytest.fixture
def short(cast: Cast, graph: Graph, granted: Granted) -> Landing:
    """A landing whose grant lacks a permission."""
    gives(graph, DECLINED)
    return granted(cast.owner)


def attempt_behind_it() -> ConnectionAttempt:
    return ConnectionAttempt.objects.get(follows__isnull=True)


def test_two_pages_loaded_at_the_same_moment_offer_the_same(short: Landing) -> None:
    """Both have looked, and neither has seen the offer of the other."""
    first, second = _make_offer(attempt_behind_it()), _make_offer(attempt_behind_it())
    assert first.pk == second.pk
    assert ConnectionAttempt.objects.count() == 2


def test_an_offer_that_nobody_took_ends_and_counts_for_nothing(
    cast: Cast, short: Landing, later: Callable[[timedelta], None]
) -> None:
    url = finish(cast.owner, row(short), short.ticket).shortfall.url
    later(ATTEMPT_FOR + timedelta(seconds=1))
    forget_expired()
    with pytest.raises(errors.StateExpired):
        receive(state=state_in(url), code="code-2")
    assert ChannelIntegration.objects.get().connection_attempts == 1
    assert AuditEntry.objects.filter(action=Action.CONNECT_BEGUN).count() == 1


def test_an_offer_that_ended_makes_way_for_another(cast: Cast, short: Landing) -> None:
    first = offer(attempt_behind_it()).url
    ConnectionAttempt.objects.filter(follows__isnull=False).update(finished_at=row(short).created_at)
    assert offer(attempt_behind_it()).url != first


def test_an_offer_is_begun_when_somebody_came_back_and_only_once(
    cast: Cast, graph: Graph, short: Landing
) -> None:
    url = finish(cast.owner, row(short), short.ticket).shortfall.url
    gives(graph)
    landings = [receive(state=state_in(url), code="code-2") for _ in range(2)]
    assert landings[0] == landings[1]
    assert ChannelIntegration.objects.get().connection_attempts == 2
    assert AuditEntry.objects.filter(action=Action.CONNECT_BEGUN).count() == 2
    assert graph.codes() == ["code-1", "code-2"]
    with pytest.raises(errors.StateUsed):
        receive(state=state_in(url), code="another")


def test_nobody_else_is_offered_anything_nor_finishes_it(cast: Cast, graph: Graph, short: Landing) -> None:
    url = finish(cast.owner, row(short), short.ticket).shortfall.url
    for member in (cast.admin, cast.stranger):
        with pytest.raises(errors.NotYours):
            shortfall(member, row(short))
    gives(graph)
    again = receive(state=state_in(url), code="code-2")
    for member in (cast.admin, cast.stranger):
        with pytest.raises(errors.NotYours):
            finish(member, row(again), again.ticket)
    theirs = connected(cast.rival, "MESSENGER", "999")
    with pytest.raises(errors.TicketInvalid):
        finish(cast.stranger, theirs, again.ticket)
    assert finish(cast.owner, row(again), again.ticket).outcome == "connected"


def test_the_former_ticket_is_over_when_the_second_dialog_has_connected(
    cast: Cast, graph: Graph, short: Landing
) -> None:
    url = finish(cast.owner, row(short), short.ticket).shortfall.url
    gives(graph)
    again = receive(state=state_in(url), code="code-2")
    finish(cast.owner, row(again), again.ticket)
    with pytest.raises(errors.TicketExpired):
        finish(cast.owner, row(short), short.ticket)
    with pytest.raises(errors.NoGrant):
        reachable_accounts(cast.owner, row(short))


def test_who_disconnects_meanwhile_is_not_connected_by_the_offer(
    cast: Cast, graph: Graph, short: Landing
) -> None:
    url = finish(cast.owner, row(short), short.ticket).shortfall.url
    disconnect(row(short))
    gives(graph)
    again = receive(state=state_in(url), code="code-2")
    with pytest.raises(errors.TicketExpired):
        finish(cast.owner, row(again), again.ticket)
    assert row(short).status == IntegrationStatus.DISCONNECTED
    assert not ConnectionAttempt.objects.exclude(grant="").exists()


def test_selecting_with_something_missing_keeps_it_on_the_row(
    cast: Cast, graph: Graph, granted: Granted
) -> None:
    graph.shows_pages("111", "222")
    gives(graph, "pages_show_list")
    landing = granted(cast.owner)
    assert finish(cast.owner, row(landing), landing.ticket).outcome == "choose"
    kept = select(cast.owner, row(landing), "222")
    assert (kept.status, kept.last_error_code) == (IntegrationStatus.CONNECTED, "permission_missing")
    assert "pages_show_list" in (kept.last_error or "")


def test_a_reload_says_the_same_and_writes_it_once(cast: Cast, short: Landing) -> None:
    finish(cast.owner, row(short), short.ticket)
    said_at = row(short).last_error_at
    finish(cast.owner, row(short), short.ticket)
    assert row(short).last_error_at == said_at
