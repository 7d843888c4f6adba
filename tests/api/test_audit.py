"""The audit trail: who did what, from where; told to owners and admins, and never rewritten."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import ProtectedError

from backend.businesses import audit
from backend.businesses.actors import Scope
from backend.businesses.audit import Action
from backend.businesses.models import Business
from backend.businesses.trail import AppendOnly, AuditEntry
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.api.test_api_keys import NEW, make
from tests.conftest import Cast, ClientOf


def entries(client: AgreeingClient, query: str = "") -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = client.get(f"/api/audit{query}").json()["entries"]
    return answer


def test_what_was_done_is_told(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    owner.post(f"/api/integrations/{integration.pk}/webhook-secret")
    (entry,) = entries(owner)
    assert {**entry, "id": "", "at": ""} == {
        "id": "",
        "at": "",
        "actor": {"kind": "MEMBER", "id": str(cast.owner.user_id), "name": "Owner"},
        "action": "integration.webhook_secret_renewed",
        "targetType": "integration",
        "targetId": str(integration.pk),
        "ip": "127.0.0.1",
        "detail": {"platform": "MESSENGER"},
    }
    assert entry["at"].endswith("Z")


def test_a_key_leaves_its_own_name(cast: Cast, owner: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    key, client = make(cast.owner, Scope.INTEGRATIONS_WRITE, kind="AI")
    client.delete(f"/api/integrations/{integration.pk}")
    newest = entries(owner)[0]
    assert (newest["action"], newest["actor"]["id"]) == ("integration.disconnected", str(key.pk))
    assert newest["actor"]["kind"] == "AI"


Deed = Callable[[AgreeingClient, Cast], Any]


def on_integration(word: str) -> Deed:
    return lambda client, cast: client.post(f"/api/integrations/{rows.connected(cast.business).pk}/{word}")


def revoke(client: AgreeingClient, cast: Cast) -> Any:
    return client.delete(f"/api/api-keys/{make(cast.owner)[0].pk}")


def retry(client: AgreeingClient, cast: Cast) -> Any:
    conversation = rows.conversation(rows.connected(cast.business))
    failed = rows.message(
        conversation, "Again", direction="OUTBOUND", delivery_status="FAILED", error_code="outcome_unknown"
    )
    return client.post(f"/api/messages/{failed.pk}/retry", {"confirm": True}, format="json")


def begin(client: AgreeingClient, cast: Cast) -> Any:
    return client.post("/api/integrations/connect", {"platform": "INSTAGRAM", "flow": "oauth"}, format="json")


DEEDS: dict[str, tuple[Deed, dict[str, Any]]] = {
    "integration.connect_begun": (begin, {"platform": "INSTAGRAM", "flow": "oauth", "reconnect": False}),
    "integration.webhook_secret_renewed": (on_integration("webhook-secret"), {"platform": "MESSENGER"}),
    "message.retried": (retry, {"confirmed": True, "error": "outcome_unknown"}),
    "api_key.made": (
        lambda client, _: client.post("/api/api-keys", NEW, format="json"),
        {"name": "Support bot", "actor": "AI", "scopes": NEW["scopes"]},
    ),
    "api_key.revoked": (revoke, {"name": "A key"}),
}


@pytest.mark.parametrize(("action", "deed", "detail"), [(name, *deed) for name, deed in DEEDS.items()])
def test_each_deed_leaves_its_entry(
    cast: Cast, owner: AgreeingClient, action: str, deed: Deed, detail: dict[str, Any]
) -> None:
    assert deed(owner, cast).status_code < 300
    newest = entries(owner)[0]
    assert newest["action"] == action
    assert newest["targetType"] == action.partition(".")[0]
    assert detail.items() <= newest["detail"].items()


def test_a_refused_deed_leaves_none(cast: Cast, owner: AgreeingClient, agent: AgreeingClient) -> None:
    integration = rows.connected(cast.business)
    agent.delete(f"/api/integrations/{integration.pk}")
    owner.post("/api/api-keys", {**NEW, "scopes": ["everything"]}, format="json")
    owner.post(
        "/api/integrations/connect",
        {"platform": "INSTAGRAM", "returnTo": "https://evil.example"},
        format="json",
    )
    assert entries(owner) == []


def test_no_secret_stands_in_the_trail(cast: Cast, owner: AgreeingClient) -> None:
    shown = [owner.post("/api/api-keys", NEW, format="json").json()["key"]]
    integration = rows.connected(cast.business)
    shown.append(owner.post(f"/api/integrations/{integration.pk}/webhook-secret").json()["webhookSecret"])
    audit.note(
        cast.business.pk,
        Action.TESTED,
        integration.pk,
        by=cast.owner,
        detail={"token": "clear", "said": f"Bearer {rows.TOKEN}", "key": shown[0]},
    )
    trail = json.dumps(entries(owner)) + str(list(AuditEntry.objects.values()))
    for secret in (*shown, rows.TOKEN, "clear"):
        assert secret not in trail


def test_owners_and_admins_read_it(cast: Cast, client_of: ClientOf, nobody: AgreeingClient) -> None:
    assert client_of(cast.admin).get("/api/audit").status_code == 200
    assert client_of(cast.agent).get("/api/audit").status_code == 403
    assert nobody.get("/api/audit").status_code == 401


def test_pages_hold_every_entry_of_the_business_once(cast: Cast, owner: AgreeingClient) -> None:
    for number in range(5):
        audit.note(cast.business.pk, Action.TESTED, number, by=cast.owner)
        audit.note(cast.rival.pk, Action.TESTED, number, by=cast.stranger)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = owner.get(f"/api/audit?limit=2&cursor={cursor}").json()
        seen += [entry["targetId"] for entry in answer["entries"]]
        cursor = answer["nextCursor"]
    assert seen == ["4", "3", "2", "1", "0"]
    assert owner.get("/api/audit?cursor=x").status_code == 400


def test_the_service_itself_is_an_actor(cast: Cast, owner: AgreeingClient) -> None:
    audit.note(cast.business.pk, Action.TOKEN_REFRESHED, "1", by=None)
    (entry,) = entries(owner)
    assert entry["actor"] == {"kind": "SYSTEM", "id": None, "name": None}
    assert entry["ip"] is None


REWRITES: dict[str, Callable[[AuditEntry], Any]] = {
    "save": lambda entry: entry.save(),
    "save some": lambda entry: entry.save(update_fields=["detail"]),
    "delete": lambda entry: entry.delete(),
    "update all": lambda _: AuditEntry.objects.update(detail={}),
    "delete all": lambda _: AuditEntry.objects.all().delete(),
    "delete some": lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
    "update many": lambda entry: AuditEntry.objects.bulk_update([entry], ["detail"]),
    "update or create": lambda entry: AuditEntry.objects.update_or_create(
        pk=entry.pk, defaults={"target_id": "2"}
    ),
    "upsert": lambda entry: AuditEntry.objects.bulk_create(
        [entry], update_conflicts=True, update_fields=["detail"], unique_fields=["id"]
    ),
    "by the base manager": lambda _: AuditEntry._base_manager.all().delete(),
}


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES.keys())
def test_an_entry_is_never_rewritten(cast: Cast, rewrite: Callable[[AuditEntry], Any]) -> None:
    entry = audit.note(cast.business.pk, Action.TESTED, "1", by=cast.owner, detail={"ok": True})
    before = list(AuditEntry.objects.values())
    with pytest.raises(AppendOnly):
        rewrite(entry)
    assert list(AuditEntry.objects.values()) == before


def test_a_business_is_not_deleted_with_its_trail(cast: Cast) -> None:
    audit.note(cast.business.pk, Action.TESTED, "1", by=cast.owner)
    with pytest.raises(ProtectedError):
        Business.objects.get(pk=cast.business.pk).delete()
    assert AuditEntry.objects.count() == 1
