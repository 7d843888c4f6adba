"""Which scope opens which address, one by one: the table here is written by hand, and every route stands in it."""

from __future__ import annotations

import re

import pytest

from backend.api.urls import ROUTES
from backend.businesses.actors import Scope
from tests.api.agreeing import AgreeingClient
from tests.api.test_api_keys import make
from tests.conftest import Cast

PUBLIC = "public"  # Open to all, without a login.
PEOPLE = "people"  # Closed to keys, whatever their scopes.

NEEDED = {
    ("GET", "healthz"): PUBLIC,
    ("GET", "readyz"): PUBLIC,
    ("GET", "metrics"): PUBLIC,  # By a token of its own.
    ("POST", "api/auth/token"): PUBLIC,
    ("POST", "api/auth/token/refresh"): PUBLIC,
    ("GET", "api/integrations/oauth/callback"): PUBLIC,
    ("GET", "api/me"): PEOPLE,
    ("GET", "api/api-keys"): PEOPLE,
    ("POST", "api/api-keys"): PEOPLE,
    ("DELETE", "api/api-keys/{id}"): PEOPLE,
    ("GET", "api/audit"): PEOPLE,
    ("GET", "api/integrations"): Scope.INTEGRATIONS_READ,
    ("POST", "api/integrations/connect"): Scope.INTEGRATIONS_WRITE,
    ("POST", "api/integrations/connect/embedded"): Scope.INTEGRATIONS_WRITE,
    ("POST", "api/integrations/connect/manual"): Scope.INTEGRATIONS_WRITE,
    ("GET", "api/integrations/{id}"): Scope.INTEGRATIONS_READ,
    ("PATCH", "api/integrations/{id}"): Scope.INTEGRATIONS_WRITE,
    ("DELETE", "api/integrations/{id}"): Scope.INTEGRATIONS_WRITE,
    ("POST", "api/integrations/{id}/finish"): Scope.INTEGRATIONS_WRITE,
    ("GET", "api/integrations/{id}/accounts"): Scope.INTEGRATIONS_READ,
    ("POST", "api/integrations/{id}/select"): Scope.INTEGRATIONS_WRITE,
    ("POST", "api/integrations/{id}/test"): Scope.INTEGRATIONS_WRITE,
    ("GET", "api/integrations/{id}/health"): Scope.INTEGRATIONS_READ,
    ("POST", "api/integrations/{id}/refresh"): Scope.INTEGRATIONS_WRITE,
    ("POST", "api/integrations/{id}/webhook-secret"): Scope.INTEGRATIONS_WRITE,
    ("GET", "api/conversations"): Scope.CONVERSATIONS_READ,
    ("GET", "api/conversations/{id}"): Scope.CONVERSATIONS_READ,
    ("PATCH", "api/conversations/{id}"): Scope.CONVERSATIONS_WRITE,
    ("POST", "api/conversations/{id}/read"): Scope.CONVERSATIONS_WRITE,
    ("POST", "api/conversations/{id}/typing"): Scope.CONVERSATIONS_WRITE,
    ("GET", "api/conversations/{id}/messages"): Scope.CONVERSATIONS_READ,
    ("POST", "api/conversations/{id}/messages"): Scope.MESSAGES_SEND,
    ("POST", "api/messages/{id}/reaction"): Scope.MESSAGES_SEND,
    ("POST", "api/messages/{id}/retry"): Scope.MESSAGES_SEND,
    ("POST", "api/media"): Scope.MESSAGES_SEND,
    ("GET", "api/media/{id}"): Scope.CONVERSATIONS_READ,
    ("GET", "api/contacts/{id}"): Scope.CONVERSATIONS_READ,
    ("DELETE", "api/contacts/{id}"): PEOPLE,
    ("POST", "api/webhooks/meta/deauthorize"): PUBLIC,
    ("POST", "api/webhooks/meta/data-deletion"): PUBLIC,
    ("GET", "api/data-deletion/{code}"): PUBLIC,
    ("GET", "api/webhook-events"): Scope.EVENTS_READ,
    ("POST", "api/webhook-events/replay"): Scope.INTEGRATIONS_WRITE,
    ("POST", "api/webhook-events/{id}/replay"): Scope.INTEGRATIONS_WRITE,
}
SCOPED = [(*where, scope) for where, scope in NEEDED.items() if isinstance(scope, Scope)]
CLOSED = [where for where, scope in NEEDED.items() if scope == PEOPLE]
UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"


def test_every_route_stands_in_the_table() -> None:
    routes = {
        (method.upper(), re.sub(r"<\w+:(\w+)>", r"{\1}", address))
        for address, _, actions in ROUTES
        for method in actions
    }
    assert routes == set(NEEDED), "say here which scope opens the route, or that it is for people"


def send(client: AgreeingClient, method: str, address: str) -> tuple[int, str, str | None]:
    answer = client.generic(method, "/" + address.replace("{id}", UNKNOWN_ID))
    body = answer.json()
    return answer.status_code, body.get("code", ""), body.get("scope")


@pytest.mark.parametrize(("method", "address", "scope"), SCOPED)
def test_the_scope_opens(cast: Cast, method: str, address: str, scope: Scope) -> None:
    _, client = make(cast.owner, scope)
    assert send(client, method, address)[0] in (200, 400, 404)


@pytest.mark.parametrize(("method", "address", "scope"), SCOPED)
def test_all_other_scopes_do_not(cast: Cast, method: str, address: str, scope: Scope) -> None:
    _, client = make(cast.owner, *(other for other in Scope if other != scope))
    assert send(client, method, address) == (403, "scope_required", scope)


@pytest.mark.parametrize(("method", "address"), CLOSED)
def test_no_scope_opens_what_is_for_people(cast: Cast, method: str, address: str) -> None:
    _, client = make(cast.owner, *Scope)
    assert send(client, method, address) == (403, "role_required", None)


def test_reading_includes_head_and_options(cast: Cast) -> None:
    _, client = make(cast.owner, Scope.CONVERSATIONS_READ)
    assert client.head("/api/conversations").status_code == 200
    assert client.options("/api/conversations").status_code == 200
    assert client.options("/api/integrations").status_code == 403


def test_every_scope_opens_something() -> None:
    assert {scope for *_, scope in SCOPED} == set(Scope)
