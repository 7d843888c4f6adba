"""Who takes part: an app, an account of each platform, and a Meta that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from backend.lib.json_types import JSON
from backend.lib.secret import Secret
from backend.platforms.meta.app_webhook import NEEDED_FIELDS
from backend.platforms.meta.graph import Graph
from backend.platforms.port import Account, Adapter, App, Grant, Login
from backend.platforms.registry import INFOS, adapter

APP_SECRET = "app-secret-1"
USER_TOKEN = "EAAuser"
PAGE_TOKEN = "EAApage"
INSTAGRAM_SECRET = "app-secret-2"
INSTAGRAM_TOKEN = "IGAAlong"

APP = App(
    app_id="1243594414131388",
    app_secret=Secret(APP_SECRET),
    graph_url="https://graph.test",
    dialog_url="https://dialog.test",
    version="v25.0",
    webhook_url="https://shop.test/api/webhooks/meta",
)

INSTAGRAM_APP = App(
    app_id="990602627938098",
    app_secret=Secret(INSTAGRAM_SECRET),
    graph_url="https://graph.instagram.test",
    dialog_url="https://www.instagram.test",
    token_url="https://api.instagram.test",
    version="v25.0",
    login=Login.INSTAGRAM,
    meta_app_id=APP.app_id,
)
APPS = {Login.FACEBOOK: APP, Login.INSTAGRAM: INSTAGRAM_APP}

PAGE = Account(
    account_id="100000000000001",
    name="Corner Bakery",
    token=Secret(PAGE_TOKEN),
    platform_account_id="100000000000001",
    page_id="100000000000001",
    page_token=Secret(PAGE_TOKEN),
)
PROFILE = Account(
    account_id="17841400000000000",
    name="corner.bakery",
    token=Secret(PAGE_TOKEN),
    platform_account_id="17841400000000000",
    page_id="100000000000001",
    page_token=Secret(PAGE_TOKEN),
)
BY_ITSELF = Account(
    account_id="17841400000000000",
    name="corner.bakery",
    token=Secret(INSTAGRAM_TOKEN),
    platform_account_id="17841400000000000",
    login=Login.INSTAGRAM,
    app_scoped_id="9100000000000007",
)
NUMBER = Account(
    account_id="106540352242922",
    name="Corner Bakery",
    token=Secret(USER_TOKEN),
    platform_account_id="102290129340398",
    business_account_id="102290129340398",
)
ACCOUNTS = {"MESSENGER": PAGE, "INSTAGRAM": PROFILE, "WHATSAPP": NUMBER}
# Where the subscriptions of these accounts stand.
SUBSCRIPTIONS = {
    "MESSENGER": "/100000000000001/subscribed_apps",
    "INSTAGRAM": "/100000000000001/subscribed_apps",
    "WHATSAPP": "/102290129340398/subscribed_apps",
}


def grant(platform: str, login: Login = Login.FACEBOOK, **changes: object) -> Grant:
    """A grant with everything that the platform asks for."""
    given: dict[str, object] = {
        "token": Secret(USER_TOKEN if login is Login.FACEBOOK else INSTAGRAM_TOKEN),
        "expires_at": datetime(2027, 1, 21, tzinfo=UTC),
        "permissions": INFOS[platform, login].scopes,
        "user_id": "122000000000001",
    }
    return Grant(**(given | changes))  # type: ignore[arg-type]


@dataclass
class Meta:
    """A Graph API that answers by path, and remembers what it was asked."""

    answers: Mapping[str, JSON | httpx2.Response | Exception | Callable[[httpx2.Request], JSON]]
    requests: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        key = f"{request.method} {request.url.path.removeprefix('/v25.0')}"
        if key not in self.answers:
            return httpx2.Response(404, json={"error": {"message": f"(#803) {key}", "code": 803}})
        answer = self.answers[key]
        if isinstance(answer, Exception):
            raise answer
        said = answer(request) if callable(answer) else answer
        return said if isinstance(said, httpx2.Response) else httpx2.Response(200, json=said)

    def graph(self, login: Login = Login.FACEBOOK) -> Graph:
        """A client of this Meta."""
        return Graph(APPS[login], transport=httpx2.MockTransport(self))

    def adapter(self, platform: str, login: Login = Login.FACEBOOK) -> Adapter:
        """The platform's adapter, speaking to this Meta."""
        return adapter(platform, self.graph(login), APPS[login])

    def body(self, index: int = -1) -> JSON:
        """The JSON of a request."""
        return json.loads(self.requests[index].content)

    def form(self, index: int = -1) -> dict[str, str]:
        """The form of a request."""
        return dict(httpx2.QueryParams(self.requests[index].content.decode()))


def refusal(code: int, subcode: int | None = None, status: int = 400, **more: JSON) -> httpx2.Response:
    """Meta's error envelope."""
    error = {"message": f"(#{code}) No.", "type": "OAuthException", "code": code, "fbtrace_id": "Atrace"}
    if subcode is not None:
        error["error_subcode"] = subcode
    return httpx2.Response(status, json={"error": error | more})


def app_webhooks(callback_url: str = APP.webhook_url, **changes: JSON) -> JSON:
    """An answer of the app's `subscriptions`: every kind of account, every field that is needed."""
    rows: list[JSON] = [
        {
            "object": kind,
            "callback_url": callback_url,
            "active": True,
            "fields": [{"name": name, "version": "v25.0"} for name in fields],
            **changes,
        }
        for kind, fields in NEEDED_FIELDS.items()
    ]
    return {"data": rows}


def token_info(scopes: tuple[str, ...] = (), **changes: JSON) -> JSON:
    """An answer of `debug_token`."""
    data = {
        "app_id": APP.app_id,
        "type": "USER",
        "is_valid": True,
        "issued_at": 1763769600,
        "expires_at": 1800489600,
        "scopes": list(scopes),
        "user_id": "122000000000001",
    }
    return {"data": data | changes}
