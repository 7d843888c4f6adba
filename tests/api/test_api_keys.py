"""API keys: shown once, good for what their scopes say, inside their business, until they are revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.businesses import keys
from backend.businesses.actors import Scope
from backend.businesses.logins import real_now
from backend.businesses.models import ApiKey, Caller
from backend.lib.redact import redact_text
from backend.lib.secret import MASK
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.api.bearers import code
from tests.conftest import Cast, ClientOf

NEW = {"name": "Support bot", "scopes": ["conversations:read", "messages:send"], "actor": "AI"}
UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"


def with_key(clear: str, **headers: str) -> AgreeingClient:
    return AgreeingClient(headers={"Authorization": f"Bearer {clear}", **headers})


def make(by: Caller, *scopes: Scope, kind: str = "SERVICE") -> tuple[ApiKey, AgreeingClient]:
    """A key of the caller's business, and a client that sends it."""
    key, clear = keys.make_key(by, name="A key", kind=kind, scopes=scopes or Scope)
    return key, with_key(clear.reveal())


def test_a_key_is_shown_once_and_kept_as_a_hash(owner: AgreeingClient) -> None:
    made = owner.post("/api/api-keys", NEW, format="json")
    assert made.status_code == 201
    clear, shown = made.json()["key"], made.json()["apiKey"]
    assert clear.startswith(shown["prefix"] + "_")
    assert len(clear) - len(shown["prefix"]) > 40
    assert {name: shown[name] for name in NEW} == NEW
    assert shown["lastUsedAt"] is None
    row = ApiKey.objects.values().get()
    assert clear not in str(row)
    assert clear.removeprefix(shown["prefix"] + "_") not in str(row)
    assert clear not in owner.get("/api/api-keys").content.decode()
    assert with_key(clear).get("/api/conversations").status_code == 200


def test_the_list_is_of_the_business_and_of_live_keys(cast: Cast, owner: AgreeingClient) -> None:
    made = [make(cast.owner)[0] for _ in range(3)]
    make(cast.stranger)
    first = owner.get("/api/api-keys?limit=2").json()
    rest = owner.get(f"/api/api-keys?limit=2&cursor={first['nextCursor']}").json()
    listed = [row["id"] for row in first["apiKeys"] + rest["apiKeys"]]
    assert listed == [str(key.pk) for key in reversed(made)]
    assert rest["nextCursor"] is None
    assert owner.delete(f"/api/api-keys/{made[0].pk}").json()["success"] is True
    assert str(made[0].pk) not in str(owner.get("/api/api-keys").json())


def test_a_revoked_key_stops_at_once(cast: Cast, owner: AgreeingClient) -> None:
    key, client = make(cast.owner)
    assert client.get("/api/conversations").status_code == 200
    assert owner.delete(f"/api/api-keys/{key.pk}").status_code == 200
    assert code(client.get("/api/conversations")) == (401, "not_authenticated")
    assert code(owner.delete(f"/api/api-keys/{key.pk}")) == (404, "not_found")


def test_a_foreign_key_is_not_found(cast: Cast, client_of: ClientOf) -> None:
    key, client = make(cast.owner)
    assert code(client_of(cast.stranger).delete(f"/api/api-keys/{key.pk}")) == (404, "not_found")
    assert client.get("/api/conversations").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/api-keys"), ("POST", "/api/api-keys"), ("DELETE", f"/api/api-keys/{UNKNOWN_ID}")],
)
def test_owners_and_admins_manage_keys_and_nobody_else(
    cast: Cast, client_of: ClientOf, method: str, path: str
) -> None:
    _, key = make(cast.owner)
    for client in (client_of(cast.agent), key):
        assert code(client.generic(method, path)) == (403, "role_required")
    assert client_of(cast.admin).generic(method, path).status_code not in (401, 403)
    assert AgreeingClient().generic(method, path).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 1}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": "messages:send"}, "scopes"),
        ({"scopes": ["messages:send"] * 7}, "scopes"),
        ({"actor": "MEMBER"}, "actor"),
        ({"actor": None}, "actor"),
        ({"key": "mine"}, "key"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(owner: AgreeingClient, change: Any, field: str) -> None:
    answer = owner.post("/api/api-keys", {**NEW, **change}, format="json")
    assert code(answer) == (400, "validation_error")
    assert list(answer.json()["fields"]) == [field]
    assert not ApiKey.objects.exists()


def test_a_scope_that_is_named_twice_is_kept_once(owner: AgreeingClient) -> None:
    twice = {**NEW, "scopes": ["messages:send", "messages:send"]}
    assert owner.post("/api/api-keys", twice, format="json").json()["apiKey"]["scopes"] == ["messages:send"]


def test_only_the_whole_key_opens(cast: Cast, settings: Any) -> None:
    key, clear = keys.make_key(cast.owner, name="A key", kind="AI", scopes=Scope)
    good = clear.reveal()
    other, other_clear = keys.make_key(cast.owner, name="Another", kind="AI", scopes=Scope)
    mixed = f"{key.prefix}_{other_clear.reveal().removeprefix(other.prefix + '_')}"
    for bad in (
        good[:-1],
        good + "x",
        good.upper(),
        key.prefix,
        mixed,
        f"{key.prefix}_{key.key_hash}",
        "gwk__",
    ):
        assert code(with_key(bad).get("/api/conversations")) == (401, "not_authenticated"), bad
    assert with_key(good).get("/api/conversations").status_code == 200
    settings.SECRET_KEY = "another secret key of at least thirty-two characters"
    assert with_key(good).get("/api/conversations").status_code == 401, "the hash is keyed"


@pytest.mark.parametrize("business", ["rival-shop", "nobody", "demo-shop\x00", "ü"])
def test_a_key_acts_inside_its_own_business(cast: Cast, business: str) -> None:
    _, clear = keys.make_key(cast.owner, name="A key", kind="AI", scopes=Scope)
    foreign = rows.conversation(rows.connected(cast.rival))
    own = with_key(clear.reveal(), **{"X-Business-Id": "demo-shop"})
    assert own.get("/api/conversations").json()["conversations"] == []
    assert code(own.get(f"/api/conversations/{foreign.pk}")) == (404, "not_found")
    elsewhere = with_key(clear.reveal(), **{"X-Business-Id": business})
    assert code(elsewhere.get("/api/conversations")) == (404, "not_found")


def test_a_key_is_no_person(cast: Cast) -> None:
    assert code(make(cast.owner)[1].get("/api/me")) == (403, "role_required")


def test_the_last_use_is_noted_once_a_minute(cast: Cast) -> None:
    key, clear = keys.make_key(cast.owner, name="A key", kind="AI", scopes=Scope)
    start = real_now()
    noted = []
    for seconds in (0, 1, 59, 60, 61, 180):
        assert keys.key_behind(clear.reveal(), at=start + timedelta(seconds=seconds)) == key
        key.refresh_from_db()
        assert key.last_used_at is not None
        noted.append((key.last_used_at - start).total_seconds())
    assert noted == [0, 0, 0, 60, 60, 180]


@pytest.mark.parametrize("kind", ["AI", "SERVICE"])
def test_what_a_key_sends_is_signed_with_it(cast: Cast, kind: str) -> None:
    conversation = rows.conversation(rows.connected(cast.business), handler="AI")
    key, client = make(cast.owner, Scope.MESSAGES_SEND, kind=kind)
    body = {"type": "TEXT", "text": "We are open until six."}
    sent = client.post(f"/api/conversations/{conversation.pk}/messages", body, format="json").json()
    assert sent["message"]["author"] == {"kind": kind, "id": str(key.pk), "name": "A key"}


def test_a_business_of_keys_has_its_allowance(cast: Cast, settings: Any) -> None:
    settings.READS_PER_MINUTE = 1
    clients = [make(cast.owner)[1] for _ in range(4)]
    # The minute of the real clock may end in between.
    assert 429 in [client.get("/api/conversations").status_code for client in clients]


def test_each_key_and_member_may_have_one_of_their_own(cast: Cast, settings: Any) -> None:
    settings.CALLER_READS_PER_MINUTE = 2
    (_, busy), (_, other) = make(cast.owner), make(cast.owner)
    # The minute of the real clock may end in between.
    refused = [busy.get("/api/conversations") for _ in range(6)][-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert other.get("/api/conversations").status_code == 200


def test_a_key_begins_to_connect(cast: Cast) -> None:
    key, client = make(cast.owner, Scope.INTEGRATIONS_WRITE)
    begun = client.post(
        "/api/integrations/connect", {"platform": "INSTAGRAM", "flow": "oauth"}, format="json"
    )
    assert begun.json()["integration"]["status"] == "PENDING"
    attempt = key.business.integrations.get().attempts.get()
    assert attempt.is_begun_by(key)
    assert not attempt.is_begun_by(make(cast.owner)[0])
    assert not attempt.is_begun_by(cast.owner)


def test_no_log_shows_a_key(cast: Cast) -> None:
    clear = keys.make_key(cast.owner, name="A key", kind="AI", scopes=Scope)[1].reveal()
    assert clear not in redact_text(f"GET /somewhere said {clear}.")
    assert redact_text(clear) == MASK
