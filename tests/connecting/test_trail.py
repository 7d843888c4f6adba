"""What connecting leaves in the audit trail, and that a key connects as a member does."""

from __future__ import annotations

from typing import Any

import pytest

from backend.businesses import keys
from backend.businesses.models import ApiKey
from backend.businesses.trail import AuditEntry
from backend.connecting import health, leave, refresh
from backend.connecting.errors import DifferentAccount, NotYours
from backend.connecting.finish import finish, reachable_accounts, select
from backend.integrations.models import IntegrationStatus
from tests.conftest import Cast
from tests.connecting.conftest import LONG_TOKEN, PAGE_TOKENS, Granted, Graph, row
from tests.platforms.cast import token_info


def trail() -> list[tuple[str, dict[str, Any]]]:
    """Actions with their details, oldest first."""
    return list(AuditEntry.objects.order_by("id").values_list("action", "detail"))


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    key = keys.make_key(cast.owner, name="Set-up", kind="SERVICE", scopes=["integrations:write"])[0]
    return ApiKey.objects.select_related("business").get(pk=key.pk)


def test_one_account(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    begun, finished = trail()
    assert begun == (
        "integration.connect_begun",
        {"platform": "MESSENGER", "flow": "oauth", "login": "facebook", "reconnect": False},
    )
    assert finished == (
        "integration.connect_finished",
        {"platform": "MESSENGER", "outcome": "connected", "accountId": "111", "accountName": "Page 111"},
    )


def test_one_of_several(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", "222")
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    select(cast.owner, row(landing), "222")
    assert trail()[1] == ("integration.connect_finished", {"platform": "MESSENGER", "outcome": "choose"})
    action, detail = trail()[2]
    assert (action, detail["accountId"]) == ("integration.account_selected", "222")


def test_what_was_refused_is_not_told_as_done(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    graph.shows_pages("222")
    landing = granted(cast.owner)
    with pytest.raises(DifferentAccount):
        finish(cast.owner, row(landing), landing.ticket)
    assert [action for action, _ in trail()] == [
        "integration.connect_begun",
        "integration.connect_finished",
        "integration.connect_begun",
    ]
    assert trail()[-1][1]["reconnect"] is True


def test_looking_after_it(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    health.test(row(landing), by=cast.admin)
    refresh.refresh(row(landing), by=None)
    leave.disconnect(row(landing), by=cast.admin)
    told = list(AuditEntry.objects.order_by("id").values_list("action", "actor_kind", "actor_id"))[2:]
    assert told == [
        ("integration.tested", "MEMBER", str(cast.admin.user_id)),
        ("integration.token_refreshed", "SYSTEM", ""),
        ("integration.disconnected", "MEMBER", str(cast.admin.user_id)),
    ]
    assert trail()[-1][1] == {"platform": "MESSENGER", "accountId": "111"}


def test_a_test_that_fails_says_which_check(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    graph.answers["GET /debug_token"] = token_info((), is_valid=False)
    result = health.test(row(landing), by=cast.owner)
    failed = next(check.code for check in result.checks if not check.ok)
    assert trail()[-1] == ("integration.tested", {"platform": "MESSENGER", "ok": False, "failed": failed})


def test_no_token_is_in_it(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    finish(cast.owner, row(landing), landing.ticket)
    refresh.refresh(row(landing), by=cast.owner)
    told = str(list(AuditEntry.objects.values()))
    for secret in (LONG_TOKEN, PAGE_TOKENS, landing.ticket, str(row(landing).webhook_secret)):
        assert secret not in told


def test_a_key_connects(cast: Cast, key: ApiKey, graph: Graph, granted: Granted) -> None:
    graph.shows_pages("111", "222")
    landing = granted(key)
    other = keys.make_key(cast.owner, name="Other", kind="AI", scopes=["integrations:write"])[0]
    for caller in (cast.owner, other):
        with pytest.raises(NotYours):
            finish(caller, row(landing), landing.ticket)
        with pytest.raises(NotYours):
            select(caller, row(landing), "111")
    assert finish(key, row(landing), landing.ticket).outcome == "choose"
    assert len(reachable_accounts(key, row(landing))) == 2
    assert select(key, row(landing), "111").status == IntegrationStatus.CONNECTED
    newest = AuditEntry.objects.order_by("id").last()
    assert newest is not None
    assert (newest.actor_kind, newest.actor_id, newest.actor_name) == ("SERVICE", str(key.pk), "Set-up")


def test_what_a_member_began_no_key_finishes(cast: Cast, key: ApiKey, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    with pytest.raises(NotYours):
        finish(key, row(landing), landing.ticket)
