from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from backend.simulator.webhooks import signed_headers
from tests.simulator.conftest import Callback, Meta, bearer
from tests.simulator.test_oauth import DAY, error_of

API = "/instagram/api-host/oauth/access_token"
GRAPH = "/instagram/graph-host"
SCOPES = "instagram_business_basic,instagram_business_manage_messages"


def page_url(meta: Meta, **changes: str) -> str:
    asked = {
        "client_id": meta.config.instagram_app_id,
        "redirect_uri": meta.config.redirect_uris[0],
        "state": "opaque",
        "response_type": "code",
        "scope": SCOPES,
        **changes,
    }
    return f"http://localhost:9000/instagram/authorize-host/oauth/authorize?{httpx2.QueryParams(asked)}"


def approve(meta: Meta, **body: Any) -> dict[str, str]:
    answer = meta.post("/sim/approve", authorizationUrl=body.pop("url", "") or page_url(meta), **body)
    assert answer["redirectUrl"].endswith("#_")
    found = parse_qs(urlsplit(answer["redirectUrl"]).query)
    return {name: values[0] for name, values in found.items()}


def exchange(meta: Meta, code: str, **changes: str) -> httpx2.Response:
    form = {
        "client_id": meta.config.instagram_app_id,
        "client_secret": meta.config.instagram_app_secret,
        "grant_type": "authorization_code",
        "redirect_uri": meta.config.redirect_uris[0],
        "code": code,
        **changes,
    }
    return meta.http.post(API, data=form)


def login(meta: Meta, **body: Any) -> str:
    short = exchange(meta, approve(meta, **body)["code"]).json()["access_token"]
    long = lengthen(meta, short)
    token: str = long["access_token"]
    return token


def lengthen(meta: Meta, token: str) -> Any:
    secret = meta.config.instagram_app_secret
    asked = {"grant_type": "ig_exchange_token", "client_secret": secret, "access_token": token}
    return meta.get(f"{GRAPH}/access_token", **asked)


def refresh(meta: Meta, token: str) -> Any:
    return meta.get(f"{GRAPH}/refresh_access_token", grant_type="ig_refresh_token", access_token=token)


def lone(meta: Meta) -> dict[str, Any]:
    """The account that has no Page."""
    found: dict[str, Any] = next(one for one in meta.world()["instagramAccounts"] if one["pageId"] is None)
    return found


@pytest.fixture
def connected(meta: Meta) -> dict[str, Any]:
    """The account without a Page, logged in and subscribed."""
    account = lone(meta)
    token = login(meta, accounts=[account["id"]])
    answer = meta.post(
        f"{GRAPH}/v25.0/me/subscribed_apps", token, subscribed_fields="messages,messaging_seen"
    )
    assert answer == {"success": True}
    person = next(one for one in meta.world()["customers"] if one["accountId"] == account["id"])
    return {**account, "token": token, "customer": person["id"]}


def test_an_account_logs_in_without_a_page(meta: Meta) -> None:
    account = lone(meta)
    carried = approve(meta, accounts=[account["id"]])
    assert carried["state"] == "opaque"
    answer = exchange(meta, carried["code"]).json()
    assert answer["access_token"].startswith("IGAA")
    assert answer["user_id"] == int(account["appScopedId"])
    assert answer["permissions"] == SCOPES.split(",")
    me = meta.get(f"{GRAPH}/v25.0/me", answer["access_token"], fields="id,user_id,username,account_type")
    assert me == {
        "id": account["appScopedId"],
        "user_id": account["id"],
        "username": "atelier.ohne.seite",
        "account_type": "BUSINESS",
    }
    assert account["id"] != account["appScopedId"]
    assert meta.get(f"{GRAPH}/{account['id']}", answer["access_token"]) == {"id": account["appScopedId"]}


@pytest.mark.parametrize(
    ("shape", "user_id", "permissions"),
    [("wrapped", str, SCOPES), ("flat", int, SCOPES.split(",")), ("bare", int, None)],
)
def test_the_token_comes_in_three_shapes(meta: Meta, shape: str, user_id: type, permissions: object) -> None:
    meta.post("/sim/app", instagramTokenShape=shape)
    answer = exchange(meta, approve(meta)["code"]).json()
    row = answer["data"][0] if shape == "wrapped" else answer
    assert isinstance(row["user_id"], user_id)
    assert row.get("permissions") == permissions
    assert meta.get(f"{GRAPH}/me", row["access_token"])["id"] == str(row["user_id"])


def test_the_login_host_has_an_envelope_of_its_own(meta: Meta) -> None:
    code = approve(meta)["code"]
    looked = meta.http.get(API, params={"code": code})
    assert looked.status_code == 400
    assert looked.json()["error_message"] == "Unsupported request - method type: get"
    elsewhere = exchange(meta, code, redirect_uri=meta.config.redirect_uris[1])
    assert "redirect_uri" in elsewhere.json()["error_message"]
    assert exchange(meta, code, client_secret="guess").status_code == 400
    assert (
        exchange(meta, code, client_id=meta.config.app_id).json()["error_message"] == "Invalid platform app"
    )
    assert exchange(meta, code).status_code == 200
    assert exchange(meta, code).json() == {
        "error_type": "OAuthException",
        "code": 400,
        "error_message": "Matching code was not found or was already used",
    }


def test_a_code_lives_an_hour(meta: Meta) -> None:
    code = approve(meta)["code"]
    meta.post("/sim/clock", advanceSeconds=3_601)
    assert exchange(meta, code).status_code == 400


def test_a_person_may_cancel_or_untick(meta: Meta) -> None:
    carried = approve(meta, deny=True)
    assert carried["error_reason"] == "user_denied"
    assert "code" not in carried
    denied = ["instagram_business_manage_messages", "instagram_business_basic"]
    answer = exchange(meta, approve(meta, deny=denied)["code"]).json()
    assert answer["permissions"] == ["instagram_business_basic"]
    refused = meta.post(f"{GRAPH}/me/subscribed_apps", answer["access_token"], subscribed_fields="messages")
    assert error_of(refused) == (10, None)
    assert refused["error"]["type"] == "IGApiException"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "1"},
        {"redirect_uri": "https://evil.test/"},
        {"scope": "instagram_business_manage_messages"},
        {"scope": "instagram_business_basic,pages_messaging"},
        {"response_type": "token"},
    ],
)
def test_the_page_refuses_strangers(meta: Meta, changes: dict[str, str]) -> None:
    page = meta.http.get(page_url(meta, **changes))
    assert page.status_code == 400
    assert "text/html" in page.headers["content-type"]
    assert "error" in meta.post("/sim/approve", authorizationUrl=page_url(meta, **changes))


def test_the_page_decides_by_the_same_code(meta: Meta) -> None:
    url = page_url(meta)
    shown = meta.http.get(url)
    assert "@atelier.ohne.seite" in shown.text
    form = {"query": url.partition("?")[2], "user": lone(meta)["id"], "decision": "allow", "scope": SCOPES}
    answer = meta.http.post("/instagram/authorize-host/oauth/authorize", data=form)
    assert answer.status_code == 302
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    assert exchange(meta, code).json()["permissions"] == ["instagram_business_basic"]


def test_a_personal_account_is_refused(meta: Meta) -> None:
    account = lone(meta)
    meta.post("/sim/people", change="becomePersonal", instagramId=account["id"])
    asked = {"authorizationUrl": page_url(meta), "accounts": [account["id"]]}
    answer = meta.http.post("/sim/approve", json=asked)
    assert answer.status_code == 400
    assert "professional" in answer.json()["error"]


def test_tokens_live_by_the_clock(meta: Meta) -> None:
    short = exchange(meta, approve(meta)["code"]).json()["access_token"]
    long = lengthen(meta, short)
    assert long["expires_in"] == 60 * DAY
    assert long["token_type"] == "bearer"
    assert error_of(refresh(meta, long["access_token"]))[0] == 100
    meta.post("/sim/clock", advanceSeconds=DAY + 1)
    assert error_of(lengthen(meta, short)) == (190, 463)
    fresh = refresh(meta, long["access_token"])
    assert fresh["expires_in"] == 60 * DAY
    meta.post("/sim/clock", advanceSeconds=59 * DAY + 1)
    assert error_of(meta.get(f"{GRAPH}/me", long["access_token"])) == (190, 463)
    assert "id" in meta.get(f"{GRAPH}/me", fresh["access_token"])
    meta.post("/sim/clock", advanceSeconds=DAY)
    assert error_of(refresh(meta, fresh["access_token"])) == (190, 463)


def test_each_host_reads_its_own_tokens(meta: Meta) -> None:
    token, page = login(meta), meta.world()["pages"][0]["accessToken"]
    for answer in (meta.get("/me", token), meta.get(f"{GRAPH}/me", page)):
        assert error_of(answer) == (190, None)
        assert answer["error"]["message"] == "Invalid OAuth access token - Cannot parse access token"
    assert error_of(meta.get(f"{GRAPH}/debug_token", token, input_token=token))[0] == 100
    assert meta.debug(token)["is_valid"] is False
    other = meta.world()["instagramAccounts"][1]["id"]
    assert error_of(meta.get(f"{GRAPH}/{other}", token)) == (100, 33)


def test_messages_travel_both_ways(meta: Meta, connected: dict[str, Any], callback: Callback) -> None:
    said = meta.post("/sim/inbound", platform="INSTAGRAM", text="Is this available?")
    assert said["accountId"] == connected["id"]
    body = {"recipient": {"id": said["from"]}, "message": {"text": "Yes"}}
    sent = meta.post(f"{GRAPH}/v25.0/{connected['id']}/messages", connected["token"], **body)
    assert sent["recipient_id"] == said["from"]
    meta.delivered()
    entries = [body["entry"][0] for body in callback.bodies()]
    assert {entry["id"] for entry in entries} == {connected["id"]}
    assert entries[1]["messaging"][0]["message"]["is_echo"] is True
    profile = meta.get(f"{GRAPH}/{said['from']}", connected["token"], fields="username")
    assert profile["id"] == said["from"]
    stranger = {"recipient": {"id": "900000000000021"}, "message": {"text": "hi"}}
    answer = meta.post(f"{GRAPH}/me/messages", connected["token"], **stranger)
    assert error_of(answer) == (100, 2534014)


@pytest.mark.parametrize(("signer", "secret"), [("instagram", "app-secret-2"), ("meta", "app-secret-1")])
def test_either_app_may_sign(
    meta: Meta, connected: dict[str, Any], callback: Callback, signer: str, secret: str
) -> None:
    meta.post("/sim/app", instagramSigner=signer)
    meta.post("/sim/inbound", platform="INSTAGRAM")
    meta.delivered()
    _, headers, body = callback.received[-1]
    expected = signed_headers(secret, body)
    assert headers["X-Hub-Signature-256"] == expected["X-Hub-Signature-256"]


def test_an_account_behind_a_page_is_signed_by_the_app_itself(meta: Meta, callback: Callback) -> None:
    page = meta.world()["pages"][0]
    meta.post(f"/{page['id']}/subscribed_apps", page["accessToken"], subscribed_fields="messages")
    meta.post("/sim/inbound", platform="INSTAGRAM")
    meta.delivered()
    _, headers, body = callback.received[-1]
    assert headers["X-Hub-Signature"] == signed_headers("app-secret-1", body)["X-Hub-Signature"]


def test_unsubscribing_ends_it(meta: Meta, connected: dict[str, Any]) -> None:
    edge = f"{GRAPH}/me/subscribed_apps"
    (row,) = meta.get(edge, connected["token"])["data"]
    assert row["subscribed_fields"] == ["messages", "messaging_seen"]
    assert meta.http.delete(edge, headers=bearer(connected["token"])).json() == {"success": True}
    assert meta.get(edge, connected["token"]) == {"data": []}
    answer = meta.post("/sim/inbound", platform="INSTAGRAM", accountId=connected["id"])
    assert answer["delivered"] is False


def test_the_app_is_removed_in_instagram(meta: Meta, connected: dict[str, Any], callback: Callback) -> None:
    assert meta.post("/sim/people", change="removeApp", instagramId=connected["id"])["status"] == 200
    assert error_of(meta.get(f"{GRAPH}/me", connected["token"])) == (190, 458)
    url, _, body = callback.received[-1]
    assert url.endswith("/deauthorize")
    signature, _, payload = parse_qs(body.decode())["signed_request"][0].partition(".")
    expected = hmac.new(b"app-secret-2", payload.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == expected
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["user_id"] == connected["appScopedId"]
    meta.post("/sim/reset")
    assert "id" in meta.get(f"{GRAPH}/me", connected["token"])


def test_a_permission_is_taken_back_in_instagram(meta: Meta, connected: dict[str, Any]) -> None:
    taken = {"change": "untickPermissions", "instagramId": connected["id"]}
    refused = meta.http.post("/sim/people", json={**taken, "permissions": ["pages_messaging"]})
    assert refused.status_code == 400
    messages = "instagram_business_manage_messages"
    assert meta.post("/sim/people", **taken, permissions=[messages])["tokens"] >= 1
    edge = f"{GRAPH}/me/conversations"
    assert error_of(meta.get(edge, connected["token"], platform="instagram"))[0] in (10, 200)
    assert "id" in meta.get(f"{GRAPH}/me", connected["token"])


def test_facebook_gives_no_account_without_a_page(meta: Meta) -> None:
    account = lone(meta)
    asked = {"authorizationUrl": meta.dialog_url(), "accounts": [account["id"]]}
    answer = meta.http.post("/sim/approve", json=asked)
    assert answer.status_code == 400
    assert "Page" in answer.json()["error"]
    assert account["id"] not in meta.http.get(meta.dialog_url()).text


def test_leaving_facebook_leaves_instagram_alone(meta: Meta) -> None:
    account = meta.world()["instagramAccounts"][0]
    token = login(meta, accounts=[account["appScopedId"]])
    meta.http.delete("/me/permissions", headers=bearer(meta.login(accounts=[account["id"]])))
    assert "id" in meta.get(f"{GRAPH}/me", token)
