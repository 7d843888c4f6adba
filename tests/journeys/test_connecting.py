"""Connecting through the dialog, as a person and as somebody who means no good."""

from __future__ import annotations

import pytest

from backend.platforms.registry import PLATFORMS
from tests.conftest import Cast, ClientOf
from tests.journeys.browser import (
    RETURN_TO,
    agency_accounts,
    authorization,
    finish,
    finish_path,
    land,
    land_on_page,
)
from tests.journeys.conftest import Desk, Phone, Work

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))


@every_platform
def test_one_account_is_connected_at_once(owner: Desk, phone: Phone, work: Work, platform: str) -> None:
    begun = owner.connect(platform, flow="oauth", returnTo=RETURN_TO)
    assert begun["integration"]["status"] == "PENDING"

    landing = land(owner, phone.approve(begun["authorizationUrl"]))
    assert landing.path == "/settings"
    assert (landing.params["tab"], landing.params["outcome"]) == ("channels", "finish")
    assert owner.integration(platform)["status"] == "PENDING"  # The ticket is not redeemed yet.

    finished = finish(owner, landing)
    assert finished["outcome"] == "connected"
    assert finished["integration"]["status"] == "CONNECTED"
    assert finished["integration"]["accessToken"] == "***masked***"
    phone.write(platform, "It works")
    work()
    assert owner.conversations()[0]["lastMessage"]["text"] == "It works"


def test_one_usable_account_among_unusable_ones_is_connected_at_once(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("INSTAGRAM", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"], accounts=agency_accounts(phone)))
    assert finish(owner, landing)["outcome"] == "connected"


@pytest.mark.parametrize("platform", ["MESSENGER", "WHATSAPP"])
def test_of_several_accounts_one_is_chosen(owner: Desk, phone: Phone, platform: str) -> None:
    begun = owner.connect(platform, flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"], accounts=agency_accounts(phone)))
    finished = finish(owner, landing)
    assert finished["outcome"] == "choose"

    path = f"/api/integrations/{begun['integration']['id']}"
    accounts = owner.get(f"{path}/accounts")["accounts"]
    usable = [account for account in accounts if account["selectable"]]
    unusable = [account for account in accounts if not account["selectable"]]
    assert usable
    assert all(account["reason"] for account in unusable)
    if unusable:
        assert owner.post(f"{path}/select", {"accountId": unusable[0]["accountId"]}, 400)["fields"][
            "accountId"
        ]

    chosen = owner.post(f"{path}/select", {"accountId": usable[0]["accountId"]})["integration"]
    assert chosen["status"] == "CONNECTED"
    assert owner.get(f"{path}/accounts", 409)["code"] == "not_connected"  # The grant is gone.


def test_a_denied_dialog(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"], deny="all"))
    assert landing.params["outcome"] == "cancelled"
    assert landing.params["code"] == "cancelled"
    assert "ticket" not in landing.params
    row = owner.integration("MESSENGER")
    assert (row["status"], row["lastErrorCode"]) == ("PENDING", "cancelled")
    assert row["lastErrorResolution"]


def test_a_declined_permission_is_named(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"], deny=["pages_messaging"]))
    assert finish(owner, landing)["outcome"] == "choose"
    [account] = owner.get(f"/api/integrations/{begun['integration']['id']}/accounts")["accounts"]
    assert account["selectable"] is False
    assert "pages_messaging" in account["reason"]


def test_a_reloaded_callback_does_no_harm(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    redirect = phone.approve(begun["authorizationUrl"])
    first, second = land(owner, redirect), land(owner, redirect)
    assert first == second
    assert finish(owner, second)["outcome"] == "connected"
    again = owner.post(finish_path(first), {"ticket": first.params["ticket"]}, 409)
    assert again["code"] == "ticket_expired"
    later = owner.client.get(redirect.path, redirect.params, headers={"Accept": "*/*"})
    assert (later.status_code, later.json()["code"]) == (409, "state_used")
    assert "shows whether the account is connected" in later.json()["resolution"]
    assert owner.integration("MESSENGER")["status"] == "CONNECTED"


def test_a_state_is_used_once_and_never_forged(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("MESSENGER", flow="oauth")
    redirect = phone.approve(begun["authorizationUrl"])
    land_on_page(owner, redirect)
    for state, code, status, expected in (
        (redirect.params["state"], "another", 409, "state_used"),
        (redirect.params["state"][:-1] + "x", redirect.params["code"], 400, "state_invalid"),
        ("", redirect.params["code"], 400, "state_invalid"),
    ):
        answer = owner.client.get(redirect.path, {"state": state, "code": code}, headers={"Accept": "*/*"})
        assert (answer.status_code, answer.json()["code"]) == (status, expected)
        assert answer.json()["resolution"]


def test_a_lured_victim_connects_nothing(owner: Desk, rival: Desk, phone: Phone) -> None:
    """The rival begins, the owner is lured into the dialog: only the rival could finish, without the ticket."""
    begun = rival.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"]))
    owner.post(finish_path(landing), {"ticket": landing.params["ticket"]}, 404)
    own = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)["integration"]["id"]
    refused = owner.post(f"/api/integrations/{own}/finish", {"ticket": landing.params["ticket"]}, 403)
    assert refused["code"] == "ticket_invalid"
    assert owner.integration("MESSENGER")["status"] == "PENDING"


def test_another_member_of_the_same_business_cannot_finish(
    owner: Desk, cast: Cast, client_of: ClientOf, phone: Phone
) -> None:
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"]))
    admin = Desk(client_of(cast.admin))
    refused = admin.post(finish_path(landing), {"ticket": landing.params["ticket"]}, 403)
    assert refused["code"] == "not_yours"
    assert finish(owner, landing)["outcome"] == "connected"


def test_an_account_that_another_business_holds(owner: Desk, rival: Desk, phone: Phone, work: Work) -> None:
    owner.connect("MESSENGER")
    page = owner.integration("MESSENGER")["platformAccountId"]
    begun = rival.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(rival, phone.approve(begun["authorizationUrl"], accounts=[page]))
    refused = rival.post(finish_path(landing), {"ticket": landing.params["ticket"]}, 409)
    assert refused["code"] == "account_taken"
    assert rival.integration("MESSENGER")["status"] == "PENDING"
    phone.write("MESSENGER", "still mine", accountId=page)
    work()
    assert owner.conversations()[0]["lastMessage"]["text"] == "still mine"

    owner.delete(f"/api/integrations/{owner.integration('MESSENGER')['id']}")
    begun = rival.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(rival, phone.approve(begun["authorizationUrl"], accounts=[page]))
    assert finish(rival, landing)["outcome"] == "connected"


def test_a_reconnect_keeps_the_row_and_its_conversations(owner: Desk, phone: Phone, work: Work) -> None:
    first = owner.connect("WHATSAPP")["integration"]
    phone.write("WHATSAPP", "before")
    work()
    begun = owner.connect("WHATSAPP", flow="oauth", returnTo=RETURN_TO)["integration"]
    assert (begun["id"], begun["status"], begun["reconnecting"]) == (first["id"], "CONNECTED", True)
    assert owner.connect("WHATSAPP")["integration"]["status"] == "CONNECTED"  # Mock: changes nothing.

    landing = land(owner, phone.approve(authorization(owner, "WHATSAPP")))
    assert finish(owner, landing)["integration"]["reconnecting"] is False
    owner.reply(owner.conversations()[0], "after")
    work()
    assert len(phone.outbox("WHATSAPP")) == 1


def test_another_account_needs_a_word(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect("MESSENGER")
    phone.write("MESSENGER", "to the first page")
    work()
    path = f"/api/integrations/{owner.integration('MESSENGER')['id']}"
    usable_page = next(p for p in phone.world()["pages"] if p["id"] in agency_accounts(phone))["id"]
    landing = land(owner, phone.approve(authorization(owner, "MESSENGER"), accounts=[usable_page]))
    refused = owner.post(f"{path}/finish", {"ticket": landing.params["ticket"]}, 409)
    assert refused["code"] == "different_account"
    owner.post(f"{path}/select", {"accountId": usable_page}, 409)
    replaced = owner.post(f"{path}/select", {"accountId": usable_page, "replace": True})["integration"]
    assert replaced["platformAccountId"] == usable_page

    [former] = owner.conversations()
    assert former["window"]["state"] == "CLOSED"
    assert owner.messages(former)[0]["text"] == "to the first page"
    assert owner.reply(former, "too late", 409)["code"] == "account_replaced"


def test_disconnecting_frees_everything_but_history(owner: Desk, phone: Phone, work: Work) -> None:
    owner.connect("INSTAGRAM")
    phone.write("INSTAGRAM", "hello")
    work()
    answer = owner.delete(f"/api/integrations/{owner.integration('INSTAGRAM')['id']}")
    assert answer == {"success": True, "message": "Integration disconnected successfully"}
    row = owner.integration("INSTAGRAM")
    assert row["status"] == "DISCONNECTED"
    secrets = ("accessToken", "refreshToken", "pageAccessToken", "webhookSecret")
    assert [row[name] for name in secrets] == [None] * 4
    assert owner.reply(owner.conversations()[0], "anyone?", 409)["code"] == "not_connected"
    assert owner.connect("INSTAGRAM")["integration"]["id"] == row["id"]
    owner.reply(owner.conversations()[0], "back again")
    work()
    assert phone.outbox()[-1]["text"] == "back again"


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/",
        "//evil.example",
        "https://app.example.test@evil.example/",
        "https://app.example.test\\@evil.example/",
        "javascript:alert(1)",
        "https://app.example.test.evil.example/",
    ],
)
def test_a_foreign_return_to_is_refused(owner: Desk, return_to: str) -> None:
    refused = owner.connect("MESSENGER", 400, flow="oauth", returnTo=return_to)
    assert refused["fields"]["returnTo"]
    assert owner.get("/api/integrations")["integrations"] == []


def test_the_landing_page_shows_the_ticket(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("MESSENGER", flow="oauth")
    page = land_on_page(owner, phone.approve(begun["authorizationUrl"]))
    assert begun["integration"]["id"] in page
    assert "/finish" in page
