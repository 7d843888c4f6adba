"""A permission that was unticked is named, and asked for again by a dialog that asks for just this."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.connecting.models import ConnectionAttempt
from tests.conftest import Cast, ClientOf
from tests.journeys.browser import RETURN_TO, finish, finish_path, land
from tests.journeys.conftest import Desk, Phone

NEEDED = {
    # platform -> a permission without which no account can be chosen
    "INSTAGRAM": "instagram_manage_messages",
    "MESSENGER": "pages_messaging",
    "WHATSAPP": "whatsapp_business_management",
}


def walk(desk: Desk, phone: Phone, platform: str, *deny: str) -> httpx2.URL:
    begun = desk.connect(platform, flow="oauth", returnTo=RETURN_TO)
    return land(desk, phone.approve(begun["authorizationUrl"], deny=list(deny)))


@pytest.mark.parametrize("platform", sorted(NEEDED))
def test_what_was_unticked_is_asked_for_again_and_connects(owner: Desk, phone: Phone, platform: str) -> None:
    finished = finish(owner, walk(owner, phone, platform, NEEDED[platform]))
    assert (finished["outcome"], finished["missingPermissions"]) == ("choose", [NEEDED[platform]])
    assert NEEDED[platform] in finished["message"]
    assert finished["resolution"]
    row = finished["integration"]
    assert (row["lastErrorCode"], row["lastError"]) == ("permission_missing", finished["message"])

    params = httpx2.URL(finished["rerequestUrl"]).params
    assert (params["auth_type"], params["scope"]) == ("rerequest", NEEDED[platform])
    again = finish(owner, land(owner, phone.approve(finished["rerequestUrl"])))
    assert (again["outcome"], again["missingPermissions"], again["rerequestUrl"]) == ("connected", [], None)
    assert again["integration"]["lastError"] is None
    assert again["integration"]["connectionAttempts"] == 2


def test_the_accounts_say_it_too_and_nothing_is_opened_twice(owner: Desk, phone: Phone) -> None:
    landing = walk(owner, phone, "MESSENGER", "pages_messaging")
    finished = finish(owner, landing)
    path = f"/api/integrations/{landing.params['integration']}/accounts"
    listed = [owner.get(path) for _ in range(3)]
    assert {answer["rerequestUrl"] for answer in [*listed, finish(owner, landing)]} == {
        finished["rerequestUrl"]
    }
    assert all(answer["missingPermissions"] == ["pages_messaging"] for answer in listed)
    assert all("pages_messaging" in account["reason"] for account in listed[0]["accounts"])
    assert ConnectionAttempt.objects.count() == 2
    assert owner.integration("MESSENGER")["connectionAttempts"] == 1  # An offer is no attempt.


def test_whoever_declines_again_is_asked_once_more(owner: Desk, phone: Phone) -> None:
    finished = finish(owner, walk(owner, phone, "MESSENGER", "pages_messaging"))
    second = finish(owner, land(owner, phone.approve(finished["rerequestUrl"], deny=["pages_messaging"])))
    assert (second["outcome"], second["missingPermissions"]) == ("choose", ["pages_messaging"])
    assert second["rerequestUrl"] != finished["rerequestUrl"]
    assert finish(owner, land(owner, phone.approve(second["rerequestUrl"])))["outcome"] == "connected"


def test_a_dialog_that_was_cancelled_may_be_opened_again(owner: Desk, phone: Phone) -> None:
    landing = walk(owner, phone, "MESSENGER", "pages_messaging")
    url = finish(owner, landing)["rerequestUrl"]
    assert land(owner, phone.approve(url, deny=True)).params["outcome"] == "cancelled"
    another = finish(owner, landing)["rerequestUrl"]
    assert another != url
    assert finish(owner, land(owner, phone.approve(another)))["outcome"] == "connected"


def test_the_offer_is_of_the_member_who_began(
    owner: Desk, phone: Phone, cast: Cast, client_of: ClientOf
) -> None:
    finished = finish(owner, walk(owner, phone, "MESSENGER", "pages_messaging"))
    landing = land(owner, phone.approve(finished["rerequestUrl"]))
    assert (landing.path, landing.params["tab"]) == ("/settings", "channels")
    admin = Desk(client_of(cast.admin))
    refused = admin.post(finish_path(landing), {"ticket": landing.params["ticket"]}, 403)
    assert refused["code"] == "not_yours"
    assert finish(owner, landing)["outcome"] == "connected"


def test_a_lesser_permission_connects_and_is_said(owner: Desk, phone: Phone) -> None:
    finished = finish(owner, walk(owner, phone, "INSTAGRAM", "pages_read_engagement"))
    assert (finished["outcome"], finished["missingPermissions"]) == ("connected", ["pages_read_engagement"])
    row = owner.integration("INSTAGRAM")
    assert (row["status"], row["health"], row["lastErrorCode"]) == (
        "CONNECTED",
        "degraded",
        "permission_missing",
    )
    again = finish(owner, land(owner, phone.approve(finished["rerequestUrl"])))
    assert (again["outcome"], again["integration"]["health"]) == ("connected", "ok")
    assert "pages_read_engagement" in again["integration"]["permissions"]


def test_connecting_anew_asks_again_by_itself(owner: Desk, phone: Phone) -> None:
    finish(owner, walk(owner, phone, "MESSENGER", "pages_messaging"))
    url = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)["authorizationUrl"]
    params = httpx2.URL(url).params
    assert params["auth_type"] == "rerequest"
    assert {"pages_messaging", "pages_show_list"} <= set(params["scope"].split(","))
    assert finish(owner, land(owner, phone.approve(url)))["outcome"] == "connected"


def test_who_declined_nothing_is_not_asked_again(owner: Desk, phone: Phone) -> None:
    for _ in range(2):
        url = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)["authorizationUrl"]
        assert "auth_type" not in httpx2.URL(url).params
        assert finish(owner, land(owner, phone.approve(url)))["rerequestUrl"] is None


@pytest.mark.parametrize("deny", [[], ["pages_messaging"]])
def test_a_login_configuration_gives_all_or_nothing(
    owner: Desk, phone: Phone, settings: Any, deny: list[str]
) -> None:
    settings.META_CONFIG_IDS = {"MESSENGER": "720"}
    permissions = ["pages_messaging", "pages_show_list", "pages_manage_metadata", "pages_read_engagement"]
    phone.post("/sim/app", loginConfigurations={"720": permissions})
    finished = finish(owner, walk(owner, phone, "MESSENGER", *deny))
    if not deny:
        assert (finished["outcome"], finished["missingPermissions"]) == ("connected", [])
        return
    assert sorted(finished["missingPermissions"]) == sorted(permissions)
    assert "login configuration" in finished["resolution"]
    params = httpx2.URL(finished["rerequestUrl"]).params
    assert (params["config_id"], params["auth_type"], "scope" in params) == ("720", "rerequest", False)
    again = finish(owner, land(owner, phone.approve(finished["rerequestUrl"])))
    assert again["outcome"] == "connected"


def test_a_configuration_that_lacks_a_permission_is_the_operators_to_mend(
    owner: Desk, phone: Phone, settings: Any
) -> None:
    settings.META_CONFIG_IDS = {"MESSENGER": "720"}
    phone.post("/sim/app", loginConfigurations={"720": ["pages_messaging", "pages_show_list"]})
    finished = finish(owner, walk(owner, phone, "MESSENGER"))
    assert finished["missingPermissions"] == ["pages_manage_metadata", "pages_read_engagement"]
    assert "operator" in finished["resolution"]
