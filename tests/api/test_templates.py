"""The templates of an account, and a message of one."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.api.examples_outgoing import OUTGOING
from backend.integrations import templates
from backend.integrations.models import ChannelIntegration
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast, ClientOf
from tests.integrations.listing import ALL
from tests.platforms.cast import Meta, refusal


@pytest.fixture
def meta(settings: Any) -> Meta:
    found = Meta({})
    settings.META_TRANSPORT = httpx2.MockTransport(found)
    return found


@pytest.fixture
def number(cast: Cast, meta: Meta) -> ChannelIntegration:
    integration = rows.connected(cast.business, "WHATSAPP", account_id="102290129340398")
    meta.answers = {f"GET /{integration.platform_account_id}/message_templates": {"data": ALL}}
    return integration


def address(integration: ChannelIntegration, more: str = "") -> str:
    return f"/api/integrations/{integration.pk}/templates{more}"


def test_they_are_listed_with_what_they_take(owner: AgreeingClient, number: ChannelIntegration) -> None:
    empty = owner.get(address(number)).json()
    assert (empty["templates"], empty["syncedAt"]) == ([], None)
    synced = owner.post(address(number, "/sync")).json()
    assert (synced["count"], bool(synced["syncedAt"])) == (len(ALL), True)
    listed = owner.get(address(number)).json()
    assert (len(listed["templates"]), listed["syncedAt"]) == (len(ALL), synced["syncedAt"])
    order = next(row for row in listed["templates"] if row["name"] == "order_update")
    body, buttons = order["components"]
    assert [slot["name"] for slot in body["parameters"]] == ["1", "2"]
    assert buttons["buttons"][0]["parameter"]["type"] == "TEXT"
    carousel = next(row for row in listed["templates"] if row["name"] == "carousel")
    assert len(carousel["components"][1]["cards"]) == 2


def test_pages_and_the_filter(owner: AgreeingClient, number: ChannelIntegration) -> None:
    templates.sync(number)
    first = owner.get(address(number, "?limit=4")).json()
    rest = owner.get(address(number, f"?limit=4&cursor={first['nextCursor']}")).json()
    assert rest["nextCursor"] is None
    seen = [row["name"] for page in (first, rest) for row in page["templates"]]
    assert sorted(seen) == sorted(row["name"] for row in ALL)
    refused = owner.get(address(number, "?status=REJECTED")).json()["templates"]
    assert [(row["name"], row["rejectedReason"]) for row in refused] == [("spring", "INVALID_FORMAT")]
    assert owner.get(address(number, "?status=NICE")).status_code == 400


def test_other_platforms_have_none(cast: Cast, owner: AgreeingClient) -> None:
    page = rows.connected(cast.business)
    for answer in (owner.get(address(page)), owner.post(address(page, "/sync"))):
        assert (answer.status_code, answer.json()["code"]) == (409, "unsupported_by_platform")


def test_what_meta_says_reaches_who_asked(
    owner: AgreeingClient, number: ChannelIntegration, meta: Meta
) -> None:
    meta.answers = {f"GET /{number.platform_account_id}/message_templates": refusal(200)}
    answer = owner.post(address(number, "/sync"))
    assert (answer.status_code, answer.json()["code"]) == (409, "permission_missing")
    ChannelIntegration.objects.update(status="DISCONNECTED")
    assert owner.post(address(number, "/sync")).json()["code"] == "not_connected"


def test_strangers_and_agents(
    agent: AgreeingClient, cast: Cast, client_of: ClientOf, number: ChannelIntegration
) -> None:
    assert agent.get(address(number)).status_code == 403
    assert client_of(cast.stranger).get(address(number)).status_code == 404


def test_a_message_of_one_keeps_what_was_said(agent: AgreeingClient, number: ChannelIntegration) -> None:
    path = f"/api/conversations/{rows.conversation(number).pk}/messages"
    answer = agent.post(path, OUTGOING["Template"], format="json")
    assert answer.status_code == 202, answer.json()  # Nobody had read the templates: sending does.
    message = answer.json()["message"]
    assert (message["type"], message["text"]) == ("TEMPLATE", "Hello Carla, your order 4711 is on its way.")
    assert message["payload"]["template"] == OUTGOING["Template"]["template"]
    wrong = OUTGOING["Template"] | {"template": {"name": "order_update", "language": "de"}}
    answer = agent.post(path, wrong, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["template.language"])
