from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.simulator.conftest import Meta, bearer

DAY = 86_400


def error_of(answer: object) -> tuple[int, int | None]:
    assert isinstance(answer, dict)
    assert "error" in answer, answer
    return answer["error"]["code"], answer["error"].get("error_subcode")


def test_a_round_trip_gives_a_token_for_what_was_chosen(meta: Meta) -> None:
    agency = next(page for page in meta.world()["pages"] if page["name"] == "Northside Bakery")
    carried = meta.approve(accounts=[agency["id"]])
    assert carried["state"] == "opaque"

    token = meta.exchange(code=carried["code"]).json()["access_token"]
    about = meta.debug(token)
    assert about["is_valid"]
    assert about["type"] == "USER"
    assert "pages_messaging" in about["scopes"]
    targets = {row["scope"]: row.get("target_ids") for row in about["granular_scopes"]}
    assert targets["pages_messaging"] == [agency["id"]]
    assert targets["instagram_basic"] == [agency["instagramAccountId"]]
    assert targets["whatsapp_business_management"] == []

    pages = meta.get("/v25.0/me/accounts", token, fields="id,name,instagram_business_account{id,username}")[
        "data"
    ]
    assert [page["id"] for page in pages] == [agency["id"]]
    assert pages[0]["instagram_business_account"]["username"] == "northside.bakery"


def test_a_code_works_once(meta: Meta) -> None:
    code = meta.approve()["code"]
    assert meta.exchange(code=code).status_code == 200
    again = meta.exchange(code=code)
    assert again.status_code == 400
    assert error_of(again.json()) == (100, 36009)


def test_a_code_expires_by_the_clock(meta: Meta) -> None:
    code = meta.approve()["code"]
    meta.post("/sim/clock", advanceSeconds=601)
    assert error_of(meta.exchange(code=code).json()) == (100, 36007)


def test_a_code_is_bound_to_its_redirect_uri(meta: Meta) -> None:
    code = meta.approve()["code"]
    other = meta.config.redirect_uris[1]
    assert error_of(meta.exchange(code=code, redirect_uri=other).json()) == (100, 36008)
    assert meta.exchange(code=code).status_code == 200


def test_a_wrong_secret_is_refused(meta: Meta) -> None:
    assert error_of(meta.exchange(code=meta.approve()["code"], client_secret="guessed").json()) == (1, None)


@pytest.mark.parametrize("deny", [True, "all"])
def test_cancelling_carries_back_the_reason_and_no_code(meta: Meta, deny: object) -> None:
    carried = meta.approve(deny=deny)
    assert carried["error"] == "access_denied"
    assert carried["error_reason"] == "user_denied"
    assert carried["state"] == "opaque"
    assert "code" not in carried


def test_a_declined_permission_is_asked_again_only_on_request(meta: Meta) -> None:
    first = meta.login(deny=["pages_messaging"])
    rows = {row["permission"]: row["status"] for row in meta.get("/me/permissions", first)["data"]}
    assert rows["pages_messaging"] == "declined"
    assert rows["pages_show_list"] == "granted"

    assert "pages_messaging" not in meta.debug(meta.login())["scopes"]
    insisting = meta.login(url=meta.dialog_url(auth_type="rerequest"))
    assert "pages_messaging" in meta.debug(insisting)["scopes"]


def test_the_dialog_refuses_strangers(meta: Meta) -> None:
    for changes in (
        {"client_id": "1"},
        {"redirect_uri": "https://evil.test/"},
        {"scope": "instagram_business_basic"},
    ):
        page = meta.http.get(meta.dialog_url(**changes))
        assert page.status_code == 400
        assert "text/html" in page.headers["content-type"]
        assert "error" in meta.post("/sim/approve", authorizationUrl=meta.dialog_url(**changes))


def test_the_page_decides_by_the_same_code(meta: Meta) -> None:
    url = meta.dialog_url()
    page = meta.http.get(url, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "Mock Messenger Account" in page.text

    user = meta.world()["users"][0]["id"]
    form = {"query": url.partition("?")[2], "user": user, "scope": "pages_show_list", "decision": "allow"}
    answer = meta.http.post("/dialog/oauth", data=form)
    assert answer.status_code == 302
    assert answer.headers["location"].endswith("#_=_")
    code = answer.headers["location"].split("code=")[1].split("&")[0]
    about = meta.debug(meta.exchange(code=code).json()["access_token"])
    assert about["scopes"] == ["public_profile", "pages_show_list"]
    assert about["granular_scopes"][1]["target_ids"] == []


def test_an_owner_key_brings_accounts_of_its_own(meta: Meta) -> None:
    token = meta.login(owner="third-shop", ownerName="Third Owner")
    assert meta.get("/me", token)["name"] == "Third Owner"
    page = meta.get("/me/accounts", token)["data"][0]
    assert page["name"] == "Mock Messenger Account"
    assert meta.get("/me/accounts", meta.login(owner="third-shop"))["data"][0]["id"] == page["id"]
    assert meta.world()["pages"][0]["id"] != page["id"]


def test_accounts_of_several_people_are_explained(meta: Meta) -> None:
    pages = meta.world()["pages"]
    asked = {"authorizationUrl": meta.dialog_url(), "accounts": [pages[0]["id"], pages[1]["id"]]}
    answer = meta.http.post("/sim/approve", json=asked)
    assert answer.status_code == 400
    assert "several people" in answer.json()["error"]


def test_a_long_lived_token_gives_page_tokens_without_an_end(meta: Meta) -> None:
    token = meta.login()
    assert meta.debug(token)["expires_at"] > 0
    page = meta.get("/me/accounts", token)["data"][0]
    assert meta.debug(page["access_token"])["expires_at"] == 0
    assert meta.get("/me/accounts", token)["data"][0]["access_token"] == page["access_token"]

    meta.post("/sim/clock", advanceSeconds=61 * DAY)
    assert error_of(meta.get("/me", token)) == (190, 463)
    dead = meta.debug(token)
    assert dead["is_valid"] is False
    assert dead["error"]["subcode"] == 463
    assert meta.get("/me", page["access_token"])["id"] == page["id"]


def test_pages_come_a_part_at_a_time(meta: Meta) -> None:
    owner = next(user for user in meta.world()["users"] if user["name"] == "Agency Person")
    first = meta.get("/v25.0/me/accounts", owner["accessToken"], fields="id", limit=2)
    assert len(first["data"]) == 2
    second = meta.http.get(first["paging"]["next"]).json()
    assert len(second["data"]) == 1
    assert "next" not in second["paging"]
    linked = meta.get("/me/accounts", owner["accessToken"], fields="instagram_business_account")["data"]
    assert ["instagram_business_account" in page for page in linked] == [True, False, False]
    nobody = next(user for user in meta.world()["users"] if user["name"] == "Pageless Person")
    assert meta.get("/me/accounts", nobody["accessToken"]) == {"data": []}


def test_a_token_reaches_nothing_that_was_not_chosen(meta: Meta) -> None:
    other = meta.world()["pages"][1]["id"]
    refusal = meta.http.get(f"/{other}", headers=bearer(meta.login()))
    assert refusal.status_code == 400
    assert error_of(refusal.json()) == (100, 33)


def test_bad_tokens_are_named(meta: Meta) -> None:
    assert error_of(meta.get("/me", "nonsense")) == (190, None)
    assert error_of(meta.get("/me")) == (104, None)
    assert error_of(meta.get("/nothing/at/all/here", meta.login())) == (2500, None)
    assert meta.debug("nonsense") == {
        "error": {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"},
        "is_valid": False,
        "scopes": [],
    }


def test_the_proof_is_checked_where_it_is_given(meta: Meta) -> None:
    token = meta.login()
    proof = hmac.new(b"app-secret-1", token.encode(), hashlib.sha256).hexdigest()
    assert "id" in meta.get("/me", token, appsecret_proof=proof)
    assert error_of(meta.get("/me", token, appsecret_proof=proof[::-1])) == (100, None)


def test_a_person_takes_everything_back(meta: Meta) -> None:
    token = meta.login()
    page = meta.get("/me/accounts", token)["data"][0]["access_token"]
    assert meta.http.delete("/me/permissions", headers=bearer(token)).json() == {"success": True}
    assert error_of(meta.get("/me", token)) == (190, 458)
    assert error_of(meta.get("/me", page)) == (190, 458)
    meta.post("/sim/reset")
    assert "id" in meta.get("/me", token)


def test_the_browser_popup_gives_a_code_without_redirect(meta: Meta) -> None:
    given = meta.post("/sim/embedded-signup")
    token = meta.exchange(code=given["code"], redirect_uri="").json()
    assert "expires_in" not in token
    numbers = meta.get(f"/{given['wabaId']}/phone_numbers", token["access_token"])["data"]
    assert [number["id"] for number in numbers] == [given["phoneNumberId"]]


def test_every_token_given_out_is_listed(meta: Meta) -> None:
    code = meta.approve()["code"]
    token = meta.exchange(code=code).json()["access_token"]
    assert {code, token} <= set(meta.world()["tokens"])


def test_a_login_configuration_names_the_permissions_and_all_of_them_count(meta: Meta) -> None:
    meta.post("/sim/app", loginConfigurations={"720": ["pages_show_list", "pages_messaging"]})
    asks = meta.dialog_url(scope="", config_id="720")
    assert set(meta.debug(meta.login(url=asks))["scopes"]) == {
        "public_profile",
        "pages_show_list",
        "pages_messaging",
    }
    assert meta.debug(meta.login(url=asks, deny=["pages_messaging"]))["scopes"] == ["public_profile"]
    assert "pages_messaging" in meta.debug(meta.login(url=asks))["scopes"]  # It asks for all anew.
    unknown = meta.post("/sim/approve", authorizationUrl=meta.dialog_url(scope="", config_id="721"))
    assert "configuration" in unknown["error"]


def test_a_rerequest_adds_to_what_was_given(meta: Meta) -> None:
    meta.login(deny=["pages_messaging"])
    again = meta.login(url=meta.dialog_url(scope="pages_messaging", auth_type="rerequest"))
    assert {"pages_messaging", "pages_show_list"} <= set(meta.debug(again)["scopes"])


def test_who_stays_away_is_shown_no_more(meta: Meta) -> None:
    user, token = meta.world()["users"][0], meta.login()
    usual = meta.debug(token)["data_access_expires_at"]
    answer = meta.post("/sim/people", change="stayAway", userId=user["id"], days=3)
    assert meta.debug(token)["data_access_expires_at"] == answer["endsAt"] < usual
    assert meta.debug(meta.login())["data_access_expires_at"] >= usual
