from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from backend.lib.json_types import JSON
from backend.platforms.errors import Unavailable
from backend.platforms.port import AccountHealth
from backend.platforms.registry import PLATFORMS
from tests.platforms.cast import (
    ACCOUNTS,
    APP,
    PAGE,
    PROFILE,
    SUBSCRIPTIONS,
    Meta,
    app_webhooks,
    grant,
    refusal,
    token_info,
)

LINKED: JSON = {"id": PAGE.page_id, "instagram_business_account": {"id": PROFILE.account_id}}
LOOKED_AT = {
    "MESSENGER": [
        "token_valid",
        "login_valid",
        "permissions_granted",
        "messages_readable",
        "webhook_subscribed",
        "account_reachable",
        "app_webhook_address",
        "app_webhook_fields",
    ],
    "INSTAGRAM": [
        "token_valid",
        "login_valid",
        "permissions_granted",
        "messages_readable",
        "webhook_subscribed",
        "account_linked",
        "account_reachable",
        "app_webhook_address",
        "app_webhook_fields",
    ],
    "WHATSAPP": [
        "token_valid",
        "permissions_granted",
        "webhook_subscribed",
        "account_reachable",
        "app_webhook_address",
        "app_webhook_fields",
    ],
}
NOT_ABOUT_THE_TOKEN = ("app_webhook_address", "app_webhook_fields")
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
        f"GET /{APP.app_id}/subscriptions": app_webhooks(),
        f"GET /{PAGE.page_id}/conversations": {"data": []},
        f"GET /{PAGE.page_id}": LINKED,
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
    assert [check.code for check in health.checks] == LOOKED_AT[platform]
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
    asked_with_it = (path, account_path, f"/{PAGE.page_id}", f"/{PAGE.page_id}/conversations")
    health = inspect(
        platform, **{"GET /debug_token": dead, **{f"GET {each}": gone for each in asked_with_it}}
    )
    failed = [check for check in health.checks if not check.ok]
    assert [check.code for check in health.checks if check.ok] == [
        check.code for check in health.checks if check.code in NOT_ABOUT_THE_TOKEN
    ]
    assert not health.token_valid
    assert not health.webhook_active
    assert "password" in failed[0].message
    assert all(check.resolution for check in failed)
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
    health = inspect(platform, **{f"GET {account_path}": refusal(100, 33)})
    assert failing(health) == ["account_reachable"]
    told = next(check.message for check in health.checks if not check.ok)
    assert told.endswith("Meta says: (#100) No."), "whoever is to read what Meta said has to see it"
    health = inspect(platform, **{"GET /debug_token": token_info(PLATFORMS[platform].scopes[:1])})
    assert failing(health) == ["permissions_granted"]


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
@pytest.mark.parametrize("fault", [refusal(2, status=503), httpx2.ConnectError("refused")], ids=repr)
def test_an_outage_is_not_the_accounts_fault(platform: str, fault: JSON) -> None:
    paths = [key for key in healthy(platform).answers if key.startswith("GET")]
    with pytest.raises(Unavailable):
        inspect(platform, **dict.fromkeys(paths, fault))


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_each_finding_stands_alone(platform: str) -> None:
    """Whichever call fails, and however: the others say what they found, and nothing is made up."""
    everything = set(LOOKED_AT[platform])
    faults = (
        refusal(2, status=503),
        httpx2.ConnectError("refused"),
        refusal(100, 33),
        refusal(4, status=429),
    )
    for path in [key for key in healthy(platform).answers if key.startswith("GET")]:
        for fault in faults:
            health = inspect(platform, **{path: fault})
            well = {check.code for check in health.checks if check.ok}
            assert len(well) >= len(everything) - 4, (path, fault)
            blips = [check for check in health.checks if not check.ok and not check.seen]
            assert bool(blips) is (fault is not faults[2]) or not (everything - well)
            assert not {"token_valid"} & {
                check.code for check in health.checks if not check.ok and check.seen
            }
