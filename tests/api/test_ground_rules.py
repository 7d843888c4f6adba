"""What holds on every path and for every cause."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import RequestFactory
from rest_framework.exceptions import APIException, Throttled

from backend.api.errors import handle
from backend.platforms.errors import Incomprehensible, OutcomeUnknown, RateLimited, Refused, Unavailable
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast

UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"
JSON = "application/json"


def post(client: AgreeingClient, path: str, body: bytes, content_type: str = JSON) -> Any:
    return client.generic("POST", path, body, content_type=content_type)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    ["/", "/nowhere", "/api", "/api/nowhere", "/api/integrations/not-an-id", "/api/media/not-an-id"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "FOO"])
def test_an_unknown_address_is_an_enveloped_404(nobody: AgreeingClient, method: str, path: str) -> None:
    answer = nobody.generic(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "/api/docs" in answer.json()["resolution"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/me", {"GET", "HEAD", "OPTIONS"}),
        ("/api/integrations/connect", {"POST", "OPTIONS"}),
        (f"/api/integrations/{UNKNOWN_ID}", {"GET", "PATCH", "DELETE", "HEAD", "OPTIONS"}),
        (f"/api/conversations/{UNKNOWN_ID}", {"GET", "PATCH", "HEAD", "OPTIONS"}),
        ("/api/schema", {"GET", "HEAD"}),
        ("/readyz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "TRACE", "FOO"])
def test_a_wrong_method_is_405_with_allow(
    nobody: AgreeingClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = nobody.generic(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_trailing_slash_is_the_same_address(owner: AgreeingClient) -> None:
    assert owner.get("/api/me/").json() == owner.get("/api/me").json()
    assert post(owner, "/api/integrations/connect/", b"{}").status_code == 400


def test_options_and_head_are_answered(owner: AgreeingClient) -> None:
    assert owner.options("/api/me").json() == {"success": True, "methods": ["GET", "HEAD", "OPTIONS"]}
    assert owner.head("/api/me").status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*;q=0.1", "nonsense"])
def test_the_shape_does_not_depend_on_accept(nobody: AgreeingClient, accept: str) -> None:
    answer = nobody.get("/api/me?format=xml", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/json")


def test_a_sane_request_id_is_kept_and_another_is_replaced(nobody: AgreeingClient) -> None:
    kept = nobody.get("/healthz", headers={"X-Request-Id": "0193f2a4-abc"})
    assert kept.headers["X-Request-Id"] == "0193f2a4-abc"
    for strange in ("x", "a b c d e f g h", "<script>alert(1)</script>", "a" * 200):
        answer = nobody.get("/healthz", headers={"X-Request-Id": strange})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-Id"])


def test_cors_is_for_our_frontends_alone(nobody: AgreeingClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-business-id"}
    ours = nobody.options("/api/integrations/connect", headers={"Origin": "http://localhost:3000", **asked})
    assert ours.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "idempotency-key" in ours.headers["Access-Control-Allow-Headers"]
    theirs = nobody.get("/api/nowhere", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in theirs.headers
    failing = nobody.get("/api/nowhere", headers={"Origin": "http://localhost:3000"})
    assert failing.headers["Access-Control-Expose-Headers"] == "retry-after, x-request-id"


def test_no_answer_is_kept_by_a_cache(owner: AgreeingClient) -> None:
    assert owner.get("/api/integrations").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError("secret detail"), 500, "internal_error"),
        (APIException("secret detail"), 500, "internal_error"),
        (IntegrityError("secret detail"), 409, "conflict"),
        (OperationalError("secret detail"), 503, "service_unavailable"),
        (Unavailable(), 503, "platform_unavailable"),
        (RateLimited(retry_after=7.2), 503, "platform_unavailable"),
        (OutcomeUnknown(), 503, "platform_unavailable"),
        (Incomprehensible(), 502, "platform_error"),
        (Refused(), 409, "platform_refused"),
        (Throttled(wait=3), 429, "rate_limited"),
    ],
)
def test_every_cause_has_its_status(error: Exception, status: int, code: str) -> None:
    answer = handle(error, {"request": RequestFactory().get("/")})
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert "secret detail" not in json.dumps(answer.data)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


def test_the_wait_is_rounded_up() -> None:
    assert handle(RateLimited(retry_after=7.2), {}).headers["Retry-After"] == "8"


def test_a_business_has_its_own_allowance(cast: Cast, client_of: Any, settings: Any) -> None:
    settings.READS_PER_MINUTE, settings.WRITES_PER_MINUTE = 2, 1
    owner, stranger = client_of(cast.owner), client_of(cast.stranger)
    statuses = [owner.get("/api/integrations").status_code for _ in range(3)]
    # The minute of the real clock may end in between.
    assert statuses[:2] == [200, 200]
    refused = [client.get("/api/integrations") for client in (owner, owner, owner)][-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert stranger.get("/api/integrations").status_code == 200
    assert post(owner, "/api/integrations/connect", b"{}").status_code == 400
    settings.READS_PER_MINUTE = 0
    assert owner.get("/api/integrations").status_code == 200
