from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest

from backend.lib.json_types import JSON
from backend.lib.secret import Secret
from backend.platforms.errors import CredentialRejected, Incomprehensible, Refused, Unavailable
from backend.platforms.meta import oauth
from backend.platforms.registry import PLATFORMS, adapter
from tests.platforms.cast import APP, APP_SECRET, Meta, grant, refusal, token_info

BACK = "https://shop.test/api/integrations/oauth/callback"
EXPIRES = datetime(2027, 1, 21, tzinfo=UTC)


def exchange(request: httpx2.Request) -> JSON:
    """The short token for a code, the long one for the short one."""
    form = httpx2.QueryParams(request.content.decode())
    assert form["client_id"] == APP.app_id
    assert form["client_secret"] == APP_SECRET
    if form.get("grant_type") == "fb_exchange_token":
        return {"access_token": f"EAAlong-of-{form['fb_exchange_token']}", "token_type": "bearer"}
    return {"access_token": "EAAshort", "token_type": "bearer", "expires_in": 5183944}


def dialog(**changes: JSON) -> Meta:
    """A Meta in which somebody has just allowed everything but one thing."""
    scopes = PLATFORMS["MESSENGER"].scopes
    statuses = [{"permission": name, "status": "granted"} for name in scopes]
    answers: dict[str, JSON] = {
        "POST /oauth/access_token": exchange,
        "GET /debug_token": token_info(
            scopes,
            granular_scopes=[
                {"scope": "pages_messaging", "target_ids": ["100000000000001", 2]},
                {"scope": "x"},
            ],
        ),
        "GET /me/permissions": {"data": [*statuses, {"permission": "email", "status": "declined"}]},
        "GET /me": {"id": "122000000000001", "name": "Ann Baker"},
    }
    return Meta(answers | changes)


def test_a_code_becomes_a_long_lived_grant() -> None:
    meta = dialog()
    given = meta.adapter("MESSENGER").exchange_code(code="AQB1", redirect_uri=BACK)
    assert given.token == Secret("EAAlong-of-EAAshort")
    assert given.expires_at == EXPIRES
    assert given.permissions == PLATFORMS["MESSENGER"].scopes
    assert given.declined == ("email",)
    assert (given.user_id, given.user_name) == ("122000000000001", "Ann Baker")
    assert given.targets == {"pages_messaging": ("100000000000001", "2"), "x": ()}
    assert meta.form(0) == {
        "client_id": APP.app_id,
        "client_secret": APP_SECRET,
        "code": "AQB1",
        "redirect_uri": BACK,
    }


def test_nothing_secret_stands_in_an_address_but_what_meta_takes_nowhere_else() -> None:
    meta = dialog()
    meta.adapter("MESSENGER").exchange_code(code="AQB1", redirect_uri=BACK)
    for request in meta.requests:
        shown = str(request.url)
        assert APP_SECRET not in shown
        assert "AQB1" not in shown
        assert "access_token=" not in shown
        assert "EAA" not in shown or request.url.path.endswith("/debug_token")


def test_a_token_that_never_expires_is_not_lengthened() -> None:
    meta = dialog(**{"GET /debug_token": token_info(("pages_messaging",), expires_at=0)})
    given = meta.adapter("MESSENGER").exchange_code(code="AQB1", redirect_uri=BACK)
    assert given.token == Secret("EAAshort")
    assert given.expires_at is None


def test_a_businesss_own_token_is_kept_as_it_is() -> None:
    meta = dialog(
        **{
            "GET /debug_token": token_info(PLATFORMS["WHATSAPP"].scopes, type="SYSTEM_USER"),
            "GET /me/permissions": refusal(100, 33),
            "GET /me": refusal(200),
        }
    )
    given = meta.adapter("WHATSAPP").exchange_code(code="AQB1", redirect_uri="")
    assert given.token == Secret("EAAshort")
    assert given.expires_at == EXPIRES
    assert given.declined == ()
    assert "redirect_uri" not in meta.form(0)


def test_the_dialog_asks_again_for_what_was_declined() -> None:
    missing = ("pages_messaging", "pages_show_list")
    url = dialog().adapter("MESSENGER").authorize_url(state="s", redirect_uri=BACK, rerequest=missing)
    assert url.startswith("https://dialog.test/v25.0/dialog/oauth?")
    params = httpx2.URL(url).params
    assert (params["auth_type"], params["scope"]) == ("rerequest", "pages_messaging,pages_show_list")


@pytest.mark.parametrize("rerequest", [(), ("pages_messaging",)])
def test_a_login_configuration_asks_in_place_of_scopes(rerequest: tuple[str, ...]) -> None:
    app = replace(APP, config_ids={"MESSENGER": "720", "INSTAGRAM": ""})
    asks = {platform: adapter(platform, dialog().graph(), app) for platform in ("MESSENGER", "INSTAGRAM")}
    params = {
        platform: httpx2.URL(each.authorize_url(state="s", redirect_uri=BACK, rerequest=rerequest)).params
        for platform, each in asks.items()
    }
    asked = params["MESSENGER"]
    assert (asked["config_id"], asked["response_type"]) == ("720", "code")
    assert asked["override_default_response_type"] == "true"
    assert "scope" not in asked
    assert ("auth_type" in asked) is bool(rerequest)
    assert "config_id" not in params["INSTAGRAM"]


def test_a_used_code_is_refused_with_advice() -> None:
    used = refusal(100, 36009, message="This authorization code has been used.")
    with pytest.raises(Refused) as raised:
        dialog(**{"POST /oauth/access_token": used}).adapter("MESSENGER").exchange_code(
            code="x", redirect_uri=BACK
        )
    assert raised.value.message == "This login was used already."
    assert raised.value.resolution == "Start connecting again."


@pytest.mark.parametrize("answer", [{}, [], {"access_token": ""}, {"access_token": 7}])
def test_a_login_without_a_token_makes_no_sense(answer: JSON) -> None:
    with pytest.raises(Incomprehensible):
        dialog(**{"POST /oauth/access_token": answer}).adapter("MESSENGER").exchange_code(
            code="x", redirect_uri=BACK
        )


def test_a_login_that_gets_no_answer_may_be_tried_again() -> None:
    with pytest.raises(Unavailable):
        dialog(**{"POST /oauth/access_token": httpx2.ReadTimeout("late")}).adapter("MESSENGER").exchange_code(
            code="x", redirect_uri=BACK
        )


def test_a_dead_token_is_no_grant() -> None:
    dead = {
        "data": {
            "is_valid": False,
            "error": {"code": 190, "subcode": 460, "message": "Changed"},
            "scopes": [],
        }
    }
    with pytest.raises(CredentialRejected) as raised:
        oauth.read_grant(dialog(**{"GET /debug_token": dead}).graph(), APP, Secret("EAAx"))
    assert (raised.value.words.code, raised.value.words.subcode) == (190, 460)


def test_a_token_of_another_app_is_refused() -> None:
    meta = dialog(**{"GET /debug_token": token_info((), app_id="99")})
    with pytest.raises(Refused) as raised:
        oauth.read_grant(meta.graph(), APP, Secret("EAAx"))
    assert "another app" in raised.value.message


def test_renewing_gives_a_later_grant() -> None:
    meta = dialog()
    renewed = meta.adapter("MESSENGER").renew(grant("MESSENGER"))
    assert renewed.token == Secret("EAAlong-of-EAAuser")
    assert renewed.expires_at == EXPIRES
    exchanges = [request for request in meta.requests if request.method == "POST"]
    assert len(exchanges) == 1
    assert b"set_token_expires_in_60_days" not in exchanges[0].content


def test_renewing_what_never_expires_asks_nothing() -> None:
    meta = dialog()
    kept = grant("MESSENGER", expires_at=None)
    assert meta.adapter("MESSENGER").renew(kept) is kept
    assert meta.requests == []


def test_renewing_a_businesss_token_names_its_lifetime() -> None:
    meta = dialog(**{"GET /debug_token": token_info(PLATFORMS["WHATSAPP"].scopes, type="SYSTEM_USER")})
    meta.adapter("WHATSAPP").renew(grant("WHATSAPP"))
    assert any(b"set_token_expires_in_60_days=true" in request.content for request in meta.requests)


def test_without_an_end_the_lifetime_counts_from_the_day_of_issue() -> None:
    info = token_info((), expires_in=86400)
    del info["data"]["expires_at"]
    seen = oauth.debug(dialog(**{"GET /debug_token": info}).graph(), APP, Secret("EAAx"))
    assert seen.expires_at == datetime(2025, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer", ["None", [], {}, {"data": None}, {"data": {"scopes": "x", "granular_scopes": [1]}}]
)
def test_an_odd_description_says_nothing_of_a_token(answer: JSON) -> None:
    """Neither that it is good nor that it is dead: a connection must not end by an answer without sense."""
    said = httpx2.Response(200, text=answer) if isinstance(answer, str) else answer
    with pytest.raises(Incomprehensible):
        oauth.debug(dialog(**{"GET /debug_token": said}).graph(), APP, Secret("EAAx"))
