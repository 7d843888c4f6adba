"""What is found out about an account that came by Instagram Login."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from backend.lib.json_types import JSON
from backend.platforms.errors import Unavailable
from backend.platforms.instagram.info import BASIC, MESSAGES
from backend.platforms.port import AccountHealth, Login
from tests.platforms.cast import APP, BY_ITSELF, INSTAGRAM_APP, grant, refusal
from tests.platforms.test_instagram_login import ACCOUNT_ID, PROFILE, SCOPED_ID, adapter, instagram

SUBSCRIPTIONS = f"GET /{ACCOUNT_ID}/subscribed_apps"
CODES = [
    "token_valid",
    "permissions_granted",
    "webhook_subscribed",
    "account_reachable",
    "messages_readable",
]


def inspect(**changes: JSON) -> AccountHealth:
    """What is found at such an Instagram."""
    return adapter(instagram(**changes)).inspect(BY_ITSELF, grant("INSTAGRAM", Login.INSTAGRAM))


def failing(health: AccountHealth) -> list[str]:
    return [check.code for check in health.checks if not check.ok]


def test_a_healthy_account() -> None:
    health = inspect()
    assert [check.code for check in health.checks] == CODES
    assert failing(health) == []
    assert (health.token_valid, health.webhook_active) == (True, True)
    assert health.account_name == "Corner Bakery"
    assert health.expires_at == grant("INSTAGRAM", Login.INSTAGRAM).expires_at
    assert health.permissions == (BASIC, MESSAGES)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"GET /me/conversations": refusal(200, 2534041, status=403)}, ["message_access"]),
        ({"GET /me/conversations": refusal(10, status=403)}, ["permissions_granted", "messages_readable"]),
        ({"GET /me": refusal(10, status=403)}, ["permissions_granted", "account_reachable"]),
        ({"GET /me": PROFILE | {"account_type": "PERSONAL"}}, ["account_reachable"]),
        ({"GET /me": PROFILE | {"user_id": "17841499999999999"}}, ["account_reachable"]),
        ({SUBSCRIPTIONS: {"data": []}}, ["webhook_subscribed"]),
        ({SUBSCRIPTIONS: {"data": [{"id": "1"}]}}, ["webhook_subscribed"]),
        ({SUBSCRIPTIONS: refusal(100)}, ["webhook_subscribed"]),
    ],
    ids=str,
)
def test_each_fault_is_told_apart(changes: dict[str, JSON], failed: list[str]) -> None:
    health = inspect(**changes)
    assert failing(health) == failed
    assert all(check.resolution for check in health.checks if not check.ok)
    assert health.token_valid


@pytest.mark.parametrize("app_id", [APP.app_id, INSTAGRAM_APP.app_id])
def test_either_id_of_the_app_is_ours(app_id: str) -> None:
    assert inspect(**{SUBSCRIPTIONS: {"data": [{"id": app_id}]}}).webhook_active


def test_a_dead_token_is_failing_checks_and_no_exception() -> None:
    gone = refusal(190, 463, status=401)
    health = inspect(**{"GET /me": gone, "GET /me/conversations": gone, SUBSCRIPTIONS: gone})
    assert "token_valid" in failing(health)
    assert (health.token_valid, health.webhook_active) == (False, False)
    assert health.account_name == BY_ITSELF.name
    assert health.permissions == (BASIC, MESSAGES)  # A dead token refutes none.


def test_looking_changes_nothing() -> None:
    meta = instagram()
    adapter(meta).inspect(BY_ITSELF, grant("INSTAGRAM", Login.INSTAGRAM))
    assert {request.method for request in meta.requests} == {"GET"}
    assert len(meta.requests) == 3


def test_what_the_answers_prove_is_granted() -> None:
    given = grant("INSTAGRAM", Login.INSTAGRAM, permissions=())
    assert adapter(instagram()).inspect(BY_ITSELF, given).permissions == (BASIC, MESSAGES)


def test_one_question_without_an_answer_costs_nobody_else() -> None:
    health = inspect(**{"GET /me/conversations": refusal(2, status=500, is_transient=True)})
    assert [check.code for check in health.checks if not check.seen] == ["messages_readable"]
    assert [check.code for check in health.checks if check.ok] == CODES[:-1]


AWAY = httpx2.ConnectError("refused")


@pytest.mark.parametrize(
    ("path", "code"), [("GET /me", "account_reachable"), (SUBSCRIPTIONS, "webhook_subscribed")]
)
def test_a_question_that_instagram_could_not_answer_is_no_finding(path: str, code: str) -> None:
    health = inspect(**{path: AWAY})
    assert [check.code for check in health.checks if not check.seen] == [code]
    assert [check.code for check in health.checks if not check.ok] == [code]
    assert health.token_valid


def test_an_instagram_that_is_away_is_no_finding() -> None:
    with pytest.raises(Unavailable):
        inspect(**dict.fromkeys(("GET /me", SUBSCRIPTIONS, "GET /me/conversations"), AWAY))


def test_the_newest_conversation_is_told() -> None:
    row = {"id": "t_1", "updated_time": "2026-11-20T10:00:00+0000"}
    health = inspect(**{"GET /me/conversations": {"data": [row]}})
    assert health.newest_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_the_ids_are_not_confused() -> None:
    assert ACCOUNT_ID != SCOPED_ID
    assert failing(inspect(**{"GET /me": PROFILE | {"user_id": SCOPED_ID}})) == ["account_reachable"]
