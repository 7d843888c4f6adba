from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Callback, Meta, Shop, bearer
from tests.simulator.test_oauth import DAY, error_of


def change(meta: Meta, name: str, **about: Any) -> Any:
    answer = meta.post("/sim/whatsapp", change=name, **about)
    assert "error" not in answer, answer
    return answer


def changes_of(callback: Callback, field: str) -> list[dict[str, Any]]:
    """The entries of what the app was told in this field."""
    return [
        entry
        for body in callback.bodies()
        for entry in body["entry"]
        if entry.get("changes", [{}])[0].get("field") == field
    ]


def business_token(meta: Meta, **about: Any) -> tuple[dict[str, str], str]:
    given = meta.post("/sim/embedded-signup", **about)
    form = {
        "client_id": meta.config.app_id,
        "client_secret": meta.config.app_secret,
        "code": given["code"],
    }
    token: str = meta.http.get("/oauth/access_token", params=form).json()["access_token"]
    return given, token


def test_a_signup_code_lives_half_a_minute(meta: Meta) -> None:
    code = meta.post("/sim/embedded-signup")["code"]
    meta.post("/sim/clock", advanceSeconds=31)
    assert error_of(meta.exchange(code=code, redirect_uri="").json()) == (100, 36007)
    assert error_of(meta.exchange(code=meta.post("/sim/embedded-signup")["code"]).json()) == (100, 36008)


def test_a_token_of_a_business_may_end_and_be_renewed(meta: Meta) -> None:
    _, token = business_token(meta, tokenExpires=True)
    about = meta.debug(token)
    assert about["type"] == "SYSTEM_USER"
    assert about["expires_at"] - about["issued_at"] == 60 * DAY
    meta.post("/sim/clock", advanceSeconds=30 * DAY)
    asked = {"grant_type": "fb_exchange_token", "set_token_expires_in_60_days": "true"}
    fresh = meta.exchange(**asked, fb_exchange_token=token).json()
    assert 60 * DAY - 60 < fresh["expires_in"] <= 60 * DAY
    meta.post("/sim/clock", advanceSeconds=31 * DAY)
    assert error_of(meta.get("/me", token)) == (190, 463)
    assert "id" in meta.get("/me", fresh["access_token"])


def test_a_number_is_registered_with_its_pin(meta: Meta) -> None:
    given, token = business_token(meta, registered=False, pin="123456")
    number = given["phoneNumberId"]
    message = {"messaging_product": "whatsapp", "to": "+15550001111", "type": "text", "text": {"body": "hi"}}
    assert error_of(meta.post(f"/{number}/messages", token, **message)) == (133010, None)
    ask = {"messaging_product": "whatsapp"}
    assert error_of(meta.post(f"/{number}/register", token, **ask, pin="654321")) == (133005, None)
    assert meta.post(f"/{number}/register", token, **ask, pin="123456") == {"success": True}
    assert meta.get(f"/{number}", token, fields="status,is_pin_enabled") == {
        "id": number,
        "status": "CONNECTED",
        "is_pin_enabled": True,
    }
    for _ in range(8):
        meta.post(f"/{number}/register", token, **ask, pin="123456")
    assert error_of(meta.post(f"/{number}/register", token, **ask, pin="123456")) == (133016, None)
    meta.post("/sim/clock", advanceSeconds=72 * 3_600)
    assert meta.post(f"/{number}/deregister", token) == {"success": True}
    assert error_of(meta.post(f"/{number}/messages", token, **message)) == (133010, None)


def test_a_number_that_stays_on_the_phone(meta: Meta, callback: Callback) -> None:
    given, token = business_token(meta, coexistence=True)
    number, waba = given["phoneNumberId"], given["wabaId"]
    meta.post(f"/{waba}/subscribed_apps", token)
    person = meta.post("/sim/inbound", platform="WHATSAPP", text="before")["from"]
    assert meta.get(f"/{number}", token, fields="is_on_biz_app")["is_on_biz_app"] is True
    ask = {"messaging_product": "whatsapp"}
    assert error_of(meta.post(f"/{number}/register", token, **ask, pin="123456")) == (100, None)
    assert error_of(meta.post(f"/{number}/deregister", token)) == (100, None)
    edge = f"/{number}/smb_app_data"
    for kind in ("smb_app_state_sync", "history"):
        assert "request_id" in meta.post(edge, token, **ask, sync_type=kind)
        assert error_of(meta.post(edge, token, **ask, sync_type=kind)) == (2593107, None)
    assert error_of(meta.post(edge, token, **ask, sync_type="photos")) == (100, None)
    meta.delivered()
    (contacts,) = changes_of(callback, "smb_app_state_sync")
    assert len(contacts["changes"][0]["value"]["state_sync"]) == 2
    (history,) = changes_of(callback, "history")
    part = history["changes"][0]["value"]["history"][0]
    assert part["metadata"]["progress"] == 100
    assert [(thread["id"], thread["messages"][0]["text"]["body"]) for thread in part["threads"]] == [
        (person, "before")
    ]


def test_history_may_be_late_or_declined(meta: Meta, callback: Callback) -> None:
    given, token = business_token(meta, coexistence=True, shareHistory=False)
    meta.post(f"/{given['wabaId']}/subscribed_apps", token)
    ask = {"messaging_product": "whatsapp", "sync_type": "history"}
    meta.post(f"/{given['phoneNumberId']}/smb_app_data", token, **ask)
    meta.delivered()
    (told,) = changes_of(callback, "history")
    assert told["changes"][0]["value"]["history"][0]["errors"][0]["code"] == 2593109
    meta.post("/sim/clock", advanceSeconds=DAY + 1)
    late = {**ask, "sync_type": "smb_app_state_sync"}
    assert error_of(meta.post(f"/{given['phoneNumberId']}/smb_app_data", token, **late)) == (2593108, None)


def test_a_number_is_rated_and_named(shop: Shop, callback: Callback) -> None:
    change(shop.meta, "number", phoneNumberId=shop.number, nameStatus="PENDING_REVIEW")
    change(shop.meta, "number", phoneNumberId=shop.number, nameStatus="APPROVED")
    change(shop.meta, "number", phoneNumberId=shop.number, qualityRating="RED")
    change(shop.meta, "number", phoneNumberId=shop.number, messagingLimit="TIER_2K")
    change(shop.meta, "number", phoneNumberId=shop.number, throughput="HIGH")
    shop.meta.delivered()
    rated = changes_of(callback, "phone_number_quality_update")
    events = [entry["changes"][0]["value"]["event"] for entry in rated]
    assert events == ["DOWNGRADE", "UPGRADE", "THROUGHPUT_UPGRADE"]
    assert isinstance(rated[0]["time"], int)
    (named,) = changes_of(callback, "phone_number_name_update")
    assert named["changes"][0]["value"]["decision"] == "APPROVED"
    asked = "quality_rating,throughput,name_status,whatsapp_business_manager_messaging_limit"
    shown = shop.meta.get(f"/{shop.number}", shop.account["accessToken"], fields=asked)
    assert shown["quality_rating"] == "RED"
    assert shown["throughput"] == {"level": "HIGH"}
    assert shown["whatsapp_business_manager_messaging_limit"] == "TIER_2K"
    shop.meta.post("/sim/reset")
    assert shop.meta.get(f"/{shop.number}", shop.account["accessToken"])["quality_rating"] == "GREEN"


TEMPLATE: dict[str, Any] = {
    "name": "appointment",
    "language": "en_US",
    "category": "UTILITY",
    "components": [
        {"type": "BODY", "text": "See you {{day}}, {{name}}."},
        {"type": "FOOTER", "text": "Northside"},
    ],
    "parameter_format": "NAMED",
}


def test_a_template_is_created_approved_and_sent(shop: Shop, callback: Callback) -> None:
    edge, token = f"/{shop.account['id']}/message_templates", shop.account["accessToken"]
    made = shop.meta.post(edge, token, **TEMPLATE)
    assert made["status"] == "PENDING"
    values = [("name", "Ann"), ("day", "on Monday")]
    parameters = [{"type": "text", "parameter_name": name, "text": text} for name, text in values]
    body = {
        "type": "template",
        "template": {
            "name": "appointment",
            "language": {"code": "en_US"},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }
    assert error_of(shop.send("WHATSAPP", "", **body)) == (132001, None)
    assert change(shop.meta, "template", templateId=made["id"])["delivered"] is True
    shop.send("WHATSAPP", "", **body)
    assert shop.outbox("template")[0]["text"] == "See you on Monday, Ann."
    shop.meta.delivered()
    (told,) = changes_of(callback, "message_template_status_update")
    assert told["changes"][0]["value"]["event"] == "APPROVED"

    listed = shop.meta.get(edge, token, fields="name,status", status="APPROVED")["data"]
    assert {"id": made["id"], "name": "appointment", "status": "APPROVED"} in listed
    assert all(row["status"] == "APPROVED" for row in listed)
    deleted = shop.meta.http.delete(edge, params={"name": "appointment"}, headers=bearer(token))
    assert deleted.json() == {"success": True}
    assert shop.meta.get(edge, token, name="appointment") == {"data": []}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "Appointment!"}, (100, None)),
        ({"name": ""}, (100, None)),
        ({"category": "POETRY"}, (100, None)),
        ({"components": []}, (100, None)),
        ({"components": [{"type": "SONG", "text": "la"}]}, (100, None)),
        ({"name": "hello_world"}, (100, 2388024)),
    ],
)
def test_a_template_that_makes_no_sense(shop: Shop, changes: dict[str, Any], error: object) -> None:
    edge = f"/{shop.account['id']}/message_templates"
    answer = shop.meta.post(edge, shop.account["accessToken"], **{**TEMPLATE, **changes})
    assert error_of(answer) == error


def test_a_business_uninstalls_the_app(shop: Shop, callback: Callback) -> None:
    waba, token = shop.account["id"], shop.account["accessToken"]
    override = {"override_callback_uri": "https://shop.test/hook", "verify_token": "verify-me"}
    shop.meta.post(f"/{waba}/subscribed_apps", token, **override)
    answer = change(shop.meta, "account", businessAccountId=waba, event="PARTNER_APP_UNINSTALLED")
    assert answer["delivered"] is True
    shop.meta.delivered()
    (entry,) = changes_of(callback, "account_update")
    info = entry["changes"][0]["value"]["waba_info"]
    assert info["waba_id"] == waba
    assert info["partner_app_id"] == shop.meta.config.app_id
    assert entry["id"] == info["owner_business_id"] != waba
    # Events about accounts take no notice of overrides.
    assert callback.received[-1][0].endswith("/api/webhooks/meta")
    assert error_of(shop.meta.get(f"/{waba}", token)) == (190, 458)


def test_other_events_name_the_account_itself(shop: Shop, callback: Callback) -> None:
    for event in shop.meta.get("/sim/whatsapp")["accountEvents"]:
        shop.meta.post(
            f"/{shop.account['id']}/subscribed_apps", shop.meta.world()["businessAccounts"][0]["accessToken"]
        )
        change(shop.meta, "account", businessAccountId=shop.account["id"], event=event)
    shop.meta.delivered()
    entries = {
        entry["changes"][0]["value"]["event"]: entry for entry in changes_of(callback, "account_update")
    }
    assert entries["PARTNER_REMOVED"]["id"] == shop.account["id"]
    assert entries["PARTNER_REMOVED"]["changes"][0]["value"]["disconnection_info"]["initiated_by"] == "USER"
    assert entries["DISABLED_UPDATE"]["changes"][0]["value"]["ban_info"]["waba_ban_state"] == "DISABLE"
    assert len(entries) == 10


def test_a_profile_is_kept(shop: Shop) -> None:
    edge, token = f"/{shop.number}/whatsapp_business_profile", shop.account["accessToken"]
    asked = {"messaging_product": "whatsapp", "about": "Bread since 1931", "websites": ["https://shop.test"]}
    assert shop.meta.post(edge, token, **asked) == {"success": True}
    assert shop.meta.get(edge, token, fields="about,email")["data"] == [
        {"messaging_product": "whatsapp", "about": "Bread since 1931"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"change": "number", "phoneNumberId": "1"},
        {"change": "template", "templateId": "1"},
        {"change": "account", "businessAccountId": "1"},
    ],
)
def test_what_makes_no_sense_is_explained(meta: Meta, body: dict[str, Any]) -> None:
    answer = meta.http.post("/sim/whatsapp", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_whatsapp_tells_of_templates_limits_and_more(shop: Shop, callback: Callback) -> None:
    waba, token = shop.account["id"], shop.account["accessToken"]
    body = [{"type": "HEADER", "format": "TEXT", "text": "Hats"}, {"type": "BODY", "text": "Spring is here."}]
    made = {"name": "hats", "language": "en", "category": "UTILITY", "components": body}
    template = shop.meta.post(f"/{waba}/message_templates", token, **made)["id"]
    change(shop.meta, "templateQuality", templateId=template, quality="RED")
    change(shop.meta, "templateCategory", templateId=template, category="MARKETING")
    change(shop.meta, "templateComponents", templateId=template, text="Summer is here.")
    for name in ("limit", "alert", "review", "security"):
        change(shop.meta, name, businessAccountId=waba)
    change(shop.meta, "field", businessAccountId=waba, field="flows", value={"event": "FLOW_STATUS_CHANGE"})
    shop.meta.delivered()
    told = {
        entry["changes"][0]["field"]: entry["changes"][0]["value"]
        for body in callback.bodies()
        for entry in body["entry"]
    }
    quality = told["message_template_quality_update"]
    assert (quality["previous_quality_score"], quality["new_quality_score"]) == ("UNKNOWN", "RED")
    assert told["template_category_update"]["new_category"] == "MARKETING"
    parts = told["message_template_components_update"]
    assert (parts["message_template_title"], parts["message_template_element"]) == ("Hats", "Summer is here.")
    assert set(told) >= {
        "business_capability_update",
        "account_alerts",
        "account_review_update",
        "security",
        "flows",
    }
    shown = shop.meta.get(f"/{template}", token, fields="category,quality_score,components")
    assert (shown["category"], shown["quality_score"]["score"]) == ("MARKETING", "RED")
