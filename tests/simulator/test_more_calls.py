"""Calls that programs of others make, beyond those that the service needs today."""

from __future__ import annotations

import json

from tests.simulator.conftest import SCOPES, Meta, Shop, bearer
from tests.simulator.test_oauth import error_of


def test_calls_travel_together(shop: Shop) -> None:
    shop.hear("MESSENGER")
    message = {"recipient": {"id": shop.customers["MESSENGER"]}, "message": {"text": "one"}}
    stranger = {"recipient": {"id": "1"}, "message": {"text": "two"}}
    batch = [
        {"method": "POST", "relative_url": "me/messages", "body": message},
        {"method": "POST", "relative_url": "v25.0/me/messages", "body": stranger},
        {"method": "GET", "relative_url": "me?fields=id"},
    ]
    answers = shop.meta.post("/", shop.page["accessToken"], batch=batch)
    assert [one["code"] for one in answers] == [200, 400, 200]
    assert error_of(json.loads(answers[1]["body"])) == (100, 2018001)
    assert json.loads(answers[2]["body"]) == {"id": shop.page["id"]}
    assert [item["text"] for item in shop.outbox()] == ["one"]
    too_many = shop.meta.post("/", shop.page["accessToken"], batch=batch * 20)
    assert error_of(too_many) == (100, None)


def test_a_file_comes_with_the_message(shop: Shop) -> None:
    shop.hear("MESSENGER")
    message = {"attachment": {"type": "image", "payload": {}}}
    form = {
        "recipient": json.dumps({"id": shop.customers["MESSENGER"]}),
        "message": json.dumps(message),
    }
    files = {"filedata": ("a.png", b"\x89PNG", "image/png")}
    headers = bearer(shop.page["accessToken"])
    answer = shop.meta.http.post("/me/messages", data=form, files=files, headers=headers).json()
    assert "message_id" in answer
    (item,) = shop.outbox("image")
    assert shop.meta.http.get(item["url"]).content == b"\x89PNG"
    assert error_of(shop.meta.http.post("/me/messages", data=form, headers=headers).json()) == (100, 2018008)


def test_a_page_greets(shop: Shop) -> None:
    edge, token = "/me/messenger_profile", shop.page["accessToken"]
    menu = [{"locale": "default", "call_to_actions": []}]
    assert error_of(shop.meta.post(edge, token, persistent_menu=menu)) == (100, 2018145)
    assert shop.meta.post(edge, token, get_started={"payload": "START"}) == {"result": "success"}
    assert shop.meta.post(edge, token, persistent_menu=menu) == {"result": "success"}
    shown = shop.meta.get(edge, token, fields="get_started,greeting")
    assert shown == {"data": [{"get_started": {"payload": "START"}}]}
    gone = shop.meta.http.delete(edge, params={"fields": "get_started"}, headers=bearer(token))
    assert gone.json() == {"result": "success"}
    assert shop.meta.get(edge, token, fields="get_started") == {"data": []}
    owner = shop.meta.world()["users"][0]["accessToken"]
    assert error_of(shop.meta.get(f"/{shop.page['id']}/messenger_profile", owner, fields="greeting")) == (
        190,
        None,
    )


def test_the_dialog_says_what_was_granted(meta: Meta) -> None:
    url = meta.dialog_url(return_scopes="true")
    carried = meta.approve(url=url, deny=["pages_messaging"])
    assert carried["denied_scopes"] == "pages_messaging"
    assert set(carried["granted_scopes"].split(",")) == {"public_profile", *SCOPES.split(",")} - {
        "pages_messaging"
    }
    assert "granted_scopes" not in meta.approve()


def test_a_person_shows_what_was_allowed(meta: Meta) -> None:
    asked = "name,email,gender,picture"
    assert set(meta.get("/me", meta.login(), fields=asked)) == {"id", "name", "picture"}
    allowed = meta.login(url=meta.dialog_url(scope="email"))
    assert "@" in meta.get("/me", allowed, fields=asked)["email"]


def test_a_number_and_an_account_show_their_fields(shop: Shop) -> None:
    token = shop.account["accessToken"]
    asked = "health_status,quality_score,conversational_automation,certificate"
    number = shop.meta.get(f"/{shop.number}", token, fields=asked)
    assert number == {
        "id": shop.number,
        "health_status": {"can_send_message": "AVAILABLE"},
        "quality_score": {"score": "GREEN"},
    }
    account = shop.meta.get(f"/{shop.account['id']}", token, fields="subscribed_apps,ownership_type")
    assert (
        account["subscribed_apps"]["data"][0]["whatsapp_business_api_data"]["id"] == shop.meta.config.app_id
    )
    listed = shop.meta.get(
        f"/{shop.account['id']}/message_templates", token, summary="total_count,message_template_limit"
    )
    assert listed["summary"] == {"total_count": 4, "message_template_limit": 250}
