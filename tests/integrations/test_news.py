"""What a platform says of an account by itself stands in its health, and is its error while it hinders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.connecting.watch import noted_checks
from backend.integrations.models import ChannelIntegration
from backend.integrations.news import note_news
from backend.lib.clock import now
from backend.platforms.port import AccountChanged, AccountTopic
from tests.conftest import Cast
from tests.integrations.accounts import connected

BEGAN = now() - timedelta(hours=1)


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


def said(ok: bool, minute: float, **more: object) -> AccountChanged:
    word = "unblock" if ok else "block"
    values: dict[str, object] = {
        "topic": AccountTopic.POLICY,
        "word": word,
        "text": f"Said {word}.",
        "resolution": None if ok else "Appeal.",
        "occurred_at": BEGAN + timedelta(minutes=minute),
    }
    return AccountChanged(ok=ok, **(values | more))  # type: ignore[arg-type]


def shown(integration: ChannelIntegration) -> list[tuple[str, bool, datetime]]:
    return [(check["code"], check["ok"], check["at"]) for check in noted_checks(integration)]


def error_of(integration: ChannelIntegration) -> tuple[str | None, str | None, str]:
    integration.refresh_from_db()
    return integration.last_error_code, integration.last_error_resolution, integration.status


def test_a_block_is_the_error_of_the_account_until_it_is_lifted(page: ChannelIntegration) -> None:
    note_news([(page, said(False, 1))])
    assert error_of(page) == ("account_policy", "Appeal.", "CONNECTED")
    assert shown(page) == [("account_policy", False, BEGAN + timedelta(minutes=1))]
    note_news([(page, said(True, 2))])
    assert error_of(page) == (None, None, "CONNECTED")
    assert shown(page) == [("account_policy", True, BEGAN + timedelta(minutes=2))]


def test_a_late_block_changes_nothing(page: ChannelIntegration) -> None:
    note_news([(page, said(True, 2)), (page, said(False, 1))])
    assert error_of(page)[0] is None
    assert shown(page) == [("account_policy", True, BEGAN + timedelta(minutes=2))]


def test_lifting_leaves_another_error_alone(page: ChannelIntegration) -> None:
    ChannelIntegration.objects.update(last_error_code="permission_missing", last_error="No.")
    note_news([(ChannelIntegration.objects.get(), said(True, 2))])
    assert error_of(page)[0] == "permission_missing"


def test_a_restriction_ends_by_itself(page: ChannelIntegration) -> None:
    over = said(False, 1, topic=AccountTopic.RESTRICTION, until=now() - timedelta(minutes=1))
    note_news([(page, over)])
    assert [(code, ok) for code, ok, _ in shown(page)] == [("account_restriction", True)]
    assert error_of(page)[0] is None


def test_what_was_said_of_a_former_account_is_not_shown(page: ChannelIntegration) -> None:
    note_news([(page, said(False, 1))])
    ChannelIntegration.objects.update(account_id="another")
    page.refresh_from_db()
    assert shown(page) == []


@pytest.mark.parametrize(("subject", "count"), [("16505550001", 1), ("16505550002", 0), ("", 1)])
def test_news_of_one_number_are_not_those_of_its_siblings(cast: Cast, subject: str, count: int) -> None:
    number = connected(cast.business, "WHATSAPP")
    number.metadata = {"displayPhoneNumber": "+1 650-555-0001"}
    number.save()
    note_news([(number, said(True, 1, topic=AccountTopic.QUALITY, subject=subject))])
    assert len(shown(number)) == count


def test_what_is_only_an_event_is_not_kept(page: ChannelIntegration) -> None:
    note_news([(page, said(False, 1, topic=AccountTopic.TEMPLATE))])
    assert shown(page) == []
    assert error_of(page)[0] is None
