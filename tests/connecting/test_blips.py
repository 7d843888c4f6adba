"""Only what truly means a dead token changes the state of an account; whatever else Meta says, it stays."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.connecting import health, token_life
from backend.connecting.refresh import BeingRenewed, refresh, refresh_now
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.platforms.errors import PlatformError
from tests.conftest import Cast
from tests.connecting.conftest import SCOPES, Graph
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal, token_info
from tests.platforms.test_error_tables import AWAY, DEAD, LATE, MISSING, NO, PASSING, UNKNOWN, Row

BLIPS: list[Any] = [
    httpx2.Response(502, text="<html>Bad gateway</html>"),
    httpx2.Response(200, text="<html>Not JSON</html>"),
    httpx2.Response(200, json=[]),
    refusal(190, is_transient=True),
    refusal(2, status=503, is_transient=True),
    httpx2.ConnectError("refused"),
    httpx2.ReadTimeout("slow"),
    httpx2.RemoteProtocolError("closed"),
]
EXPIRED: Row = (190, 463)


@pytest.fixture
def page(cast: Cast, graph: Graph, settings: Any) -> ChannelIntegration:
    graph.answers["GET /111"] = {"id": "111", "name": "Corner Bakery"}
    graph.answers["GET /111/subscribed_apps"] = {"data": [{"id": settings.META_APP_ID}]}
    integration = connected(cast.business, "MESSENGER", "111")
    integration.token_expires_at = now() - timedelta(minutes=1)
    integration.save()
    return integration


def go_through_everything(page: ChannelIntegration) -> str:
    """Renew, look daily and test; the status after that."""
    with contextlib.suppress(PlatformError):
        refresh(ChannelIntegration.objects.get(pk=page.pk))
    token_life.drain()
    health.test(ChannelIntegration.objects.get(pk=page.pk))
    return ChannelIntegration.objects.get(pk=page.pk).status


@pytest.mark.parametrize("row", [*PASSING, *UNKNOWN, *MISSING, *LATE, *AWAY, *NO], ids=str)
def test_no_other_refusal_ends_a_connection(graph: Graph, page: ChannelIntegration, row: Row) -> None:
    for path in [*graph.answers]:
        graph.answers[path] = refusal(*row)
    assert go_through_everything(page) == IntegrationStatus.CONNECTED


@pytest.mark.parametrize("blip", BLIPS, ids=repr)
def test_a_blip_ends_nothing(graph: Graph, page: ChannelIntegration, blip: Any) -> None:
    for path in [*graph.answers]:
        graph.answers[path] = blip
    assert go_through_everything(page) == IntegrationStatus.CONNECTED


@pytest.mark.parametrize("row", [row for row in DEAD if row != EXPIRED], ids=str)
def test_a_dead_token_ends_it(graph: Graph, page: ChannelIntegration, row: Row) -> None:
    graph.answers["POST /oauth/access_token"] = refusal(*row, status=401)
    with pytest.raises(PlatformError):
        refresh(page)
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.last_error_code) == (IntegrationStatus.ERROR, "reconnect_required")
    assert kept.last_error_resolution


@pytest.mark.parametrize("row", DEAD, ids=str)
def test_a_dead_token_is_found_by_the_daily_look(graph: Graph, page: ChannelIntegration, row: Row) -> None:
    said = {"code": row[0], "subcode": row[1], "message": "Dead"}
    graph.answers["GET /debug_token"] = token_info((), is_valid=False, error=said)
    token_life.drain()
    assert ChannelIntegration.objects.get().status == IntegrationStatus.ERROR


@pytest.mark.parametrize("row", DEAD, ids=str)
def test_a_dead_token_is_found_by_a_test(graph: Graph, page: ChannelIntegration, row: Row) -> None:
    said = {"code": row[0], "subcode": row[1], "message": "Dead"}
    alive, graph.answers["GET /debug_token"] = (
        graph.answers["GET /debug_token"],
        token_info((), is_valid=False, error=said),
    )
    health.test(page)
    assert ChannelIntegration.objects.get().status == IntegrationStatus.ERROR
    graph.answers["GET /debug_token"] = alive
    health.test(ChannelIntegration.objects.get())
    assert ChannelIntegration.objects.get().status == IntegrationStatus.CONNECTED


def test_an_expired_login_leaves_the_pages_token(
    graph: Graph, page: ChannelIntegration, settings: Any
) -> None:
    """The login's sixty days are over, the Page's token knows no end: messages go on, and somebody is told."""

    def known(request: httpx2.Request) -> Any:
        own = request.url.params["input_token"].startswith("EAApage")
        error = {} if own else {"error": {"code": 190, "subcode": 463, "message": "Expired"}}
        return token_info(SCOPES if own else (), app_id=settings.META_APP_ID, is_valid=own, **error)

    graph.answers["POST /oauth/access_token"] = refusal(*EXPIRED, status=401)
    graph.answers["GET /debug_token"] = known
    assert go_through_everything(page) == IntegrationStatus.CONNECTED
    assert ChannelIntegration.objects.get().last_error_code == "login_valid"


@pytest.mark.parametrize("code", [1, 2, 4])
def test_a_look_that_meta_could_not_take_finds_no_dead_token(
    graph: Graph, page: ChannelIntegration, code: int
) -> None:
    said = {"code": code, "message": "An unknown error has occurred."}
    graph.answers["GET /debug_token"] = token_info((), is_valid=False, error=said)
    token_life.drain()
    assert ChannelIntegration.objects.get().status == IntegrationStatus.CONNECTED


def test_one_renewal_at_a_time(graph: Graph, page: ChannelIntegration, cast: Cast) -> None:
    asked: list[str] = []

    def meanwhile(_request: httpx2.Request) -> Any:
        asked.append("renewed")
        with pytest.raises(BeingRenewed):
            refresh_now(ChannelIntegration.objects.get(), by=cast.admin)
        token_life.drain()
        return {"access_token": "EAAnewer"}

    graph.answers["POST /oauth/access_token"] = meanwhile
    refresh_now(page, by=cast.owner)
    assert asked == ["renewed"]
    graph.answers["POST /oauth/access_token"] = {"access_token": "EAAnewest"}
    refresh_now(ChannelIntegration.objects.get(), by=cast.admin)  # The claim is given back.
