"""The two other ways to connect WhatsApp, as they travel."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.lib.secret import MASK
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast
from tests.connecting.conftest import Graph
from tests.connecting.signing_up import PASTED, gives_business_tokens
from tests.platforms.cast import refusal

EMBEDDED = "/api/integrations/connect/embedded"
MANUAL = "/api/integrations/connect/manual"
POPUP = {"code": "code-1", "wabaId": "102", "phoneNumberId": "555"}
TOKEN = {"accessToken": PASTED, "wabaId": "102", "phoneNumberId": "555"}
BOTH = pytest.mark.parametrize(("path", "body"), [(EMBEDDED, POPUP), (MANUAL, TOKEN)])


@pytest.fixture
def meta(settings: Any) -> Graph:
    graph = Graph(settings.META_APP_ID)
    gives_business_tokens(graph, settings.META_APP_ID)
    settings.META_TRANSPORT = httpx2.MockTransport(graph.meta)
    return graph


@BOTH
def test_a_number_is_connected(cast: Cast, owner: AgreeingClient, meta: Graph, path: str, body: Any) -> None:
    answer = owner.post(path, body, format="json")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["success"], shown["message"]) == (True, "WhatsApp connected successfully")
    one = shown["integration"]
    assert (one["status"], one["platformAccountId"], one["metadata"]["phoneNumberId"]) == (
        "CONNECTED",
        "102",
        "555",
    )
    assert (one["accessToken"], one["webhookSecret"], one["health"]) == (MASK, MASK, "ok")
    assert PASTED not in answer.content.decode()


def test_every_step_is_a_check(cast: Cast, owner: AgreeingClient, meta: Graph) -> None:
    meta.has_number("555", status="PENDING")
    meta.answers["POST /555/register"] = refusal(133005)
    one = owner.post(EMBEDDED, POPUP, format="json").json()["integration"]
    assert (one["status"], one["health"], one["lastErrorCode"]) == ("CONNECTED", "degraded", "register")
    health = owner.get(f"/api/integrations/{one['id']}/health").json()
    assert health["state"] == "degraded"
    assert [(check["code"], check["ok"]) for check in health["checks"]] == [
        ("verify_grant", True),
        ("check_number", True),
        ("subscribe", True),
        ("override_webhook", True),
        ("register", False),
        ("read_number", True),
    ]
    assert "Meta says" in health["checks"][4]["message"]


@BOTH
def test_agents_and_strangers_may_not(
    cast: Cast, agent: AgreeingClient, nobody: AgreeingClient, path: str, body: Any
) -> None:
    assert agent.post(path, body, format="json").json()["code"] == "role_required"
    assert nobody.post(path, body, format="json").status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (EMBEDDED, {**POPUP, "code": ""}, "code"),
        (EMBEDDED, {**POPUP, "code": "a b"}, "code"),
        (EMBEDDED, {**POPUP, "code": 5}, "code"),
        (EMBEDDED, {"code": "x", "phoneNumberId": "5"}, "wabaId"),
        (EMBEDDED, {**POPUP, "wabaId": "../me"}, "wabaId"),
        (EMBEDDED, {**POPUP, "wabaId": 102}, "wabaId"),
        (EMBEDDED, {**POPUP, "pin": "12345"}, "pin"),
        (EMBEDDED, {**POPUP, "pin": "12345x"}, "pin"),
        (EMBEDDED, {**POPUP, "coexistence": "yes"}, "coexistence"),
        (EMBEDDED, {**POPUP, "redirectUri": ""}, "redirectUri"),
        (MANUAL, {**TOKEN, "accessToken": "EAA\nX-Evil: 1"}, "accessToken"),
        (MANUAL, {**TOKEN, "accessToken": "EAAö"}, "accessToken"),
        (MANUAL, {**TOKEN, "phoneNumberId": None}, "phoneNumberId"),
        (MANUAL, {"accessToken": PASTED, "wabaId": "102"}, "phoneNumberId"),
    ],
)
def test_what_makes_no_sense(
    cast: Cast, owner: AgreeingClient, path: str, body: dict[str, Any], field: str
) -> None:
    answer = owner.post(path, body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert PASTED not in answer.content.decode()


def test_whitespace_around_a_pasted_token_is_no_part_of_it(
    cast: Cast, owner: AgreeingClient, meta: Graph
) -> None:
    answer = owner.post(MANUAL, {**TOKEN, "accessToken": f" {PASTED}\n"}, format="json")
    assert answer.status_code == 200
    assert meta.asked("GET /102")[0].headers["authorization"] == f"Bearer {PASTED}"


def test_null_is_left_out(cast: Cast, owner: AgreeingClient, meta: Graph) -> None:
    body = {**POPUP, "phoneNumberId": None, "pin": None}
    assert owner.post(EMBEDDED, body, format="json").status_code == 200


def test_a_refused_token_says_what_to_do(cast: Cast, owner: AgreeingClient, meta: Graph) -> None:
    meta.answers["GET /debug_token"] = refusal(190, status=401, message=f"Malformed access token {PASTED}")
    answer = owner.post(MANUAL, TOKEN, format="json")
    body = answer.json()
    assert (answer.status_code, body["code"], body["platformCode"]) == (409, "platform_refused", 190)
    assert "system user" in body["resolution"]
    assert PASTED not in answer.content.decode()


def test_a_number_of_others_is_named(cast: Cast, owner: AgreeingClient, meta: Graph) -> None:
    meta.answers["GET /102/phone_numbers"] = {"data": [{"id": "556"}]}
    answer = owner.post(EMBEDDED, POPUP, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["phoneNumberId"])


def test_an_outage_is_503(cast: Cast, owner: AgreeingClient, meta: Graph) -> None:
    meta.answers["POST /102/subscribed_apps"] = refusal(2, status=503)
    answer = owner.post(EMBEDDED, POPUP, format="json")
    assert (answer.status_code, answer.json()["code"]) == (503, "platform_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
