"""Who comes into the admin: operators, by the login of the API, and what the session opens."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.businesses.models import User
from tests.config.operators import EMAIL, LISTS, logged_in
from tests.conftest import PASSWORD, Cast


def test_a_stranger_comes_to_the_login(client: Client, db: None) -> None:
    for path in ("/admin/", *LISTS):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={path}")
    assert client.get("/admin").headers["Location"] == "/admin/"


def test_only_operators_come_in(client: Client, cast: Cast) -> None:
    assert not logged_in(client, "owner@demo.test"), "an owner is no operator"
    User.objects.create_user(EMAIL, PASSWORD, is_staff=True)
    assert not logged_in(client, password="wrong")
    assert logged_in(client)
    assert client.get("/admin/").status_code == 200
    User.objects.filter(email=EMAIL).update(is_staff=False)
    assert client.get("/admin/").status_code == 302, "and one who is no operator any more is out at once"


def test_ten_failures_lock_it_like_the_api(client: Client, operator: Client) -> None:
    for _ in range(10):
        assert not logged_in(client, password="wrong")
    answer = client.post("/admin/login/", {"username": EMAIL, "password": PASSWORD})
    assert "Too many logins have failed." in answer.content.decode()
    api = client.post(
        "/api/auth/token", {"email": EMAIL, "password": PASSWORD}, content_type="application/json"
    )
    assert (api.status_code, api.json()["code"]) == (429, "rate_limited"), "one lock for both doors"


def test_a_form_of_another_site_is_refused(operator: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    answer = strict.post("/admin/logout/")
    assert (answer.status_code, answer.json()["success"]) == (403, False)
    assert strict.post("/admin/login/", {"username": EMAIL, "password": PASSWORD}).status_code == 403


def test_the_session_opens_the_admin_alone(operator: Client) -> None:
    cookie = operator.cookies["sessionid"]
    assert (cookie["path"], cookie["samesite"], bool(cookie["httponly"])) == ("/admin", "Strict", True)
    for path in ("/api/me", "/api/conversations", "/api/integrations"):
        assert operator.get(path).status_code == 401


def test_the_api_pays_nothing_for_sessions(operator: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        answer = operator.get("/healthz")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers or "Cookie" not in answer.headers["Vary"]
    assert len(captured) == 0


# --- who is an operator ---


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("create_operator", *arguments, stdout=out)
    return out.getvalue()


def test_an_operator_is_made_and_unmade(db: None, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("a long password\n"))
    assert said(EMAIL.upper(), "--password-stdin") == f"{EMAIL} may use the admin.\n"
    assert logged_in(client, password="a long password")
    said(EMAIL, "--revoke")
    assert client.get("/admin/").status_code == 302
    with pytest.raises(CommandError, match="is no operator"):
        said(EMAIL, "--revoke")
    monkeypatch.setattr("sys.stdin", StringIO("short\n"))
    with pytest.raises(CommandError):
        said("other@gateway.test", "--password-stdin")


def test_a_member_may_become_one(cast: Cast, client: Client) -> None:
    said("owner@demo.test")
    assert logged_in(client, "owner@demo.test")
    assert cast.owner.user.check_password(PASSWORD), "with the password that they have"
