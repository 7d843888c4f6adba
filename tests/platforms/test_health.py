from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from backend.lib.json_types import JSON
from backend.platforms.errors import Unavailable
from backend.platforms.port import AccountHealth
from backend.platforms.registry import PLATFORMS
from tests.platforms.cast import ACCOUNTS, APP, SUBSCRIPTIONS, Meta, grant, refusal, token_info

PLATFORM_WORDS = ["MESSENGER", "INSTAGRAM", "WHATSAPP"]


def healthy(platform: str, **changes: JSON) -> Meta:
    """A Meta at which everything about the account is as it should be."""
    app = {"id": APP.app_id, "name": "Gateway"}
    row: JSON = {"whatsapp_business_api_data": app} if platform == "WHATSAPP" else app
    names = {
        "MESSENGER": {"name": "Corner Bakery"},
        "INSTAGRAM": {"username": "corner.bakery"},
        "WHATSAPP": {"verified_name": "Corner Bakery"},
    }
    answers: dict[str, JSON] = {
        "GET /debug_token": token_info(PLATFORMS[platform].scopes),
        f"GET {SUBSCRIPTIONS[platform]}": {"data": [row]},
        f"GET /{ACCOUNTS[platform].account_id}": names[platform],
    }
    return Meta(answers | changes)


def inspect(platform: str, **changes: JSON) -> AccountHealth:
    """What is found at such a Meta."""
    return healthy(platform, **changes).adapter(platform).inspect(ACCOUNTS[platform], grant(platform))


def failing(health: AccountHealth) -> list[str]:
    """The checks that fail."""
    return [check.code for check in health.checks if not check.ok]


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_a_healthy_account(platform: str) -> None:
    health = inspect(platform)
    assert failing(health) == []
    login = [] if platform == "WHATSAPP" else ["login_valid"]
    assert [check.code for check in health.checks] == [
        "token_valid",
        *login,
        "permissions_granted",
        "webhook_subscribed",
        "account_reachable",
    ]
    assert health.token_valid
    assert health.webhook_active
    assert health.account_name in ("Corner Bakery", "corner.bakery")
    assert health.expires_at == datetime(2027, 1, 21, tzinfo=UTC)
    assert health.permissions == PLATFORMS[platform].scopes


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_a_dead_token_is_a_failing_check_and_no_exception(platform: str) -> None:
    dead = {
        "data": {
            "is_valid": False,
            "error": {"code": 190, "subcode": 460, "message": "Changed"},
            "scopes": [],
        }
    }
    gone = refusal(190, 460, status=401)
    path, account_path = SUBSCRIPTIONS[platform], f"/{ACCOUNTS[platform].account_id}"
    health = inspect(platform, **{"GET /debug_token": dead, f"GET {path}": gone, f"GET {account_path}": gone})
    assert not any(check.ok for check in health.checks)
    assert not health.token_valid
    assert not health.webhook_active
    assert "password" in health.checks[0].message
    assert all(check.resolution for check in health.checks)
    assert health.account_name == ACCOUNTS[platform].name


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_the_pages_own_token_is_looked_at_as_well(platform: str) -> None:
    def answer(request: httpx2.Request) -> JSON:
        is_page = request.url.params["input_token"] == ACCOUNTS[platform].token.reveal()
        return token_info(PLATFORMS[platform].scopes, is_valid=not is_page)

    assert failing(inspect(platform, **{"GET /debug_token": answer})) == ["token_valid"]


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_a_dead_login_does_not_make_the_pages_token_dead(platform: str) -> None:
    def answer(request: httpx2.Request) -> JSON:
        is_page = request.url.params["input_token"] == ACCOUNTS[platform].token.reveal()
        return token_info(PLATFORMS[platform].scopes, is_valid=is_page)

    health = inspect(platform, **{"GET /debug_token": answer})
    assert failing(health) == ["login_valid"]
    assert health.token_valid


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_one_thing_wrong_is_one_check(platform: str) -> None:
    path, account_path = SUBSCRIPTIONS[platform], f"/{ACCOUNTS[platform].account_id}"
    assert failing(inspect(platform, **{f"GET {path}": {"data": [{"id": "9"}]}})) == ["webhook_subscribed"]
    assert failing(inspect(platform, **{f"GET {account_path}": refusal(100, 33)})) == ["account_reachable"]
    health = inspect(platform, **{"GET /debug_token": token_info(PLATFORMS[platform].scopes[:1])})
    assert failing(health) == ["permissions_granted"]


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
@pytest.mark.parametrize("fault", [refusal(2, status=503), httpx2.ConnectError("refused")], ids=repr)
def test_an_outage_is_not_the_accounts_fault(platform: str, fault: JSON) -> None:
    with pytest.raises(Unavailable):
        inspect(platform, **{"GET /debug_token": fault})
    with pytest.raises(Unavailable):
        inspect(platform, **{f"GET {SUBSCRIPTIONS[platform]}": fault})
