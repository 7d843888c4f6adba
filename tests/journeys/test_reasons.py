"""Every account is listed, and each that cannot be chosen says why, in words that name what to change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.browser import RETURN_TO, finish, land
from tests.journeys.conftest import Desk, Phone

AGENCY = ("Northside Bakery", "Harbour Cycles", "Velvet Hair Studio")


def agency_pages(phone: Phone) -> dict[str, dict[str, Any]]:
    """The Pages of the person who has several, by name."""
    return {page["name"]: page for page in phone.world()["pages"] if page["name"] in AGENCY}


def listed(desk: Desk, phone: Phone, platform: str, *deny: str) -> dict[str, dict[str, Any]]:
    """What the person who has several accounts may choose from, by the Page or by the name."""
    begun = desk.connect(platform, flow="oauth", returnTo=RETURN_TO)
    accounts = [page["id"] for page in agency_pages(phone).values()]
    landing = land(desk, phone.approve(begun["authorizationUrl"], accounts=accounts, deny=list(deny)))
    assert landing.params["outcome"] == "finish"
    path = f"/api/integrations/{begun['integration']['id']}/accounts"
    return {each["pageName"] or each["name"]: each for each in desk.get(path)["accounts"]}


def test_no_right_to_answer_messages(owner: Desk, phone: Phone) -> None:
    accounts = listed(owner, phone, "MESSENGER")
    assert sorted(accounts) == sorted(AGENCY)
    assert not accounts["Velvet Hair Studio"]["selectable"]
    assert "task Messages" in accounts["Velvet Hair Studio"]["reason"]
    assert accounts["Northside Bakery"]["selectable"]


def test_no_instagram_account_on_the_page(owner: Desk, phone: Phone) -> None:
    accounts = listed(owner, phone, "INSTAGRAM")
    assert accounts["Northside Bakery"]["selectable"]
    assert "No professional Instagram account is linked" in accounts["Harbour Cycles"]["reason"]


def test_a_personal_instagram_account(owner: Desk, phone: Phone) -> None:
    page = agency_pages(phone)["Northside Bakery"]
    phone.post("/sim/people", change="becomePersonal", instagramId=page["instagramAccountId"])
    accounts = listed(owner, phone, "INSTAGRAM")
    reason = accounts["Northside Bakery"]["reason"]
    assert "@northside.bakery is a personal one" in reason
    assert "professional account" in reason


def test_a_permission_that_was_unticked(owner: Desk, phone: Phone) -> None:
    accounts = listed(owner, phone, "MESSENGER", "pages_messaging")
    assert all("pages_messaging" in each["reason"] for each in accounts.values())
    assert not any(each["selectable"] for each in accounts.values())


def test_connected_elsewhere_and_connected_here_are_told_apart(
    owner: Desk, rival: Desk, phone: Phone
) -> None:
    page = agency_pages(phone)["Northside Bakery"]
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"], accounts=[page["id"]]))
    assert finish(owner, landing)["outcome"] == "connected"

    here = listed(owner, phone, "MESSENGER")["Northside Bakery"]
    assert (here["selectable"], here["connectedHere"], here["reason"]) == (True, True, None)
    elsewhere = listed(rival, phone, "MESSENGER")["Northside Bakery"]
    assert (elsewhere["selectable"], elsewhere["connectedHere"]) == (False, False)
    assert "another business" in elsewhere["reason"]
    assert "Demo Shop" not in str(elsewhere)


@pytest.mark.parametrize("count", [3, 300])
def test_pages_by_the_hundred_are_all_listed(owner: Desk, phone: Phone, count: int) -> None:
    user = phone.world()["users"][0]
    phone.post("/sim/people", change="addPages", userId=user["id"], count=count)
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"]))
    assert finish(owner, landing)["outcome"] == "choose"
    path = f"/api/integrations/{begun['integration']['id']}/accounts"
    accounts = owner.get(path)["accounts"]
    branches = [each for each in accounts if each["name"].startswith("Branch")]
    assert len({each["accountId"] for each in branches}) == count
