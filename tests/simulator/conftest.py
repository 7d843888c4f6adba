"""The simulator driven in-process: requests by WSGI, webhooks into a list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from a2wsgi import ASGIMiddleware

from backend.simulator.app import create_app
from backend.simulator.config import Config

PATIENCE = 20.0

SCOPES = (
    "pages_show_list,pages_messaging,pages_manage_metadata,pages_read_engagement,instagram_basic,"
    "instagram_manage_messages,whatsapp_business_management,whatsapp_business_messaging"
)
FIELDS = (
    "messages,message_echoes,message_deliveries,message_reads,message_reactions,message_edits,messaging_postbacks,"
    "messaging_referrals,messaging_optins,messaging_optouts,messaging_handovers,messaging_policy_enforcement,"
    "messaging_account_linking,response_feedback,standby"
)


class Callback:
    """What the app's callback received; it answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []  # The next statuses; then 200.
        self.token = "verify-me"

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        self.received.append((url, headers, body))
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise httpx2.ConnectError("nobody listens")
        return status

    async def get(self, url: str, *, params: dict[str, str]) -> tuple[int, str]:
        self.received.append((url, params, b""))
        right = params["hub.verify_token"] == self.token
        return (200, params["hub.challenge"]) if right else (403, "")

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.received if body.startswith(b"{")]


class Meta:
    """One running simulator as a test sees it."""

    def __init__(self, config: Config, callback: Callback) -> None:
        self.callback = callback
        self.config = config
        self.app = create_app(config, sender=callback)
        self.wsgi = ASGIMiddleware(self.app)  # type: ignore[arg-type]
        transport = httpx2.WSGITransport(app=self.wsgi)  # type: ignore[arg-type]
        self.http = httpx2.Client(transport=transport, base_url="http://localhost:9000")

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.app.sim.close(), self.wsgi.loop).result(PATIENCE)
        self.app.sim.store.close()
        self.wsgi.loop.call_soon_threadsafe(self.wsgi.loop.stop)
        self.http.close()

    def delivered(self) -> None:
        """Wait until every webhook was answered with 200."""
        done = self.app.sim.postman.settled()
        asyncio.run_coroutine_threadsafe(done, self.wsgi.loop).result(PATIENCE)

    def get(self, path: str, token: str = "", **params: Any) -> Any:
        return self.http.get(path, params=params, headers=bearer(token)).json()

    def post(self, path: str, token: str = "", **body: Any) -> Any:
        return self.http.post(path, json=body, headers=bearer(token)).json()

    def world(self) -> dict[str, Any]:
        world: dict[str, Any] = self.get("/sim/world")
        return world

    def dialog_url(self, **changes: str) -> str:
        asked = {
            "client_id": self.config.app_id,
            "redirect_uri": self.config.redirect_uris[0],
            "state": "opaque",
            "response_type": "code",
            "scope": SCOPES,
            **changes,
        }
        return f"http://localhost:9000/v25.0/dialog/oauth?{httpx2.QueryParams(asked)}"

    def approve(self, **body: Any) -> dict[str, str]:
        """What the browser carries back to the app."""
        url = body.pop("url", "") or self.dialog_url()
        answer = self.post("/sim/approve", authorizationUrl=url, **body)
        query = urlsplit(answer["redirectUrl"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}

    def exchange(self, **params: str) -> httpx2.Response:
        asked = {
            "client_id": self.config.app_id,
            "client_secret": self.config.app_secret,
            "redirect_uri": self.config.redirect_uris[0],
            **params,
        }
        return self.http.get("/v25.0/oauth/access_token", params=asked)

    def login(self, **body: Any) -> str:
        """A long-lived token of the person who approved."""
        short = self.exchange(code=self.approve(**body)["code"]).json()["access_token"]
        long = self.exchange(grant_type="fb_exchange_token", fb_exchange_token=short).json()
        token: str = long["access_token"]
        return token

    def debug(self, token: str) -> dict[str, Any]:
        app = f"{self.config.app_id}|{self.config.app_secret}"
        data: dict[str, Any] = self.get("/debug_token", input_token=token, access_token=app)["data"]
        return data


class Shop:
    """The first person's accounts, subscribed on all three platforms."""

    def __init__(self, meta: Meta) -> None:
        world = meta.world()
        self.meta = meta
        self.page, self.account = world["pages"][0], world["businessAccounts"][0]
        self.number = self.account["phoneNumbers"][0]["id"]
        meta.post(f"/{self.page['id']}/subscribed_apps", self.page["accessToken"], subscribed_fields=FIELDS)
        meta.post(f"/{self.account['id']}/subscribed_apps", self.account["accessToken"])
        self.accounts = {
            "MESSENGER": self.page["id"],
            "INSTAGRAM": self.page["instagramAccountId"],
            "WHATSAPP": self.number,
        }
        self.customers = {
            platform: next(one["id"] for one in world["customers"] if one["accountId"] == account)
            for platform, account in self.accounts.items()
        }

    def send(self, platform: str, words: str, **more: Any) -> Any:
        """The business answers the first customer of the platform."""
        customer = self.customers[platform]
        if platform == "WHATSAPP":
            body = {
                "messaging_product": "whatsapp",
                "to": f"+{customer}",
                "type": "text",
                "text": {"body": words},
            }
            return self.meta.post(
                f"/v25.0/{self.number}/messages", self.account["accessToken"], **{**body, **more}
            )
        body = {"recipient": {"id": customer}, "messaging_type": "RESPONSE", "message": {"text": words}}
        return self.meta.post("/v25.0/me/messages", self.page["accessToken"], **{**body, **more})

    def hear(self, platform: str, kind: str = "text", **more: Any) -> Any:
        """The first customer of the platform acts."""
        return self.meta.post("/sim/inbound", platform=platform, kind=kind, **more)

    def outbox(self, kind: str = "text") -> list[dict[str, Any]]:
        return [item for item in self.meta.get("/sim/outbox")["items"] if item["kind"] == kind]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        data_dir=tmp_path,
        app_id="1234567890123456",
        app_secret="app-secret-1",
        verify_token="verify-me",
        instagram_app_id="6543210987654321",
        instagram_app_secret="app-secret-2",
    )


@pytest.fixture
def callback() -> Callback:
    return Callback()


@pytest.fixture
def start(config: Config, callback: Callback) -> Iterator[Callable[[], Meta]]:
    """Start a simulator on the test's data; a second start is a restart."""
    running: list[Meta] = []

    def start_one() -> Meta:
        for former in running:
            former.stop()
        running[:] = [Meta(config, callback)]
        return running[0]

    yield start_one
    for last in running:
        last.stop()


@pytest.fixture
def meta(start: Callable[[], Meta]) -> Meta:
    return start()


@pytest.fixture
def shop(meta: Meta) -> Shop:
    return Shop(meta)
