"""What a member may do, and in which business."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from backend.api.members import members_by
from backend.businesses.models import Membership, Role, User
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast, ClientOf

UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"
MANAGED = [
    ("GET", "/api/integrations"),
    ("POST", "/api/integrations/connect"),
    ("GET", f"/api/integrations/{UNKNOWN_ID}"),
    ("DELETE", f"/api/integrations/{UNKNOWN_ID}"),
    ("POST", f"/api/integrations/{UNKNOWN_ID}/finish"),
    ("GET", f"/api/integrations/{UNKNOWN_ID}/accounts"),
    ("POST", f"/api/integrations/{UNKNOWN_ID}/select"),
    ("POST", f"/api/integrations/{UNKNOWN_ID}/test"),
    ("POST", f"/api/integrations/{UNKNOWN_ID}/refresh"),
    ("POST", f"/api/integrations/{UNKNOWN_ID}/webhook-secret"),
    ("GET", "/api/webhook-events"),
    ("POST", "/api/webhook-events/replay"),
    ("POST", "/api/webhook-events/1/replay"),
]
FOR_ALL = [
    ("GET", "/api/conversations"),
    ("GET", f"/api/conversations/{UNKNOWN_ID}"),
    ("PATCH", f"/api/conversations/{UNKNOWN_ID}"),
    ("POST", f"/api/conversations/{UNKNOWN_ID}/read"),
    ("POST", f"/api/conversations/{UNKNOWN_ID}/typing"),
    ("GET", f"/api/conversations/{UNKNOWN_ID}/messages"),
    ("POST", f"/api/conversations/{UNKNOWN_ID}/messages"),
    ("POST", f"/api/messages/{UNKNOWN_ID}/retry"),
    ("GET", f"/api/contacts/{UNKNOWN_ID}"),
]


def send(client: AgreeingClient, method: str, path: str) -> tuple[int, str]:
    answer = client.generic(method, path)
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(("method", "path"), MANAGED + FOR_ALL)
def test_nothing_is_shown_without_a_login(nobody: AgreeingClient, method: str, path: str) -> None:
    assert send(nobody, method, path) == (401, "not_authenticated")


@pytest.mark.parametrize(("method", "path"), MANAGED)
def test_an_agent_manages_no_integrations(agent: AgreeingClient, method: str, path: str) -> None:
    assert send(agent, method, path) == (403, "role_required")


@pytest.mark.parametrize(("method", "path"), FOR_ALL)
def test_an_agent_works_with_conversations(agent: AgreeingClient, method: str, path: str) -> None:
    assert send(agent, method, path)[0] not in (401, 403)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_owners_and_admins_manage_integrations(cast: Cast, client_of: ClientOf, role: Role) -> None:
    member = {Role.OWNER: cast.owner, Role.ADMIN: cast.admin}[role]
    assert client_of(member).get("/api/integrations").status_code == 200


def test_a_role_changes_at_once(cast: Cast, agent: AgreeingClient) -> None:
    Membership.objects.filter(pk=cast.agent.pk).update(role=Role.ADMIN)
    assert agent.get("/api/integrations").status_code == 200
    cast.agent.delete()
    assert send(agent, "GET", "/api/conversations") == (403, "role_required")


def test_a_member_of_several_businesses_has_to_pick(cast: Cast, owner: AgreeingClient) -> None:
    Membership.objects.create(business=cast.rival, user=cast.owner.user, role=Role.AGENT)
    assert send(owner, "GET", "/api/conversations") == (400, "business_required")
    assert owner.get("/api/conversations", headers={"X-Business-Id": "rival-shop"}).status_code == 200
    assert owner.get("/api/integrations", headers={"X-Business-Id": "rival-shop"}).status_code == 403
    assert owner.get("/api/integrations", headers={"X-Business-Id": "demo-shop"}).status_code == 200
    names = [business["name"] for business in owner.get("/api/me").json()["businesses"]]
    assert names == ["Demo Shop", "Rival Shop"]


@pytest.mark.parametrize("business", ["rival-shop", "nobody", "demo-shop\x00", "ü"])
def test_a_foreign_business_is_not_found(owner: AgreeingClient, business: str) -> None:
    answer = owner.get("/api/integrations", headers={"X-Business-Id": business})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_person_of_no_business_has_nothing(cast: Cast, client_of: ClientOf) -> None:
    lonely = Membership(user=User.objects.create_user("lonely@demo.test", "x"), business=cast.business)
    assert client_of(lonely).get("/api/me").json()["businesses"] == []
    assert client_of(lonely).get("/api/conversations").status_code == 403


def test_what_belongs_to_another_business_is_not_found(cast: Cast, client_of: ClientOf) -> None:
    integration = rows.connected(cast.business)
    conversation = rows.conversation(integration)
    stranger = client_of(cast.stranger)
    foreign = [
        ("GET", f"/api/integrations/{integration.pk}"),
        ("DELETE", f"/api/integrations/{integration.pk}"),
        ("GET", f"/api/integrations/{integration.pk}/accounts"),
        ("POST", f"/api/integrations/{integration.pk}/test"),
        ("POST", f"/api/integrations/{integration.pk}/refresh"),
        ("POST", f"/api/integrations/{integration.pk}/webhook-secret"),
        ("GET", f"/api/conversations/{conversation.pk}"),
        ("POST", f"/api/conversations/{conversation.pk}/read"),
        ("GET", f"/api/conversations/{conversation.pk}/messages"),
        ("GET", f"/api/contacts/{conversation.contact_id}"),
        ("DELETE", f"/api/contacts/{conversation.contact_id}"),
    ]
    for method, path in foreign:
        answer = stranger.generic(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    with_bodies = [
        ("POST", f"/api/integrations/{integration.pk}/finish", {"ticket": "x"}),
        ("POST", f"/api/integrations/{integration.pk}/select", {"accountId": "1"}),
        ("PATCH", f"/api/conversations/{conversation.pk}", {"status": "CLOSED"}),
        ("POST", f"/api/conversations/{conversation.pk}/typing", {"on": True}),
        ("POST", f"/api/conversations/{conversation.pk}/messages", {"type": "TEXT", "text": "Hi"}),
        ("POST", f"/api/messages/{conversation.last_message_id}/retry", {}),
    ]
    for method, path, body in with_bodies:
        answer = getattr(stranger, method.lower())(path, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert stranger.get("/api/conversations").json()["conversations"] == []
    assert stranger.get("/api/integrations").json()["integrations"] == []


def test_who_asks_is_read_as_the_rows_hold_it(cast: Cast, django_assert_num_queries: Any) -> None:
    for row in Membership.objects.select_related("business", "user"):
        with django_assert_num_queries(1):
            [found] = members_by(row.user_id)
            pairs = [(found, row), (found.business, row.business), (found.user, row.user)]
        for read, kept in pairs:
            assert type(read) is type(kept)
            for field in kept._meta.concrete_fields:
                assert getattr(read, field.attname) == getattr(kept, field.attname), field
    User.objects.filter(pk=cast.owner.user_id).update(is_active=False)
    assert members_by(cast.owner.user_id) == ()
    assert members_by(UUID(UNKNOWN_ID)) == ()
