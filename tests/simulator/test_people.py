from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import Callback, Meta, Shop, bearer
from tests.simulator.test_oauth import error_of


def change(meta: Meta, name: str, **about: Any) -> Any:
    answer = meta.post("/sim/people", change=name, **about)
    assert "error" not in answer, answer
    return answer


def person(meta: Meta, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(user for user in meta.world()["users"] if user["name"] == name)
    return found


@pytest.mark.parametrize(
    ("name", "subcode"), [("changePassword", 460), ("hitCheckpoint", 459), ("logOut", 467)]
)
def test_the_end_of_a_session_kills_every_token(meta: Meta, name: str, subcode: int) -> None:
    token = meta.login()
    page = meta.get("/me/accounts", token)["data"][0]["access_token"]
    assert change(meta, name, userId=meta.world()["users"][0]["id"])["tokens"] >= 2
    for dead in (token, page):
        assert error_of(meta.get("/me", dead)) == (190, subcode)
        assert meta.debug(dead)["error"]["subcode"] == subcode
    assert "id" in meta.get("/me", meta.login())
    meta.post("/sim/reset")
    assert "id" in meta.get("/me", token)


def test_who_loses_the_role_loses_the_page(meta: Meta) -> None:
    user, token = meta.world()["users"][0], meta.login()
    page = meta.get("/me/accounts", token)["data"][0]
    change(meta, "loseRole", pageId=page["id"])
    assert error_of(meta.get("/me", page["access_token"])) == (190, 492)
    assert meta.get("/me/accounts", token) == {"data": []}
    assert error_of(meta.get(f"/{page['id']}", token)) == (100, 33)
    assert page["id"] not in meta.debug(meta.login())["granular_scopes"][1].get("target_ids", [])
    assert meta.get("/me", token)["id"] == user["id"]
    change(meta, "regainRole", pageId=page["id"])
    again = meta.get("/me/accounts", meta.login())["data"][0]
    assert again["id"] == page["id"]
    assert error_of(meta.get("/me", page["access_token"])) == (190, 492)


def test_permissions_are_taken_back_later(shop: Shop) -> None:
    shop.hear("MESSENGER")
    owner = shop.meta.world()["users"][0]["id"]
    change(shop.meta, "untickPermissions", userId=owner, permissions=["pages_messaging"])
    assert error_of(shop.send("MESSENGER", "hi")) == (10, None)
    wrong = shop.meta.http.post(
        "/sim/people", json={"change": "untickPermissions", "userId": owner, "permissions": ["pages"]}
    )
    assert wrong.status_code == 400


def test_three_hundred_pages_are_walked(meta: Meta) -> None:
    user = person(meta, "Pageless Person")
    made = change(meta, "addPages", userId=user["id"], count=300)["pages"]
    assert len(made) == 300
    token = meta.login(accounts=made)
    found, url, calls = [], "/v25.0/me/accounts?fields=id,name,access_token&limit=500", 0
    headers = bearer(token)
    while url:
        answer = meta.http.get(url, headers=headers).json()
        found += [row["id"] for row in answer["data"]]
        url, headers, calls = answer["paging"].get("next", ""), {}, calls + 1
    assert found == made
    assert calls == 3
    last = answer["paging"]["previous"]
    assert [row["id"] for row in meta.http.get(last).json()["data"]] == made[100:200]


def test_instagram_is_taken_off_the_page(shop: Shop) -> None:
    shop.hear("INSTAGRAM")
    change(shop.meta, "unlinkInstagram", pageId=shop.page["id"])
    assert error_of(shop.send("INSTAGRAM", "hi")) == (100, 2534013)
    field = {"fields": "instagram_business_account"}
    assert shop.meta.get("/me", shop.page["accessToken"], **field) == {"id": shop.page["id"]}
    assert shop.hear("INSTAGRAM", accountId=shop.accounts["INSTAGRAM"])["delivered"] is False
    listed = shop.meta.get("/me/conversations", shop.page["accessToken"], platform="instagram")
    assert error_of(listed) == (100, 2534013)
    change(shop.meta, "linkInstagram", pageId=shop.page["id"])
    assert "message_id" in shop.send("INSTAGRAM", "back again")


def test_access_to_messages_is_switched_off(shop: Shop, callback: Callback) -> None:
    shop.hear("INSTAGRAM")
    account = shop.accounts["INSTAGRAM"]
    change(shop.meta, "forbidMessageAccess", instagramId=account)
    assert error_of(shop.send("INSTAGRAM", "hi")) == (200, 2534041)
    listed = shop.meta.get("/me/conversations", shop.page["accessToken"], platform="instagram")
    assert error_of(listed) == (200, 2534041)
    shop.meta.delivered()
    callback.received.clear()
    assert shop.hear("INSTAGRAM", accountId=account)["delivered"] is False
    assert "note" not in shop.hear("MESSENGER")
    change(shop.meta, "allowMessageAccess", instagramId=account)
    assert "note" not in shop.hear("INSTAGRAM", accountId=account)


def test_a_personal_account_hides_from_its_page(shop: Shop) -> None:
    change(shop.meta, "becomePersonal", instagramId=shop.accounts["INSTAGRAM"])
    asked = {"fields": "instagram_business_account"}
    assert "instagram_business_account" not in shop.meta.get("/me", shop.page["accessToken"], **asked)
    change(shop.meta, "becomeProfessional", instagramId=shop.accounts["INSTAGRAM"])
    assert "instagram_business_account" in shop.meta.get("/me", shop.page["accessToken"], **asked)


def test_an_app_in_development_knows_its_testers_only(shop: Shop, callback: Callback) -> None:
    shop.hear("MESSENGER")
    shop.meta.delivered()
    callback.received.clear()
    shop.meta.post("/sim/app", developmentMode=True)
    assert shop.hear("MESSENGER", accountId=shop.page["id"])["delivered"] is False
    assert error_of(shop.send("MESSENGER", "hi")) == (200, 2018028)
    shop.meta.post("/sim/app", testers=[shop.customers["MESSENGER"]])
    assert "note" not in shop.hear("MESSENGER", accountId=shop.page["id"])
    assert "message_id" in shop.send("MESSENGER", "hi")
    shop.meta.post("/sim/reset")
    assert shop.meta.get("/sim/app")["app"]["developmentMode"] is False


def test_the_app_is_removed_and_deletion_is_asked_for(meta: Meta, callback: Callback) -> None:
    user = meta.world()["users"][0]
    change(meta, "removeApp", userId=user["id"])
    assert error_of(meta.get("/me", user["accessToken"])) == (190, 458)
    change(meta, "requestDeletion", userId=user["id"])
    assert [url.rpartition("/")[2] for url, _, _ in callback.received] == ["deauthorize", "data-deletion"]


def test_what_people_did_survives_a_restart(start: Callable[[], Meta]) -> None:
    meta = start()
    token = meta.login()
    meta.post("/sim/app", developmentMode=True, redirectUris=["https://extra.test/callback"])
    change(meta, "changePassword", userId=meta.world()["users"][0]["id"])
    later = start()
    assert error_of(later.get("/me", token)) == (190, 460)
    assert later.get("/sim/app")["app"]["developmentMode"] is True
    url = later.dialog_url(redirect_uri="https://extra.test/callback")
    assert later.approve(url=url)["code"]


def test_a_proof_can_be_required(meta: Meta) -> None:
    meta.post("/sim/app", requireAppSecretProof=True)
    answer = meta.get("/me", meta.login())
    assert error_of(answer) == (100, None)
    assert "appsecret_proof" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sim/people", {}),
        ("/sim/people", {"change": "fly"}),
        ("/sim/people", {"change": "loseRole"}),
        ("/sim/people", {"change": "changePassword", "userId": "1"}),
        ("/sim/people", {"change": "removeApp", "instagramId": "1"}),
        ("/sim/people", {"change": "addPages", "userId": "1"}),
        ("/sim/app", {"colour": "red"}),
        ("/sim/app", {"testers": "all"}),
        ("/sim/app", {"instagramSigner": "nobody"}),
        ("/sim/raw", {"body": {}, "signer": "nobody"}),
    ],
)
def test_what_makes_no_sense_is_explained(meta: Meta, path: str, body: dict[str, Any]) -> None:
    answer = meta.http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_every_change_is_listed_with_its_fields(meta: Meta) -> None:
    assert meta.get("/sim/people")["changes"]["loseRole"] == ["pageId"]
    assert "instagramSigner" in meta.get("/sim/app")["app"]


def test_answers_say_how_much_was_used(shop: Shop) -> None:
    person = shop.meta.http.get("/me", headers=bearer(shop.meta.world()["users"][0]["accessToken"]))
    assert set(json.loads(person.headers["X-App-Usage"])) == {"call_count", "total_cputime", "total_time"}
    assert "X-Business-Use-Case-Usage" not in person.headers
    page = shop.meta.http.get("/me", headers=bearer(shop.page["accessToken"]))
    (rows,) = json.loads(page.headers["X-Business-Use-Case-Usage"]).values()
    assert {row["type"] for row in rows} == {"messenger", "pages"}
    number = shop.meta.http.get(f"/{shop.number}", headers=bearer(shop.account["accessToken"]))
    assert shop.account["id"] in json.loads(number.headers["X-Business-Use-Case-Usage"])
