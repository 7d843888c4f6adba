"""WhatsApp's popup and the pasted token, as a member uses them; and a process that dies in the middle."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from backend.connecting.claims import Claim
from backend.connecting.models import ConnectionAttempt
from backend.connecting.signup import connect_embedded, connect_manual
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret
from tests.conftest import Cast
from tests.connecting.conftest import SCOPES, Graph
from tests.platforms.cast import token_info

PASTED = "EAApasted-by-the-owner"
WHATSAPP_SCOPES = tuple(name for name in SCOPES if name.startswith("whatsapp"))


class Killed(BaseException):
    """The process dies here."""


def popup(cast: Cast, code: str = "code-1", **claim: Any) -> ChannelIntegration:
    """What the popup brought is sent to the service."""
    return connect_embedded(cast.owner, Secret(code), _claim(claim))


def paste(cast: Cast, token: str = PASTED, **claim: Any) -> ChannelIntegration:
    """A permanent token is pasted."""
    return connect_manual(cast.owner, Secret(token), _claim(claim))


def _claim(changes: dict[str, Any]) -> Claim:
    return Claim(**({"waba_id": "102", "number_id": "555"} | changes))


def states() -> dict[str, str]:
    """The steps of the newest attempt."""
    attempt = ConnectionAttempt.objects.latest("created_at")
    return {step.name: step.state for step in attempt.steps.all()}


def step(name: str) -> Any:
    """A step of the newest attempt."""
    return ConnectionAttempt.objects.latest("created_at").steps.get(name=name)


def gives_business_tokens(graph: Graph, app_id: str, scopes: tuple[str, ...] = WHATSAPP_SCOPES) -> None:
    """Every token is a business's own, limited to the WABA 102, and does not expire."""
    limits = [{"scope": name, "target_ids": ["102"]} for name in scopes]
    graph.answers["GET /debug_token"] = token_info(
        scopes, app_id=app_id, type="SYSTEM_USER", expires_at=0, granular_scopes=limits
    )
    graph.answers["GET /me/permissions"] = {"data": []}


def die_at(graph: Graph, settings: Any, wanted: str, *, after: bool) -> None:
    """The process dies before, or after, this request reaches Meta; once."""
    method, path = wanted.split()
    alive = [True]

    def answer(request: httpx2.Request) -> httpx2.Response:
        here = request.method == method and request.url.path.endswith(path)
        if here and alive and not after:
            alive.clear()
            raise Killed
        response = graph.meta(request)
        if here and alive:
            alive.clear()
            raise Killed
        return response

    settings.META_TRANSPORT = httpx2.MockTransport(answer)


@pytest.fixture
def meta(graph: Graph, settings: Any) -> Graph:
    """A Meta that gives tokens of businesses."""
    gives_business_tokens(graph, settings.META_APP_ID)
    return graph


@pytest.fixture
def unregistered(meta: Graph) -> Graph:
    """A Meta whose number is not registered yet."""
    meta.has_number("555", status="PENDING")
    return meta


def pins(graph: Graph) -> list[str]:
    """The PINs that the number was registered with."""
    return [json.loads(each.content)["pin"] for each in graph.asked("POST /555/register")]
