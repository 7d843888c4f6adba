from __future__ import annotations

import json
from collections.abc import Callable

from backend.simulator.webhooks import signed_headers, wire_bytes
from tests.simulator.conftest import Callback, Meta, Shop, bearer
from tests.simulator.test_messages import events
from tests.simulator.test_oauth import error_of


def texts(callback: Callback) -> list[str]:
    return [item["message"]["text"] for item in events(callback) if "message" in item]


def test_the_signature_is_the_published_one() -> None:
    text = "\N{LATIN SMALL LETTER A WITH DIAERESIS}\N{LATIN SMALL LETTER O WITH DIAERESIS}\u00e5 https://x.y"
    message = {"mid": "m_1", "text": text}
    item = {"sender": {"id": "2"}, "recipient": {"id": "1"}, "timestamp": 1458692752478, "message": message}
    body = {"object": "page", "entry": [{"id": "1", "time": 1458692752478, "messaging": [item]}]}
    signature = signed_headers("app-secret-1", wire_bytes(body))["X-Hub-Signature-256"]
    assert signature == "sha256=dcc4d83aa7450070d2edebb4417829e8c498bda93b358b3a4ffe459d2e4afb16"


def test_nobody_hears_of_an_account_that_is_not_subscribed(meta: Meta, callback: Callback) -> None:
    nowhere = meta.http.post("/sim/inbound", json={"platform": "MESSENGER", "text": "hi"})
    assert nowhere.status_code == 409
    assert "connected" in nowhere.json()["error"]
    page = meta.world()["pages"][0]["id"]
    answer = meta.post("/sim/inbound", platform="MESSENGER", accountId=page, text="hi")
    assert answer["delivered"] is False
    assert answer["note"]
    meta.delivered()
    assert callback.received == []


def test_the_default_account_is_the_one_connected_last(meta: Meta) -> None:
    pages = meta.world()["pages"]
    for page in (pages[1], pages[0]):
        meta.post(f"/{page['id']}/subscribed_apps", page["accessToken"], subscribed_fields="messages")
    assert meta.post("/sim/inbound", platform="MESSENGER")["accountId"] == pages[0]["id"]
    gone = meta.http.delete(f"/{pages[0]['id']}/subscribed_apps", headers=bearer(pages[0]["accessToken"]))
    assert gone.json() == {"success": True}
    assert meta.post("/sim/inbound", platform="INSTAGRAM")["accountId"] == pages[1]["instagramAccountId"]


def test_a_connection_for_instagram_does_not_move_messenger(meta: Meta) -> None:
    pages = meta.world()["pages"]
    scopes = "pages_show_list,pages_messaging,pages_manage_metadata"
    for page, asked in (
        (pages[0], scopes),
        (pages[1], f"{scopes},instagram_basic,instagram_manage_messages"),
    ):
        token = meta.login(url=meta.dialog_url(scope=asked), accounts=[page["id"]])
        own = meta.get("/me/accounts", token)["data"][0]["access_token"]
        meta.post(f"/{page['id']}/subscribed_apps", own, subscribed_fields="messages")
    assert meta.post("/sim/inbound", platform="MESSENGER")["accountId"] == pages[0]["id"]
    assert meta.post("/sim/inbound", platform="INSTAGRAM")["accountId"] == pages[1]["instagramAccountId"]


def test_only_chosen_fields_come(shop: Shop) -> None:
    shop.meta.post(
        f"/{shop.page['id']}/subscribed_apps", shop.page["accessToken"], subscribed_fields=["messages"]
    )
    assert "note" in shop.hear("MESSENGER", "postback")
    assert "note" not in shop.hear("MESSENGER")
    form = {"subscribed_fields[0]": "messages", "subscribed_fields[1]": "messaging_postbacks"}
    shop.meta.http.post(
        f"/{shop.page['id']}/subscribed_apps", data=form, headers=bearer(shop.page["accessToken"])
    )
    assert "note" not in shop.hear("MESSENGER", "postback")
    wrong = {"subscribed_fields": "messages,messaging_seen"}
    answer = shop.meta.post(f"/{shop.page['id']}/subscribed_apps", shop.page["accessToken"], **wrong)
    assert error_of(answer) == (100, None)
    assert "subscribed_fields[1]" in answer["error"]["message"]


def test_an_event_is_repeated_until_it_is_taken(shop: Shop, callback: Callback) -> None:
    callback.answers = [0, 500]
    shop.hear("MESSENGER", text="first")
    shop.hear("MESSENGER", text="second")
    shop.meta.delivered()
    assert texts(callback) == ["first", "first", "first", "second"]
    log = shop.meta.get("/sim/deliveries")
    assert log["pending"] == 0
    assert [(one["status"], one["attempts"]) for one in log["deliveries"]] == [(200, 3), (200, 1)]


def test_who_waits_holds_up_nobody_else(shop: Shop, callback: Callback) -> None:
    callback.answers = [503]
    shop.hear("MESSENGER", text="a1")
    shop.hear("MESSENGER", text="b1", **{"from": "5550000000000001"})
    shop.hear("MESSENGER", text="a2")
    shop.meta.delivered()
    assert texts(callback) == ["a1", "b1", "a1", "a2"]


def test_the_world_and_what_was_not_delivered_survive(start: Callable[[], Meta], callback: Callback) -> None:
    former = start()
    shop = Shop(former)
    world = former.world()
    callback.answers = [0] * 1000
    (message_id,) = shop.hear("WHATSAPP", text="still there?")["ids"]
    shop.send("WHATSAPP", "yes")
    items = former.get("/sim/outbox")["items"]

    later = start()
    callback.answers, callback.received = [], []
    assert later.world() == world
    assert later.get("/sim/outbox")["items"] == items
    later.delivered()
    assert [(one["id"], one.get("status")) for one in events(callback)] == [
        (message_id, None),
        (items[0]["id"], "sent"),
        (items[0]["id"], "delivered"),
    ]


def test_events_can_come_twice(shop: Shop, callback: Callback) -> None:
    shop.meta.post("/sim/faults", duplicate=1)
    shop.hear("MESSENGER", text="one")
    shop.meta.delivered()
    shop.hear("MESSENGER", text="two")
    shop.meta.delivered()
    assert texts(callback) == ["one", "one", "two"]
    assert callback.received[0][2] == callback.received[1][2]


def test_events_can_share_a_post(shop: Shop, callback: Callback) -> None:
    shop.meta.post("/sim/faults", batch=3)
    for number in range(4):
        shop.hear("WHATSAPP", text=str(number))
    shop.meta.delivered()
    sizes = [len(body["entry"][0]["changes"][0]["value"]["messages"]) for body in callback.bodies()]
    assert sizes == [3, 1]
    assert [item["text"]["body"] for item in events(callback)] == ["0", "1", "2", "3"]
    assert len(callback.bodies()[0]["entry"][0]["changes"][0]["value"]["contacts"]) == 1


def test_events_can_come_in_the_wrong_order(shop: Shop, callback: Callback) -> None:
    shop.meta.post("/sim/faults", reorder=True)
    for number in range(3):
        shop.hear("MESSENGER", text=str(number))
    shop.meta.delivered()
    assert sorted(texts(callback)) == ["0", "1", "2"]
    assert texts(callback) != ["0", "1", "2"]


def test_raw_bodies_go_as_they_are(shop: Shop, callback: Callback) -> None:
    answer = shop.meta.post("/sim/raw", body='{"object": "page",')
    assert answer == {"status": 200, "response": ""}
    assert callback.received[-1][2] == b'{"object": "page",'
    shop.meta.post("/sim/raw", body={"object": "page", "entry": [{"id": "ä/"}]})
    _, headers, body = callback.received[-1]
    assert body == b'{"object":"page","entry":[{"id":"\\u00e4\\/"}]}'
    assert headers["X-Hub-Signature-256"] == signed_headers("app-secret-1", body)["X-Hub-Signature-256"]


def test_an_override_is_believed_after_a_handshake(shop: Shop, callback: Callback) -> None:
    override = {"override_callback_uri": "https://shop.test/hook"}
    path, token = f"/{shop.account['id']}/subscribed_apps", shop.account["accessToken"]
    assert error_of(shop.meta.post(path, token, **override, verify_token="guess")) == (2200, None)
    assert shop.meta.post(path, token, **override, verify_token="verify-me") == {"success": True}
    shop.hear("WHATSAPP")
    shop.meta.delivered()
    assert callback.received[-1][0] == "https://shop.test/hook"

    number = {
        "webhook_configuration": {
            "override_callback_uri": "https://number.test/",
            "verify_token": "verify-me",
        }
    }
    assert shop.meta.post(f"/{shop.number}", token, **number) == {"success": True}
    shop.hear("WHATSAPP")
    shop.meta.delivered()
    assert callback.received[-1][0] == "https://number.test/"


def test_the_app_can_move_its_callback(shop: Shop, callback: Callback) -> None:
    app = f"{shop.meta.config.app_id}|{shop.meta.config.app_secret}"
    asked = {
        "object": "page",
        "callback_url": "https://new.test/",
        "verify_token": "verify-me",
        "fields": "messages",
    }
    assert shop.meta.post(f"/{shop.meta.config.app_id}/subscriptions", app, **asked) == {"success": True}
    shop.hear("MESSENGER")
    shop.meta.delivered()
    assert callback.received[-1][0] == "https://new.test/"
    rows = {
        row["object"]: row for row in shop.meta.get(f"/{shop.meta.config.app_id}/subscriptions", app)["data"]
    }
    assert rows["instagram"]["callback_url"] == "http://localhost:8000/api/webhooks/meta"


def test_reset_forgets_what_was_said_and_keeps_who_is_there(shop: Shop) -> None:
    before = shop.meta.world()
    shop.hear("MESSENGER")
    shop.send("MESSENGER", "hi")
    shop.meta.post("/sim/faults", graph={"outage": True})
    shop.meta.post("/sim/clock", advanceSeconds=60)
    shop.meta.post("/sim/reset")
    assert shop.meta.world() == before
    assert shop.meta.get("/sim/outbox") == {"items": []}
    assert shop.meta.get("/sim/deliveries") == {"deliveries": [], "pending": 0}
    assert shop.meta.get("/sim/faults") == {"faults": {}}
    assert shop.meta.get("/sim/clock")["offsetSeconds"] == 0
    assert "note" not in shop.hear("MESSENGER")


def test_a_person_removes_the_app(shop: Shop, callback: Callback) -> None:
    user = shop.meta.world()["users"][0]
    assert shop.meta.post("/sim/remove-app", userId=user["id"]) == {"status": 200, "response": ""}
    url, _, body = callback.received[-1]
    assert url.endswith("/api/webhooks/meta/deauthorize")
    assert body.startswith(b"signed_request=")
    assert error_of(shop.meta.get("/me", user["accessToken"])) == (190, 458)


def test_the_log_shows_what_went_out(shop: Shop) -> None:
    shop.hear("INSTAGRAM", text="hello")
    shop.meta.delivered()
    (row,) = shop.meta.get("/sim/deliveries", limit=1, bodies=1)["deliveries"]
    assert row["object"] == "instagram"
    assert row["state"] == "delivered"
    assert row["at"].endswith("Z")
    assert "hello" in json.dumps(row["entry"])
