"""Two clicks at the same moment: one of them is first, and the other is told so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from backend.connecting.models import ConnectionAttempt
from tests.journeys.browser import RETURN_TO, agency_accounts, finish_path, land
from tests.journeys.conftest import Desk, Phone

AT_ONCE = 5


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What comes of it when several do the same at the same moment."""
    gate = Barrier(AT_ONCE)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


@pytest.mark.parametrize("platform", ["INSTAGRAM", "WHATSAPP"])
def test_a_double_click_on_connect(owner: Desk, phone: Phone, platform: str) -> None:
    body = {"platform": platform}
    answers = at_once(lambda _: owner.client.post("/api/integrations/connect", body, format="json"))
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert {answer.json()["integration"]["status"] for answer in answers} == {"CONNECTED"}
    assert owner.integration(platform)["status"] == "CONNECTED"


def test_a_ticket_is_redeemed_once(owner: Desk, phone: Phone) -> None:
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"]))
    body = {"ticket": landing.params["ticket"]}
    answers = at_once(lambda _: owner.client.post(finish_path(landing), body, format="json"))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (AT_ONCE - 1)
    late = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert set(late) == {"ticket_expired"}
    row = owner.integration("MESSENGER")
    assert (row["status"], row["health"], row["lastError"]) == ("CONNECTED", "ok", None)
    assert all(each["ok"] for each in owner.get(f"/api/integrations/{row['id']}/health")["checks"])


def test_of_several_choices_one_holds_and_no_other_account_sends_us_anything(
    owner: Desk, phone: Phone
) -> None:
    begun = owner.connect("MESSENGER", flow="oauth", returnTo=RETURN_TO)
    landing = land(owner, phone.approve(begun["authorizationUrl"], accounts=agency_accounts(phone)))
    owner.post(finish_path(landing), {"ticket": landing.params["ticket"]})
    path = f"/api/integrations/{begun['integration']['id']}"
    usable = [each["accountId"] for each in owner.get(f"{path}/accounts")["accounts"] if each["selectable"]]

    def choose(number: int) -> Any:
        body = {"accountId": usable[number % len(usable)]}
        return owner.client.post(f"{path}/select", body, format="json")

    answers = at_once(choose)
    chosen = [answer.json()["integration"] for answer in answers if answer.status_code == 200]
    assert len(chosen) == 1
    assert {answer.status_code for answer in answers} == {200, 409}
    held = chosen[0]["platformAccountId"]
    assert ConnectionAttempt.objects.get().account_id == held
    assert owner.integration("MESSENGER")["health"] == "ok"
    assert owner.integration("MESSENGER")["platformAccountId"] == held
    for page in phone.world()["pages"]:
        if page["id"] in usable:
            rows = phone.get(f"/{page['id']}/subscribed_apps", access_token=page["accessToken"])["data"]
            assert bool(rows) == (page["id"] == held)
