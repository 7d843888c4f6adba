"""Instagram without a Facebook Page: connected, talked through, looked after and left, through HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.integrations.models import ChannelIntegration
from tests.journeys.browser import RETURN_TO, finish, finish_path, land
from tests.journeys.conftest import Desk, Phone, Work

BY_ITSELF = {"platform": "INSTAGRAM", "login": "instagram", "flow": "oauth", "returnTo": RETURN_TO}
PERMISSIONS = ["instagram_business_basic", "instagram_business_manage_messages"]


def accounts_of(phone: Phone) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = phone.world()["instagramAccounts"]
    return found


def lone(phone: Phone) -> dict[str, Any]:
    """The account that no Page is linked to."""
    return next(one for one in accounts_of(phone) if not one["pageId"])


def walked(desk: Desk, phone: Phone, account: dict[str, Any], **more: Any) -> httpx2.URL:
    """Where the browser lands after this account has logged in."""
    begun = desk.post("/api/integrations/connect", BY_ITSELF)
    return land(desk, phone.approve(begun["authorizationUrl"], accounts=[account["id"]], **more))


def connected(desk: Desk, phone: Phone, account: dict[str, Any]) -> dict[str, Any]:
    finished = finish(desk, walked(desk, phone, account))
    assert finished["outcome"] == "connected"
    integration: dict[str, Any] = finished["integration"]
    return integration


def talk(desk: Desk, phone: Phone, work: Work, account: dict[str, Any], text: str) -> None:
    """The customer writes, and gets an answer."""
    phone.write("INSTAGRAM", text, accountId=account["id"])
    work()
    conversation = next(one for one in desk.conversations() if one["accountId"] == account["id"])
    assert conversation["lastMessage"]["text"] == text
    desk.reply(conversation, f"re: {text}")
    work()
    assert phone.outbox("INSTAGRAM")[-1]["text"] == f"re: {text}"


def subscribed(phone: Phone, account: dict[str, Any]) -> list[str]:
    path = f"/instagram/graph-host/{account['id']}/subscribed_apps"
    rows = phone.get(path, access_token=account["accessToken"])["data"]
    return rows[0]["subscribed_fields"] if rows else []


# ---- connecting


def test_an_account_without_a_page_is_connected_and_answers(owner: Desk, phone: Phone, work: Work) -> None:
    account = lone(phone)
    begun = owner.post("/api/integrations/connect", BY_ITSELF)
    assert begun["authorizationUrl"].startswith(
        "http://localhost:9000/instagram/authorize-host/oauth/authorize?"
    )
    assert begun["integration"]["status"] == "PENDING"
    landing = land(owner, phone.approve(begun["authorizationUrl"], accounts=[account["id"]]))
    row = finish(owner, landing)["integration"]
    assert (row["status"], row["login"], row["health"]) == ("CONNECTED", "instagram", "ok")
    assert (row["platformAccountId"], row["metadata"]) == (account["id"], {"username": account["username"]})
    assert (row["platformPageId"], row["platformPageName"], row["pageAccessToken"]) == (None, None, None)
    assert (row["accessToken"], row["refreshToken"]) == ("***masked***", None)
    assert row["tokenExpiresAt"].endswith("Z")
    assert row["permissions"] == PERMISSIONS
    assert {"messaging", "webhooks"} <= set(row["features"])
    assert ChannelIntegration.objects.get().app_scoped_id == account["appScopedId"]
    talk(owner, phone, work, account, "Is this available?")
    [conversation] = owner.conversations()
    assert [message["status"] for message in owner.messages(conversation)] == ["RECEIVED", "SENT"]


@pytest.mark.parametrize("shape", ["flat", "wrapped", "bare"])
def test_each_shape_of_the_token_answer(owner: Desk, phone: Phone, work: Work, shape: str) -> None:
    phone.post("/sim/app", instagramTokenShape=shape)
    account = lone(phone)
    assert connected(owner, phone, account)["permissions"] == PERMISSIONS
    talk(owner, phone, work, account, "hello")


def test_the_mock_walks_the_same_way(owner: Desk, rival: Desk, phone: Phone, work: Work) -> None:
    answer = owner.connect("INSTAGRAM", login="instagram")
    assert answer["message"] == "Instagram connected successfully (mock)"
    row = answer["integration"]
    assert (row["login"], row["platformAccountName"]) == ("instagram", "Mock Instagram Account")
    assert row["pageAccessToken"] is None
    other = rival.connect("INSTAGRAM", login="instagram")["integration"]
    assert other["platformAccountId"] != row["platformAccountId"]
    talk(owner, phone, work, {"id": row["platformAccountId"]}, "hello")


def test_a_mock_follows_the_login_that_is_named(owner: Desk, phone: Phone) -> None:
    first = owner.connect("INSTAGRAM")["integration"]
    for login, expected in ((None, "facebook"), ("instagram", "instagram"), (None, "instagram")):
        way: dict[str, Any] = {"login": login} if login else {}
        row = owner.connect("INSTAGRAM", **way)["integration"]
        assert (row["status"], row["login"], row["id"]) == ("CONNECTED", expected, first["id"])
        assert row["platformAccountId"] == first["platformAccountId"]


def test_a_mark_that_a_script_hands_on_is_no_part_of_the_code(owner: Desk, phone: Phone) -> None:
    begun = owner.post("/api/integrations/connect", BY_ITSELF)
    redirect = phone.approve(begun["authorizationUrl"], accounts=[lone(phone)["id"]])
    assert redirect.fragment == "_"
    words = dict(redirect.params)
    landings = [
        land(owner, redirect.copy_with(fragment=None, params=words | {name: words[name] + mark}))
        for name, mark in (("code", "#_"), ("code", "%23_"), ("state", "#_"), ("code", ""))
    ]
    assert len(set(landings)) == 1
    assert finish(owner, landings[0])["outcome"] == "connected"


def test_a_cancelled_login(owner: Desk, phone: Phone) -> None:
    landing = walked(owner, phone, lone(phone), deny=True)
    assert (landing.params["outcome"], landing.params["code"]) == ("cancelled", "cancelled")
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["lastErrorCode"], row["login"]) == ("PENDING", "cancelled", "facebook")


def test_a_declined_permission_is_named(owner: Desk, phone: Phone) -> None:
    landing = walked(owner, phone, lone(phone), deny=[PERMISSIONS[1]])
    assert finish(owner, landing)["outcome"] == "choose"
    path = f"/api/integrations/{landing.params['integration']}"
    [account] = owner.get(f"{path}/accounts")["accounts"]
    assert (account["selectable"], account["pageId"]) == (False, None)
    assert PERMISSIONS[1] in account["reason"]
    refused = owner.post(f"{path}/select", {"accountId": account["accountId"]}, 400)
    assert PERMISSIONS[1] in refused["fields"]["accountId"][0]


def test_an_account_that_became_personal_meanwhile(owner: Desk, phone: Phone) -> None:
    account = lone(phone)
    landing = walked(owner, phone, account)
    phone.post("/sim/people", change="becomePersonal", instagramId=account["id"])
    assert finish(owner, landing)["outcome"] == "choose"
    [shown] = owner.get(f"/api/integrations/{landing.params['integration']}/accounts")["accounts"]
    assert "personal account" in shown["reason"]


def test_a_code_that_was_used_or_is_old(owner: Desk, phone: Phone, moved_clock: Work) -> None:
    begun = owner.post("/api/integrations/connect", BY_ITSELF)
    redirect = phone.approve(begun["authorizationUrl"], accounts=[lone(phone)["id"]])
    first = land(owner, redirect)
    assert land(owner, redirect) == first
    again = owner.post("/api/integrations/connect", BY_ITSELF)["authorizationUrl"]
    state = httpx2.URL(again).params["state"]
    used = land(owner, redirect.copy_merge_params({"state": state}))
    assert used.params["outcome"] == "failed"
    assert "already used" in owner.integration("INSTAGRAM")["lastError"]


def test_an_outage_on_the_way_costs_another_login_and_nothing_else(owner: Desk, phone: Phone) -> None:
    account = lone(phone)
    phone.post("/sim/faults", graph={"outage": True})
    landing = walked(owner, phone, account)
    assert (landing.params["outcome"], landing.params["code"]) == ("failed", "platform_unavailable")
    assert owner.integration("INSTAGRAM")["lastErrorResolution"]
    phone.post("/sim/faults")
    assert connected(owner, phone, account)["lastError"] is None


def test_a_secret_that_is_not_the_instagram_apps(owner: Desk, phone: Phone, settings: Any) -> None:
    right, settings.INSTAGRAM_APP_SECRET = settings.INSTAGRAM_APP_SECRET, settings.META_APP_SECRET
    landing = walked(owner, phone, lone(phone))
    assert (landing.params["outcome"], landing.params["code"]) == ("failed", "platform_refused")
    assert "client secret" in owner.integration("INSTAGRAM")["lastError"]
    settings.INSTAGRAM_APP_SECRET = right
    assert connected(owner, phone, lone(phone))["health"] == "ok"


# ---- whose it is


def test_what_is_begun_in_one_business_is_not_finished_in_another(
    owner: Desk, rival: Desk, phone: Phone
) -> None:
    landing = walked(rival, phone, lone(phone))
    ticket = {"ticket": landing.params["ticket"]}
    owner.post(finish_path(landing), ticket, 404)
    own = owner.post("/api/integrations/connect", BY_ITSELF)["integration"]["id"]
    assert owner.post(f"/api/integrations/{own}/finish", ticket, 403)["code"] == "ticket_invalid"
    assert owner.integration("INSTAGRAM")["status"] == "PENDING"
    assert finish(rival, landing)["outcome"] == "connected"


def test_one_account_belongs_to_one_business_by_whichever_login(
    owner: Desk, rival: Desk, phone: Phone
) -> None:
    owner.connect("INSTAGRAM")
    account_id = owner.integration("INSTAGRAM")["platformAccountId"]
    account = next(one for one in accounts_of(phone) if one["id"] == account_id)
    landing = walked(rival, phone, account)
    refused = rival.post(finish_path(landing), {"ticket": landing.params["ticket"]}, 409)
    assert refused["code"] == "account_taken"
    owner.delete(f"/api/integrations/{owner.integration('INSTAGRAM')['id']}")
    assert connected(rival, phone, account)["platformAccountId"] == account_id


def test_another_account_needs_a_word(owner: Desk, phone: Phone, work: Work) -> None:
    first, second = lone(phone), accounts_of(phone)[0]
    row = connected(owner, phone, first)
    talk(owner, phone, work, first, "to the first")
    landing = walked(owner, phone, second)
    refused = owner.post(finish_path(landing), {"ticket": landing.params["ticket"]}, 409)
    assert refused["code"] == "different_account"
    path = f"/api/integrations/{row['id']}/select"
    replaced = owner.post(path, {"accountId": second["id"], "replace": True})["integration"]
    assert (replaced["id"], replaced["platformAccountId"]) == (row["id"], second["id"])
    assert subscribed(phone, first) == []
    [former] = owner.conversations()
    assert owner.reply(former, "too late", 409)["code"] == "account_replaced"


# ---- from one way to the other


def test_the_way_may_change_and_everything_stays(owner: Desk, phone: Phone, work: Work) -> None:
    before = owner.connect("INSTAGRAM")["integration"]
    account = next(one for one in accounts_of(phone) if one["id"] == before["platformAccountId"])
    talk(owner, phone, work, account, "through the Page")
    owner.connect("MESSENGER")
    after = connected(owner, phone, account)
    assert (after["id"], after["platformAccountId"]) == (before["id"], before["platformAccountId"])
    assert (after["login"], after["platformPageId"], after["permissions"]) == ("instagram", None, PERMISSIONS)
    talk(owner, phone, work, account, "by itself")
    [conversation] = [one for one in owner.conversations() if one["platform"] == "INSTAGRAM"]
    assert len(owner.messages(conversation)) == 4
    page = next(one for one in phone.world()["pages"] if one["id"] == before["platformPageId"])
    assert page["subscribedFields"]  # Messenger's, of the same Page, is not ended.

    back = owner.connect("INSTAGRAM", login="facebook", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(back["authorizationUrl"], accounts=[page["id"]]))
    again = finish(owner, landing)["integration"]
    assert (again["login"], again["platformPageId"]) == ("facebook", page["id"])
    assert ChannelIntegration.objects.get(platform="INSTAGRAM").app_scoped_id is None
    assert subscribed(phone, account) == []
    talk(owner, phone, work, account, "through the Page again")


def test_leaving_the_page_ends_its_subscription_where_nobody_shares_it(owner: Desk, phone: Phone) -> None:
    before = owner.connect("INSTAGRAM")["integration"]
    account = next(one for one in accounts_of(phone) if one["id"] == before["platformAccountId"])
    connected(owner, phone, account)
    page = next(one for one in phone.world()["pages"] if one["id"] == before["platformPageId"])
    assert page["subscribedFields"] == []
    assert subscribed(phone, account)


def test_a_reconnect_takes_the_way_of_the_account(owner: Desk, phone: Phone) -> None:
    connected(owner, phone, lone(phone))
    again = owner.connect("INSTAGRAM", flow="oauth", returnTo=RETURN_TO)
    assert "/oauth/authorize?" in again["authorizationUrl"]
    assert again["integration"]["reconnecting"] is True
    landing = land(owner, phone.approve(again["authorizationUrl"], accounts=[lone(phone)["id"]]))
    assert finish(owner, landing)["integration"]["reconnecting"] is False
    owner.delete(f"/api/integrations/{again['integration']['id']}")
    anew = owner.connect("INSTAGRAM", flow="oauth", returnTo=RETURN_TO)
    assert "/dialog/oauth?" in anew["authorizationUrl"]


def test_the_server_may_prefer_instagrams_own_login(owner: Desk, phone: Phone, settings: Any) -> None:
    settings.INSTAGRAM_LOGIN = "instagram"
    assert owner.connect("INSTAGRAM")["integration"]["login"] == "instagram"
    assert owner.connect("MESSENGER")["integration"]["login"] == "facebook"
    platforms = owner.get("/api/integrations")["platforms"]
    assert platforms["INSTAGRAM"]["login"] == "instagram"
    assert platforms["INSTAGRAM"]["requiredPermissions"] == PERMISSIONS
    assert platforms["INSTAGRAM"]["requirements"] == ["A Professional or Business account on Instagram"]
    assert platforms["MESSENGER"]["login"] == "facebook"
