from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.conf import settings as django_settings

from backend.businesses.models import Membership
from backend.connecting.callbacks import Landing, receive
from backend.connecting.connect import begin
from backend.integrations.models import ChannelIntegration
from backend.lib import clock
from backend.lib.json_types import JSON
from tests.platforms.cast import Meta, app_webhooks, token_info

LONG_TOKEN = "EAAlong-token-of-this-login"
PAGE_TOKENS = "EAApage-token-of-"
APP_WEBHOOK = "http://localhost:8000/api/webhooks/meta"
RETURN_TO = "https://app.example.test/settings?tab=channels"
SCOPES = (
    "instagram_basic",
    "instagram_manage_messages",
    "pages_messaging",
    "pages_show_list",
    "pages_manage_metadata",
    "pages_read_engagement",
    "whatsapp_business_management",
    "whatsapp_business_messaging",
)
NUMBER = {
    "display_phone_number": "+1 631-555-5555",
    "verified_name": "Corner Bakery",
    "quality_rating": "GREEN",
    "name_status": "APPROVED",
    "status": "CONNECTED",
    "platform_type": "CLOUD_API",
    "throughput": {"level": "STANDARD"},
    "whatsapp_business_manager_messaging_limit": "TIER_250",
    "is_on_biz_app": False,
}


class Graph:
    """Meta, as a login and its accounts see it; what it answers can be changed by path."""

    def __init__(self, app_id: str) -> None:
        self.answers: dict[str, Any] = {}
        self.meta = Meta(self.answers)
        self.answers |= {
            "POST /oauth/access_token": {"access_token": LONG_TOKEN},
            "GET /debug_token": token_info(SCOPES, app_id=app_id, **self._targets("102")),
            "GET /me/permissions": {"data": [{"permission": name, "status": "granted"} for name in SCOPES]},
            "GET /me": {"id": "122", "name": "Olivia Owner"},
            f"GET /{app_id}/subscriptions": app_webhooks(APP_WEBHOOK),
            "GET /102": {"id": "102", "name": "Corner Bakery"},
            "GET /102/phone_numbers": {"data": [{"id": "555", "verified_name": "Corner Bakery"}]},
        }
        self.takes_subscriptions_of("102")
        self.has_number("555")
        self.shows_pages("111")

    @staticmethod
    def _targets(waba_id: str) -> dict[str, JSON]:
        return {"granular_scopes": [{"scope": "whatsapp_business_management", "target_ids": [waba_id]}]}

    def takes_subscriptions_of(self, external_id: str) -> None:
        path = f"/{external_id}/subscribed_apps"
        self.answers |= {f"GET {path}": {"data": []}, f"POST {path}": {"success": True}}
        self.answers[f"DELETE {path}"] = {"success": True}

    def has_number(self, number_id: str, **more: Any) -> None:
        """What WhatsApp says of a number, which takes whatever it is asked for."""
        self.answers[f"GET /{number_id}"] = NUMBER | {"id": number_id} | more
        for edge in ("", "/register", "/smb_app_data"):
            self.answers[f"POST /{number_id}{edge}"] = {"success": True, "request_id": "r-1"}

    def shows_pages(self, *page_ids: str, **more: Any) -> None:
        """The Pages that the login reaches; each with an Instagram account."""
        self.answers["GET /me/accounts"] = {"data": [page(page_id) | more for page_id in page_ids]}
        for page_id in page_ids:
            self.takes_subscriptions_of(page_id)
            self.answers[f"GET /{page_id}/conversations"] = {"data": []}

    def asked(self, wanted: str) -> list[httpx2.Request]:
        """The requests of this kind, such as `POST /111/subscribed_apps`."""
        method, path = wanted.split()
        return [each for each in self.meta.requests if each.method == method and each.url.path.endswith(path)]

    def codes(self) -> list[str]:
        """The codes that were exchanged."""
        forms = (httpx2.QueryParams(each.content.decode()) for each in self.asked("POST /oauth/access_token"))
        return [form["code"] for form in forms if "code" in form]


def page(page_id: str) -> dict[str, Any]:
    return {
        "id": page_id,
        "name": f"Page {page_id}",
        "access_token": f"{PAGE_TOKENS}{page_id}",
        "tasks": ["MESSAGING", "MANAGE"],
        "instagram_business_account": {"id": f"17{page_id}", "username": f"shop.{page_id}", "name": "Shop"},
    }


@pytest.fixture
def graph(settings: Any) -> Graph:
    graph = Graph(settings.META_APP_ID)
    settings.META_TRANSPORT = httpx2.MockTransport(graph.meta)
    return graph


def state_in(url: str | None) -> str:
    return parse_qs(urlsplit(url or "").query)["state"][0]


Granted = Callable[..., Landing]


@pytest.fixture
def granted(graph: Graph) -> Granted:
    """A member begins, grants access in the dialog, and lands."""

    def walk(member: Membership, platform: str = "MESSENGER", code: str = "code-1") -> Landing:
        begun = begin(member, platform, flow="oauth", return_to=RETURN_TO)
        return receive(state=state_in(begun.authorization_url), code=code)

    return walk


def row(landing: Landing) -> ChannelIntegration:
    """The integration as it is now."""
    return ChannelIntegration.objects.get(pk=landing.integration_id)


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Callable[[timedelta], None]]:
    """Move the clock on."""
    offset_file = tmp_path / "clock"

    def move(by: timedelta) -> None:
        offset_file.write_text(str(int(by.total_seconds())))
        clock.use_offset_file(offset_file)

    yield move
    clock.use_offset_file(django_settings.DATA_DIR / "clock")
