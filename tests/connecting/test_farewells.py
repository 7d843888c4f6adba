"""The platform is told of every account that was left, once it can hear it; and a person's access is given back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.connecting import farewells
from backend.connecting.finish import finish
from backend.connecting.leave import disconnect, end
from backend.connecting.models import Consent, Farewell, Watch
from backend.connecting.schedule import FAREWELL_PAUSES
from backend.connecting.watch import set_watch
from backend.integrations.models import ChannelIntegration
from tests.conftest import Cast
from tests.connecting.conftest import Granted, Graph, row
from tests.connecting.signing_up import popup
from tests.integrations.accounts import ACCESS_TOKEN, PAGE_TOKEN, connected
from tests.platforms.cast import refusal

Later = Callable[[timedelta], None]

UNSUBSCRIBE, REVOKE = "DELETE /111/subscribed_apps", "DELETE /me/permissions"
AWAY = httpx2.ConnectError("away")


def through_dialog(
    cast: Cast, graph: Graph, granted: Granted, platform: str = "MESSENGER"
) -> ChannelIntegration:
    """An account that a person of Meta's connected in the dialog."""
    landing = granted(cast.owner, platform, code=f"code-{platform}")
    finish(cast.owner, row(landing), landing.ticket)
    graph.answers[REVOKE] = {"success": True}
    return row(landing)


@pytest.mark.parametrize("fault", [AWAY, httpx2.ReadTimeout("slow"), httpx2.Response(200, text="<html>")])
def test_what_meta_could_not_hear_is_said_again(cast: Cast, graph: Graph, later: Later, fault: Any) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    graph.answers[UNSUBSCRIBE] = fault
    disconnect(page)
    kept = Farewell.objects.get()
    assert not {ACCESS_TOKEN, PAGE_TOKEN} & {str(value) for value in vars(kept).values()}
    assert PAGE_TOKEN not in kept.sealed
    said = farewells.pending(page)[0]
    assert (said["code"], said["ok"]) == ("platform_told", False)
    farewells.drain()
    assert len(graph.asked(UNSUBSCRIBE)) == 1, "its time has not come"
    graph.answers[UNSUBSCRIBE] = {"success": True}
    later(timedelta(minutes=2))
    farewells.drain()
    assert len(graph.asked(UNSUBSCRIBE)) == 2
    assert not Farewell.objects.exists()
    assert farewells.pending(page) == []


def test_a_process_that_dies_before_it_told_anybody(cast: Cast, graph: Graph, later: Later) -> None:
    end(connected(cast.business, "MESSENGER", "111"))
    farewells.drain()
    assert not graph.asked(UNSUBSCRIBE), "whoever left has it in hand"
    later(farewells.CLAIM_FOR + timedelta(seconds=1))
    farewells.drain()
    assert len(graph.asked(UNSUBSCRIBE)) == 1
    assert not Farewell.objects.exists()


def test_what_meta_refuses_is_not_said_again(cast: Cast, graph: Graph) -> None:
    graph.answers[UNSUBSCRIBE] = refusal(190, 463, status=401)
    disconnect(connected(cast.business, "MESSENGER", "111"))
    assert not Farewell.objects.exists()


def test_an_account_that_was_connected_again_keeps_its_webhooks(
    cast: Cast, graph: Graph, later: Later
) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    graph.answers[UNSUBSCRIBE] = AWAY
    disconnect(page)
    graph.answers[UNSUBSCRIBE] = {"success": True}
    connected(cast.rival, "MESSENGER", "111")
    later(timedelta(minutes=2))
    farewells.drain()
    assert len(graph.asked(UNSUBSCRIBE)) == 1
    assert not Farewell.objects.exists()


def test_an_account_that_is_connected_again_at_this_moment_is_looked_at(cast: Cast, graph: Graph) -> None:
    page = connected(cast.business, "MESSENGER", "111")
    again: list[ChannelIntegration] = []

    def meanwhile(_request: httpx2.Request) -> Any:
        again.append(connected(cast.rival, "MESSENGER", "111"))
        set_watch(again[0])
        return {"success": True}

    graph.answers[UNSUBSCRIBE] = meanwhile
    disconnect(page)
    watch = Watch.objects.get(integration=again[0])
    assert watch.inspect_at <= watch.integration.created_at + timedelta(minutes=1)


def test_it_is_given_up_after_ten_days(cast: Cast, graph: Graph, later: Later) -> None:
    graph.answers[UNSUBSCRIBE] = AWAY
    disconnect(connected(cast.business, "MESSENGER", "111"))
    passed = timedelta()
    for pause in FAREWELL_PAUSES:
        assert Farewell.objects.exists()
        passed += pause + timedelta(seconds=1)
        later(passed)
        farewells.drain()
    assert not Farewell.objects.exists()
    assert len(graph.asked(UNSUBSCRIBE)) == len(FAREWELL_PAUSES) + 1
    assert timedelta(days=9) < passed < timedelta(days=11)


def test_the_access_that_a_person_gave_is_given_back(cast: Cast, graph: Graph, granted: Granted) -> None:
    disconnect(through_dialog(cast, graph, granted))
    assert len(graph.asked(UNSUBSCRIBE)) == 1
    assert len(graph.asked(REVOKE)) == 1
    assert not Consent.objects.exists()


def test_the_access_stays_while_another_account_lives_on_it(
    cast: Cast, graph: Graph, granted: Granted
) -> None:
    page, profile = (through_dialog(cast, graph, granted, name) for name in ("MESSENGER", "INSTAGRAM"))
    disconnect(page)
    assert not graph.asked(REVOKE)
    disconnect(profile)
    assert len(graph.asked(REVOKE)) == 1


def test_an_outage_between_the_two_words(cast: Cast, graph: Graph, granted: Granted, later: Later) -> None:
    page = through_dialog(cast, graph, granted)
    graph.answers[REVOKE] = AWAY
    disconnect(page)
    assert Farewell.objects.exists()
    graph.answers[REVOKE] = {"success": True}
    later(timedelta(minutes=2))
    farewells.drain()
    assert len(graph.asked(REVOKE)) == 2
    assert not Farewell.objects.exists()


def test_a_token_of_the_business_itself_is_not_ours_to_end(cast: Cast, graph: Graph) -> None:
    graph.answers[REVOKE] = {"success": True}
    disconnect(popup(cast))
    assert graph.asked("DELETE /102/subscribed_apps")
    assert not graph.asked(REVOKE)
