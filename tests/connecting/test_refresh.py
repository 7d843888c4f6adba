from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.connecting.leave import disconnect
from backend.connecting.refresh import NothingToRefresh, refresh
from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration
from backend.lib.clock import now
from backend.lib.secret import Secret
from tests.conftest import Cast
from tests.connecting.conftest import Graph
from tests.integrations.accounts import connected


def expiring(cast: Cast) -> ChannelIntegration:
    integration = connected(cast.business, "MESSENGER", "111")
    integration.token_expires_at = now() + timedelta(days=1)
    integration.save()
    return integration


def in_between(settings: Any, graph: Graph, happens: Any) -> None:
    """While Meta renews the token, something else happens."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/oauth/access_token"):
            happens()
        return graph.meta(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)


def test_a_disconnect_meanwhile_is_not_undone(cast: Cast, graph: Graph, settings: Any) -> None:
    integration = expiring(cast)
    in_between(settings, graph, lambda: disconnect(ChannelIntegration.objects.get(pk=integration.pk)))
    with pytest.raises(NothingToRefresh):
        refresh(integration)
    integration.refresh_from_db()
    assert integration.status == "DISCONNECTED"
    assert [getattr(integration, column) for column in SEALED_FIELDS] == [None] * 4


def test_the_token_of_a_newer_grant_is_not_replaced(cast: Cast, graph: Graph, settings: Any) -> None:
    integration = expiring(cast)

    def reconnect() -> None:
        row = ChannelIntegration.objects.get(pk=integration.pk)
        vault.put(row, "access_token", Secret("EAAnewer-grant"))
        row.save()

    in_between(settings, graph, reconnect)
    assert vault.take(refresh(integration), "access_token") == Secret("EAAnewer-grant")
