"""A business leaves while Meta is asked: nothing that was sealed for the attempt outlives it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.connecting.errors import TicketExpired
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt
from backend.integrations.models import ChannelIntegration
from tests.conftest import Cast
from tests.connecting.conftest import Graph
from tests.connecting.signing_up import meta, paste, pins, popup, unregistered

__all__ = ["meta", "unregistered"]


def leave_at(graph: Graph, settings: Any, wanted: str) -> list[bool]:
    """The business leaves when this request reaches Meta for the first time; says whether it did."""
    left: list[bool] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        method, path = wanted.split()
        if not left and request.method == method and request.url.path.endswith(path):
            left.append(True)
            disconnect(ChannelIntegration.objects.get())
        return graph.meta(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    return left


@pytest.mark.parametrize(
    ("way", "wanted"),
    [(popup, "POST /oauth/access_token"), (popup, "GET /debug_token"), (paste, "GET /debug_token")],
)
def test_no_grant_is_kept(cast: Cast, meta: Graph, settings: Any, way: Any, wanted: str) -> None:
    left = leave_at(meta, settings, wanted)
    with pytest.raises(TicketExpired):
        way(cast)
    attempt = ConnectionAttempt.objects.get()
    assert left
    assert (attempt.grant, ChannelIntegration.objects.get().status) == ("", "DISCONNECTED")


def test_no_pin_is_kept(cast: Cast, unregistered: Graph, settings: Any) -> None:
    left = leave_at(unregistered, settings, "GET /555")
    assert popup(cast).status == "DISCONNECTED"
    assert left
    assert len(pins(unregistered)) == 1, "it was made up after the others were forgotten"
    assert ConnectionAttempt.objects.get().pin == ""
