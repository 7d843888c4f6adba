from __future__ import annotations

from typing import ClassVar

import httpx2
import pytest

from backend.lib.clock import now
from backend.lib.json_types import JSON, JSONObject
from backend.lib.secret import Secret
from backend.platforms.errors import (
    CredentialRejected,
    Incomprehensible,
    Malformed,
    PlatformError,
    Refused,
    Unavailable,
)
from backend.platforms.instagram.info import BASIC, LOGIN_INFO, MESSAGES
from backend.platforms.port import Account, Adapter, ContactCard, Grant, Login
from tests.platforms.cases import load
from tests.platforms.cast import (
    APP,
    BY_ITSELF,
    INSTAGRAM_APP,
    INSTAGRAM_SECRET,
    INSTAGRAM_TOKEN,
    PAGE,
    Meta,
    grant,
    refusal,
)
from tests.platforms.contract import PlatformContract
from tests.platforms.nesting import nest_messaging

BACK = "https://shop.test/api/integrations/oauth/callback"
LIFE = 5183944  # Seconds, as Instagram counts sixty days.
ACCOUNT_ID, SCOPED_ID = BY_ITSELF.account_id, BY_ITSELF.app_scoped_id
PROFILE: JSONObject = {
    "id": SCOPED_ID,
    "user_id": ACCOUNT_ID,
    "username": "corner.bakery",
    "name": "Corner Bakery",
    "account_type": "BUSINESS",
    "profile_picture_url": "https://cdn.test/p.jpg",
}


class TestInstagramLogin(PlatformContract):
    platform = "INSTAGRAM"
    login = Login.INSTAGRAM
    hello = load("instagram/hello.json")["payload"]
    send_path = f"/{ACCOUNT_ID}/messages"  # As itself.
    accepted: ClassVar[JSONObject] = {"recipient_id": "900000000000021", "message_id": "m-1"}
    contact = ContactCard(external_id="900000000000021")

    def nest(self, entries: list[list[list[str]]]) -> JSONObject:
        return nest_messaging("instagram", ACCOUNT_ID, entries)

    def holding(self, item: JSON) -> JSONObject:
        return {"object": "instagram", "entry": [{"id": ACCOUNT_ID, "messaging": [item]}]}


def short_token(**more: JSON) -> JSONObject:
    return {"access_token": "IGAAshort", "user_id": int(SCOPED_ID), **more}


BOTH = [BASIC, MESSAGES]
SHAPES: dict[str, JSON] = {
    "flat": short_token(permissions=BOTH),
    "flat, as a text": short_token(permissions=",".join(BOTH)),
    "wrapped": {"data": [short_token(user_id=SCOPED_ID, permissions=", ".join(BOTH))]},
    "bare": short_token(),
}


def instagram(**changes: JSON) -> Meta:
    """The hosts of Instagram, at which an account has just allowed everything."""
    answers: dict[str, JSON] = {
        "POST /oauth/access_token": SHAPES["flat"],
        "GET /access_token": {"access_token": INSTAGRAM_TOKEN, "token_type": "bearer", "expires_in": LIFE},
        "GET /refresh_access_token": {"access_token": "IGAAfresh", "expires_in": LIFE},
        "GET /me": PROFILE,
        "GET /me/conversations": {"data": []},
        f"GET /{ACCOUNT_ID}/subscribed_apps": {"data": [{"id": INSTAGRAM_APP.app_id}]},
        f"POST /{ACCOUNT_ID}/subscribed_apps": {"success": True},
        f"DELETE /{ACCOUNT_ID}/subscribed_apps": {"success": True},
    }
    return Meta(answers | changes)


def adapter(meta: Meta) -> Adapter:
    return meta.adapter("INSTAGRAM", Login.INSTAGRAM)


def exchanged(meta: Meta) -> Grant:
    return adapter(meta).exchange_code(code="AQB1", redirect_uri=BACK)


def hosts(meta: Meta) -> list[str]:
    return [f"{each.method} {each.url.host}{each.url.path}" for each in meta.requests]


def assert_lives_sixty_days(given: Grant) -> None:
    assert given.expires_at is not None
    assert abs((given.expires_at - now()).total_seconds() - LIFE) < 60


# ---- the page and its code


def test_a_person_who_comes_again_may_be_another_account() -> None:
    first, again = (
        adapter(Meta({})).authorize_url(state="s", redirect_uri=BACK, rerequest=each)
        for each in ((), ("instagram_business_basic",))
    )
    assert first.startswith("https://www.instagram.test/oauth/authorize?")
    assert "force_reauth" not in first
    assert httpx2.URL(again).params["force_reauth"] == "true"


@pytest.mark.parametrize("shape", list(SHAPES))
def test_every_shape_of_the_answer_is_the_same_grant(shape: str) -> None:
    given = exchanged(instagram(**{"POST /oauth/access_token": SHAPES[shape]}))
    assert given.token == Secret(INSTAGRAM_TOKEN)
    assert (given.permissions, given.declined) == ((BASIC, MESSAGES), ())
    assert (given.user_id, given.user_name) == (SCOPED_ID, "corner.bakery")
    assert_lives_sixty_days(given)


def test_each_call_goes_to_the_host_that_knows_it() -> None:
    meta = instagram()
    exchanged(meta)
    assert hosts(meta) == [
        "POST api.instagram.test/oauth/access_token",
        "GET graph.instagram.test/access_token",
        "GET graph.instagram.test/v25.0/me",
    ]
    assert meta.form(0) == {
        "client_id": INSTAGRAM_APP.app_id,
        "client_secret": INSTAGRAM_SECRET,
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "code": "AQB1",
    }
    for request in meta.requests:
        assert "IGAA" not in str(request.url)
        assert "appsecret_proof" not in request.url.params
    assert [each.headers.get("authorization") for each in meta.requests] == [
        None,
        "Bearer IGAAshort",
        f"Bearer {INSTAGRAM_TOKEN}",
    ]


def test_a_declined_permission_is_known() -> None:
    given = exchanged(instagram(**{"POST /oauth/access_token": short_token(permissions=[BASIC])}))
    assert (given.permissions, given.declined) == ((BASIC,), (MESSAGES,))


@pytest.mark.parametrize(
    ("answer", "granted"),
    [
        (refusal(10), (BASIC,)),
        (refusal(200), (BASIC,)),
        (refusal(200, 2534041), (BASIC, MESSAGES)),  # The owner's switch, no permission.
        (refusal(100), (BASIC, MESSAGES)),
    ],
)
def test_what_an_answer_does_not_tell_is_tried(answer: JSON, granted: tuple[str, ...]) -> None:
    changes = {"POST /oauth/access_token": SHAPES["bare"], "GET /me/conversations": answer}
    assert exchanged(instagram(**changes)).permissions == granted


@pytest.mark.parametrize("wrap", [lambda profile: profile, lambda profile: {"data": [profile]}])
def test_the_account_is_read_in_either_shape(wrap: object) -> None:
    first = short_token(user_id=int(ACCOUNT_ID), permissions=BOTH)  # Some of Meta's pages show this one.
    meta = instagram(**{"POST /oauth/access_token": first, "GET /me": wrap(PROFILE)})  # type: ignore[operator]
    assert exchanged(meta).user_id == SCOPED_ID


def said(message: str, status: int = 400) -> httpx2.Response:
    """An error of the host that takes codes; its `code` repeats the status."""
    body = {"error_type": "OAuthException", "code": status, "error_message": message}
    return httpx2.Response(status, json=body)


@pytest.mark.parametrize(
    ("path", "answer", "error"),
    [
        ("POST /oauth/access_token", said("Matching code was not found or was already used"), Refused),
        ("POST /oauth/access_token", {"data": []}, Incomprehensible),
        ("POST /oauth/access_token", {"access_token": ""}, Incomprehensible),
        ("POST /oauth/access_token", httpx2.ReadTimeout("late"), Unavailable),
        ("POST /oauth/access_token", httpx2.Response(502, html="<h1>Bad Gateway</h1>"), Unavailable),
        ("GET /access_token", refusal(101), Refused),
        ("GET /access_token", refusal(190, 463, status=401), CredentialRejected),
        ("GET /access_token", {}, Incomprehensible),
        ("GET /me", refusal(190, 467, status=401), CredentialRejected),
    ],
    ids=repr,
)
def test_what_goes_wrong_on_the_way_is_told_apart(
    path: str, answer: JSON, error: type[PlatformError]
) -> None:
    with pytest.raises(error) as raised:
        exchanged(instagram(**{path: answer}))
    assert type(raised.value) is error
    assert raised.value.resolution
    assert INSTAGRAM_SECRET not in raised.value.message


def test_instagrams_own_words_are_shown() -> None:
    meta = instagram(**{"POST /oauth/access_token": said("Matching code was not found")})
    with pytest.raises(Refused) as raised:
        exchanged(meta)
    assert raised.value.message == "Matching code was not found"
    assert raised.value.words.code is None


# ---- renewing


def test_a_grant_is_renewed_for_sixty_days() -> None:
    meta = instagram()
    renewed = adapter(meta).renew(grant("INSTAGRAM", Login.INSTAGRAM))
    assert renewed.token == Secret("IGAAfresh")
    assert renewed.permissions == LOGIN_INFO.scopes
    assert_lives_sixty_days(renewed)
    (request,) = meta.requests
    assert hosts(meta) == ["GET graph.instagram.test/refresh_access_token"]
    assert dict(request.url.params) == {"grant_type": "ig_refresh_token"}


def test_a_dead_grant_is_not_renewed() -> None:
    meta = instagram(**{"GET /refresh_access_token": refusal(190, 463, status=401)})
    with pytest.raises(CredentialRejected):
        adapter(meta).renew(grant("INSTAGRAM", Login.INSTAGRAM))


# ---- the account


def accounts(meta: Meta, **changes: object) -> list[Account]:
    return adapter(meta).list_accounts(grant("INSTAGRAM", Login.INSTAGRAM, **changes))


def test_the_account_keeps_both_of_its_ids() -> None:
    (account,) = accounts(instagram())
    assert (account.account_id, account.platform_account_id) == (ACCOUNT_ID, ACCOUNT_ID)
    assert (account.app_scoped_id, account.login) == (SCOPED_ID, Login.INSTAGRAM)
    assert (account.name, account.username) == ("Corner Bakery", "corner.bakery")
    assert account.token == Secret(INSTAGRAM_TOKEN)
    assert (account.page_id, account.page_token, account.reason) == ("", None, None)
    assert account.metadata == {"username": "corner.bakery"}


@pytest.mark.parametrize(
    ("profile", "word"),
    [
        (PROFILE | {"account_type": "PERSONAL"}, "personal account"),
        ({"id": SCOPED_ID, "username": "corner.bakery"}, "did not say which account"),
        ({}, "did not say which account"),
    ],
)
def test_an_account_that_cannot_be_used_says_why(profile: JSON, word: str) -> None:
    (account,) = accounts(instagram(**{"GET /me": profile}))
    assert word in (account.reason or "")


@pytest.mark.parametrize("account_type", ["BUSINESS", "MEDIA_CREATOR", "CREATOR", None])
def test_every_professional_account_can_be_used(account_type: JSON) -> None:
    (account,) = accounts(instagram(**{"GET /me": PROFILE | {"account_type": account_type}}))
    assert account.reason is None


def test_a_missing_permission_is_named() -> None:
    (account,) = accounts(instagram(), permissions=(BASIC,))
    assert MESSAGES in (account.reason or "")


def test_subscribing_and_its_end() -> None:
    meta = instagram()
    adapter(meta).subscribe(BY_ITSELF)
    fields = meta.form()["subscribed_fields"].split(",")
    adapter(meta).unsubscribe(BY_ITSELF)
    adapter(meta).unsubscribe(BY_ITSELF, shared=True)
    assert {"messages", "messaging_seen", "message_reactions"} <= set(fields)
    edge = f"graph.instagram.test/v25.0/{ACCOUNT_ID}/subscribed_apps"
    assert hosts(meta) == [f"POST {edge}", f"DELETE {edge}"]


def test_a_subscription_that_is_not_confirmed_is_none() -> None:
    meta = instagram(**{f"POST /{ACCOUNT_ID}/subscribed_apps": {"success": False}})
    with pytest.raises(Incomprehensible):
        adapter(meta).subscribe(BY_ITSELF)


# ---- no token reaches the other login's host


@pytest.mark.parametrize(
    ("login", "token"), [(Login.INSTAGRAM, "EAApage"), (Login.FACEBOOK, INSTAGRAM_TOKEN)]
)
def test_a_token_is_never_shown_to_the_other_host(login: Login, token: str) -> None:
    meta = instagram()
    for ask in (meta.graph(login).get, meta.graph(login).post, meta.graph(login).delete):
        with pytest.raises(Malformed) as raised:
            ask("me", token=Secret(token))
        assert token not in str(raised.value)
    assert meta.requests == []


def test_an_account_of_the_other_login_sends_nothing() -> None:
    meta = instagram()
    with pytest.raises(Malformed):
        meta.adapter("INSTAGRAM").subscribe(BY_ITSELF)
    with pytest.raises(Malformed):
        adapter(meta).subscribe(PAGE)
    assert meta.requests == []
    assert APP.app_id != INSTAGRAM_APP.app_id
