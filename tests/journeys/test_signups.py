"""WhatsApp by popup and by token, with the simulator's handshake at the number's own webhook."""

from __future__ import annotations

from typing import Any

import pytest

from backend.connecting import resume
from tests.journeys.conftest import Desk, Phone, Work

CONNECT = "/api/integrations/connect"


def popup(phone: Phone, **more: Any) -> dict[str, Any]:
    """What the popup gives the browser."""
    given: dict[str, Any] = phone.post("/sim/embedded-signup", **more)
    return {name: given[name] for name in ("code", "wabaId", "phoneNumberId")}


def pasted(phone: Phone) -> dict[str, Any]:
    """A token of the demo shop's WhatsApp account, and its ids."""
    wanted = popup(phone)["wabaId"]
    account = next(each for each in phone.world()["businessAccounts"] if each["id"] == wanted)
    number = account["phoneNumbers"][0]["id"]
    return {"accessToken": account["accessToken"], "wabaId": wanted, "phoneNumberId": number}


def connect(desk: Desk, phone: Phone, way: str, expect: int = 200, **more: Any) -> Any:
    body = popup(phone) if way == "embedded" else pasted(phone)
    return desk.post(f"{CONNECT}/{way}", {**body, **more}, expect)


def number_of(phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
    """What the simulator knows of the number now, asked as its business."""
    account = next(each for each in phone.world()["businessAccounts"] if each["id"] == body["wabaId"])
    fields = "webhook_configuration,is_pin_enabled"
    path = f"/{body['phoneNumberId']}"
    answer: dict[str, Any] = phone.get(path, access_token=account["accessToken"], fields=fields)
    return answer


@pytest.mark.parametrize("way", ["embedded", "manual"])
def test_a_conversation_over_the_numbers_own_webhook(owner: Desk, phone: Phone, work: Work, way: str) -> None:
    one = connect(owner, phone, way)["integration"]
    assert (one["status"], one["health"]) == ("CONNECTED", "ok")
    phone.write("WHATSAPP", "Are you open?")
    work()
    owner.reply(owner.conversations()[0], "Until six")
    work()
    assert [item["text"] for item in phone.outbox("WHATSAPP")] == ["Until six"]
    ways = {each["url"] for each in phone.get("/sim/deliveries")["deliveries"]}
    assert ways == {one["webhookUrl"]}
    checks = owner.get(f"/api/integrations/{one['id']}/health")["checks"]
    assert all(check["ok"] for check in checks)
    assert owner.post(f"/api/integrations/{one['id']}/test")["success"]


@pytest.mark.parametrize("way", ["embedded", "manual"])
def test_leaving_leaves_nothing_at_the_platform(owner: Desk, phone: Phone, way: str) -> None:
    body = pasted(phone)
    one = connect(owner, phone, way)["integration"]
    assert number_of(phone, body)["webhook_configuration"]["phone_number"] == one["webhookUrl"]
    owner.delete(f"/api/integrations/{one['id']}")
    assert list(number_of(phone, body)["webhook_configuration"]) == ["application"]
    assert (
        phone.post(
            "/sim/inbound", platform="WHATSAPP", kind="text", text="gone?", accountId=body["phoneNumberId"]
        )["delivered"]
        is False
    )
    assert connect(owner, phone, way)["integration"]["id"] == one["id"]


def test_a_pin_that_is_not_the_numbers_is_mended_by_connecting_again(owner: Desk, phone: Phone) -> None:
    first = popup(phone)
    owner.post(f"{CONNECT}/embedded", {**first, "pin": "111111"})
    again = popup(phone)
    one = owner.post(f"{CONNECT}/embedded", {**again, "pin": "222222"})["integration"]
    assert (one["status"], one["health"], one["lastErrorCode"]) == ("CONNECTED", "degraded", "register")
    mended = owner.post(f"{CONNECT}/embedded", {**again, "pin": "111111"})["integration"]
    assert (mended["health"], mended["lastError"]) == ("ok", None)


def test_a_code_is_good_for_thirty_seconds(owner: Desk, phone: Phone) -> None:
    body = popup(phone)
    phone.post("/sim/clock", advanceSeconds=31)
    refused = owner.post(f"{CONNECT}/embedded", body, 409)
    assert (refused["code"], refused["platformSubcode"]) == ("platform_refused", 36007)
    assert refused["message"] == "The login took too long."


def test_what_failed_while_connecting_is_told_once(owner: Desk, phone: Phone) -> None:
    connect(owner, phone, "embedded")
    late = popup(phone)
    phone.post("/sim/clock", advanceSeconds=31)
    owner.post(f"{CONNECT}/embedded", late, 409)
    checks = owner.get(f"/api/integrations/{owner.integration('WHATSAPP')['id']}/health")["checks"]
    assert [check["code"] for check in checks if not check["ok"]] == ["verify_grant"]


def test_the_ids_of_another_business_are_only_claims(owner: Desk, rival: Desk, phone: Phone) -> None:
    connect(owner, phone, "embedded")
    theirs = popup(phone, owner="rival-shop")
    ours = popup(phone)
    refused = rival.post(f"{CONNECT}/embedded", {**theirs, "wabaId": ours["wabaId"]}, 400)
    assert "wabaId" in refused["fields"]
    refused = rival.post(f"{CONNECT}/embedded", ours, 409)
    assert refused["code"] == "account_taken"
    assert owner.integration("WHATSAPP")["status"] == "CONNECTED"


def test_another_number_needs_a_word(owner: Desk, phone: Phone) -> None:
    connect(owner, phone, "embedded")
    theirs = popup(phone, owner="rival-shop")
    assert owner.post(f"{CONNECT}/embedded", theirs, 409)["code"] == "different_account"
    replaced = owner.post(f"{CONNECT}/embedded", {**theirs, "replace": True})["integration"]
    assert replaced["platformAccountId"] == theirs["wabaId"]


def test_an_outage_in_the_middle_ends_well(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    phone.post("/sim/faults", graph={"outage": True})
    body = pasted(phone)
    owner.post(f"{CONNECT}/manual", body, 503)
    phone.post("/sim/faults")
    phone.post("/sim/clock", advanceSeconds=120)
    moved_clock()
    resume.drain()
    row = owner.integration("WHATSAPP")
    assert (row["status"], row["health"]) == ("CONNECTED", "ok")


def test_an_answer_that_is_lost_does_no_harm(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    body = pasted(phone)
    phone.post("/sim/faults", graph={"loseAnswer": 1})
    owner.post(f"{CONNECT}/manual", body, 503)
    phone.post("/sim/faults")
    assert owner.post(f"{CONNECT}/manual", body)["integration"]["status"] == "CONNECTED"


def checks_of(desk: Desk, integration: dict[str, Any]) -> dict[str, str]:
    """What is said of each step."""
    checks = desk.get(f"/api/integrations/{integration['id']}/health")["checks"]
    return {check["code"]: check["message"] for check in checks}


def test_a_new_number_is_registered_and_sends(owner: Desk, phone: Phone, work: Work) -> None:
    one = owner.post(f"{CONNECT}/embedded", popup(phone, registered=False))["integration"]
    assert (one["health"], one["metadata"]["status"]) == ("ok", "CONNECTED")
    assert checks_of(owner, one)["register"] == "The number is registered for sending."
    phone.write("WHATSAPP", "hi")
    work()
    owner.reply(owner.conversations()[0], "hello")
    work()
    assert len(phone.outbox("WHATSAPP")) == 1


def test_a_number_that_stays_on_the_phone_hands_over_what_it_has(
    owner: Desk, phone: Phone, moved_clock: Work
) -> None:
    given = popup(phone, coexistence=True)
    body = {"code": given["code"], "wabaId": given["wabaId"], "coexistence": True}
    one = owner.post(f"{CONNECT}/embedded", body)["integration"]
    assert (one["health"], one["metadata"]["onBusinessApp"]) == ("ok", "true")
    said = checks_of(owner, one)
    assert said["sync_contacts"] == "The phone was asked for its contacts."
    assert said["sync_history"] == "The phone was asked for its history."
    assert "Business app" in said["register"]
    phone.delivered()
    bodies = str(phone.get("/sim/deliveries", bodies=1)["deliveries"])
    assert all(word in bodies for word in ("state_sync", "chunk_order"))

    again = popup(phone)  # Not brought in anew: the same phone is not asked a second time.
    owner.post(f"{CONNECT}/embedded", {**again, "coexistence": True})
    assert "must not be asked twice" in checks_of(owner, one)["sync_history"]
