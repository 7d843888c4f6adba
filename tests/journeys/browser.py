"""What a browser does on the way through the dialog and back."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.journeys.conftest import Desk, Phone

RETURN_TO = "https://app.example.test/settings?tab=channels"


def authorization(desk: Desk, platform: str) -> str:
    url: str = desk.connect(platform, flow="oauth", returnTo=RETURN_TO)["authorizationUrl"]
    return url


def land(desk: Desk, redirect: httpx2.URL) -> httpx2.URL:
    """Follow the dialog's redirect to the callback, and say where that sends the browser."""
    answer: Any = desk.client.get(redirect.path, dict(redirect.params))
    assert answer.status_code == 302, answer.content
    return httpx2.URL(answer["Location"])


def land_on_page(desk: Desk, redirect: httpx2.URL) -> str:
    answer: Any = desk.client.get(redirect.path, dict(redirect.params), headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.content
    page: str = answer.content.decode()
    return page


def finish_path(landing: httpx2.URL) -> str:
    return f"/api/integrations/{landing.params['integration']}/finish"


def finish(desk: Desk, landing: httpx2.URL) -> Any:
    return desk.post(finish_path(landing), {"ticket": landing.params["ticket"]})


def agency_accounts(phone: Phone) -> list[str]:
    """Everything that the simulator's person with several Pages and numbers owns."""
    world = phone.world()
    mocks = ("Mock Messenger Account", "Mock WhatsApp Account")
    pages = [page["id"] for page in world["pages"] if page["name"] not in mocks]
    wabas = [waba["id"] for waba in world["businessAccounts"] if waba["name"] not in mocks]
    return pages + wabas
