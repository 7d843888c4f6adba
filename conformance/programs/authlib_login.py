"""Authlib: a plain OAuth 2 client, for Facebook Login and for Instagram Login."""

import os
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from stage import REDIRECT_URI, SIM, VERSION, approve, check, expect

INSTAGRAM = f"{SIM}/instagram"
SCOPES = "instagram_business_basic,instagram_business_manage_messages"


def facebook_client() -> Any:
    return OAuth2Session(
        os.environ["META_APP_ID"],
        os.environ["META_APP_SECRET"],
        token_endpoint_auth_method="client_secret_post",
        redirect_uri=REDIRECT_URI,
        scope="public_profile,pages_show_list",
    )


def instagram_client() -> Any:
    return OAuth2Session(
        os.environ["INSTAGRAM_APP_ID"],
        os.environ["INSTAGRAM_APP_SECRET"],
        token_endpoint_auth_method="client_secret_post",
        redirect_uri=REDIRECT_URI,
        scope=SCOPES,
    )


def log_in(client: Any, authorize: str, token_endpoint: str) -> Any:
    url, state = client.create_authorization_url(authorize)
    answer = f"{REDIRECT_URI}?{urlencode(approve(url))}"
    return client.fetch_token(token_endpoint, authorization_response=answer, state=state)


def facebook() -> None:
    token = log_in(meta, f"{SIM}/{VERSION}/dialog/oauth", f"{SIM}/{VERSION}/oauth/access_token")
    expect(token["token_type"] == "bearer", token)
    expect(token["expires_at"], token)


def pages() -> None:
    rows = meta.get(f"{SIM}/{VERSION}/me/accounts", params={"fields": "id,name"}).json()["data"]
    expect(rows[0]["name"] == "Mock Messenger Account", rows)


def spent_code() -> None:
    client = facebook_client()
    url, _ = client.create_authorization_url(f"{SIM}/dialog/oauth")
    code = approve(url)["code"]
    client.fetch_token(f"{SIM}/oauth/access_token", code=code)
    try:
        token = client.fetch_token(f"{SIM}/oauth/access_token", code=code)
    except OAuthError:
        return
    raise AssertionError(f"a code worked twice: {token}")


def instagram_login() -> None:
    authorize = f"{INSTAGRAM}/authorize-host/oauth/authorize"
    token = log_in(instagram, authorize, f"{INSTAGRAM}/api-host/oauth/access_token")
    expect(token["access_token"].startswith("IGAA"), token)
    expect(token["user_id"], token)


def instagram_tokens() -> None:
    asked = {
        "grant_type": "ig_exchange_token",
        "client_secret": os.environ["INSTAGRAM_APP_SECRET"],
        "access_token": instagram.token["access_token"],
    }
    long = instagram.get(f"{INSTAGRAM}/graph-host/access_token", params=asked).json()
    expect(long["expires_in"] > 5_000_000, long)
    instagram.token = long


def instagram_profile() -> None:
    fields = {"fields": "id,user_id,username"}
    me = instagram.get(f"{INSTAGRAM}/graph-host/{VERSION}/me", params=fields).json()
    expect(me["user_id"].startswith("17841"), me)
    expect(me["id"] != me["user_id"], me)


meta, instagram = facebook_client(), instagram_client()
check("OAuth2Session.fetch_token: Facebook Login", facebook)
check("OAuth2Session.get: /me/accounts", pages)
check("OAuth2Session.fetch_token: a code that was used", spent_code)
check("OAuth2Session.fetch_token: Instagram Login", instagram_login)
check("OAuth2Session.get: ig_exchange_token", instagram_tokens)
check("OAuth2Session.get: graph.instagram.com/me", instagram_profile)
