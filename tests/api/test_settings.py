"""What a business chooses for an account."""

from __future__ import annotations

from typing import Any

import pytest

from backend.businesses.models import ApiKey
from backend.businesses.trail import AuditEntry
from backend.feed.models import FeedEntry
from backend.integrations.models import ChannelIntegration
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.api.bearers import code
from tests.conftest import Cast

DEFAULTS = {
    "readPolicy": "ON_REPLY",
    "quietForSeconds": 0,
    "newConversationHandler": "HUMAN",
    "humanReplyTakesOver": True,
    "humanAgent": False,
}
CHOSEN = {
    "readPolicy": "NEVER",
    "quietForSeconds": 12,
    "newConversationHandler": "AI",
    "humanReplyTakesOver": False,
    "humanAgent": True,
}


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return rows.connected(cast.business)


def patch(client: AgreeingClient, page: ChannelIntegration, body: Any) -> Any:
    return client.patch(f"/api/integrations/{page.pk}", body, format="json")


def shown(client: AgreeingClient) -> Any:
    return client.get("/api/integrations").json()["integrations"][0]["settings"]


def test_defaults_are_shown_and_what_is_chosen_stays(owner: AgreeingClient, page: ChannelIntegration) -> None:
    assert shown(owner) == DEFAULTS
    answer = patch(owner, page, {"settings": CHOSEN})
    assert answer.json()["integration"]["settings"] == CHOSEN == shown(owner)
    patch(owner, page, {"settings": {"readPolicy": "ON_OPEN"}})
    assert shown(owner) == {**CHOSEN, "readPolicy": "ON_OPEN"}
    assert owner.get(f"/api/integrations/{page.pk}").json()["integration"]["settings"] == shown(owner)


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({}, "settings"),
        ({"colour": "red"}, "settings.colour"),
        ({"readPolicy": "SOMETIMES"}, "settings.readPolicy"),
        ({"readPolicy": None}, "settings.readPolicy"),
        ({"quietForSeconds": -1}, "settings.quietForSeconds"),
        ({"quietForSeconds": "5"}, "settings.quietForSeconds"),
        ({"quietForSeconds": 1.5}, "settings.quietForSeconds"),
        ({"quietForSeconds": True}, "settings.quietForSeconds"),
        ({"quietForSeconds": 10**30}, "settings.quietForSeconds"),
        ({"newConversationHandler": "ROBOT"}, "settings.newConversationHandler"),
        ({"humanReplyTakesOver": "yes"}, "settings.humanReplyTakesOver"),
        ({"humanAgent": 1}, "settings.humanAgent"),
        ([], "settings"),
        ("NEVER", "settings"),
    ],
    ids=str,
)
def test_what_is_not_as_it_should_be_changes_nothing(
    owner: AgreeingClient, page: ChannelIntegration, chosen: Any, field: str
) -> None:
    answer = patch(owner, page, {"settings": chosen})
    assert code(answer) == (400, "validation_error")
    assert field in answer.json()["fields"]
    assert shown(owner) == DEFAULTS


@pytest.mark.parametrize("body", [{}, {"settings": {"humanAgent": True}, "status": "CONNECTED"}], ids=str)
def test_only_settings_can_be_changed(owner: AgreeingClient, page: ChannelIntegration, body: Any) -> None:
    assert code(patch(owner, page, body)) == (400, "validation_error")
    assert shown(owner) == DEFAULTS


def test_only_those_who_manage(
    cast: Cast, owner: AgreeingClient, agent: AgreeingClient, page: ChannelIntegration
) -> None:
    assert code(patch(agent, page, {"settings": CHOSEN})) == (403, "role_required")
    assert code(patch(owner, rows.connected(cast.rival), {"settings": CHOSEN})) == (404, "not_found")
    assert shown(owner) == DEFAULTS


def test_the_trail_and_the_feed_tell_of_it_once(owner: AgreeingClient, page: ChannelIntegration) -> None:
    for _ in range(2):
        patch(owner, page, {"settings": {"quietForSeconds": 5}})
    (entry,) = AuditEntry.objects.filter(action="integration.settings_changed")
    assert entry.detail["settings"] == {"quietForSeconds": {"from": None, "to": 5}}
    (told,) = FeedEntry.objects.filter(type="integration.updated")
    assert told.data["integrationId"] == str(page.pk)


def test_whatsapp_has_no_human_agent(cast: Cast, owner: AgreeingClient) -> None:
    number = rows.connected(cast.business, "WHATSAPP")
    assert code(patch(owner, number, {"settings": {"humanAgent": True}})) == (409, "unsupported_by_platform")
    assert patch(owner, number, {"settings": {"humanAgent": False}}).status_code == 200


def test_the_first_handler_follows_the_keys_until_it_is_chosen(
    owner: AgreeingClient, page: ChannelIntegration
) -> None:
    made = owner.post(
        "/api/api-keys", {"name": "Bot", "scopes": ["messages:send"], "actor": "AI"}, format="json"
    ).json()
    assert shown(owner)["newConversationHandler"] == "AI"
    patch(owner, page, {"settings": {"newConversationHandler": "HUMAN"}})
    assert shown(owner)["newConversationHandler"] == "HUMAN"
    patch(owner, page, {"settings": {"newConversationHandler": None}})
    assert shown(owner)["newConversationHandler"] == "AI"
    owner.delete(f"/api/api-keys/{made['apiKey']['id']}")
    assert ApiKey.objects.live().count() == 0
    assert shown(owner)["newConversationHandler"] == "HUMAN"
