"""What platforms say of accounts by themselves: kept by topic, the latest word each; shown in their health."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from backend.integrations.models import AccountNews, ChannelIntegration
from backend.integrations.state import ERROR_COLUMNS, forget_error, note_error, save_changed
from backend.lib.clock import now
from backend.lib.phone import digits_of
from backend.lib.storable import storable_text
from backend.platforms.port import AccountChanged, AccountTopic, Check

# What tells how an account stands. The others are events, and are seen among the webhook events.
KEPT = frozenset(
    {
        AccountTopic.ALERT,
        AccountTopic.LIMIT,
        AccountTopic.NAME,
        AccountTopic.POLICY,
        AccountTopic.QUALITY,
        AccountTopic.RESTRICTION,
        AccountTopic.REVIEW,
        AccountTopic.SECURITY,
        AccountTopic.VIOLATION,
    }
)
# Of these, `subject` is a number, and the WABA that is told of them may have others.
OF_ONE_NUMBER = frozenset({AccountTopic.NAME, AccountTopic.QUALITY, AccountTopic.SECURITY})


def note_news(told: Iterable[tuple[ChannelIntegration, AccountChanged]]) -> None:
    """Keep the latest word of each topic; one that keeps an account from working is its error until it is lifted."""
    for integration, news in told:
        if news.topic in KEPT and _concerns(integration, news):
            with transaction.atomic():
                _note(integration, news)


def told_checks(integration: ChannelIntegration, at: datetime) -> list[tuple[Check, datetime]]:
    """What the platform said of this account, each with its time; a restriction that is over is none."""
    rows = AccountNews.objects.filter(integration=integration, account_id=integration.account_id or "")
    return [(_check(row, at), row.told_at) for row in rows.order_by("topic")]


def code_of(topic: str) -> str:
    """The check, and the error, that a topic shows as."""
    return f"account_{topic}"


def _note(integration: ChannelIntegration, news: AccountChanged) -> None:
    told_at = min(news.occurred_at or now(), now())
    place = {
        "integration": integration,
        "account_id": integration.account_id or "",
        "topic": str(news.topic),
    }
    known = AccountNews.objects.select_for_update().filter(**place).first()
    if known and known.told_at > told_at:
        return  # It came late.
    row = known or AccountNews(**place)
    row.word, row.ok, row.until, row.told_at = storable_text(news.word, 64), news.ok, news.until, told_at
    row.message = storable_text(news.text)
    row.resolution = storable_text(news.resolution) if news.resolution else None
    row.save()
    _show(integration, _check(row, now()))


def _show(integration: ChannelIntegration, check: Check) -> None:
    if not check.ok:
        note_error(integration, code=check.code, message=check.message, resolution=check.resolution)
    elif integration.last_error_code == check.code:
        forget_error(integration)
        save_changed(integration, *ERROR_COLUMNS)


def _check(row: AccountNews, at: datetime) -> Check:
    ok = row.ok or (row.until is not None and row.until <= at)
    return Check(
        code=code_of(row.topic), ok=ok, message=row.message, resolution=None if ok else row.resolution
    )


def _concerns(integration: ChannelIntegration, news: AccountChanged) -> bool:
    """Whether it is about this number; where either is not known, it may be."""
    if news.topic not in OF_ONE_NUMBER:
        return True
    own, told = digits_of(str(integration.metadata.get("displayPhoneNumber", ""))), digits_of(news.subject)
    return not own or not told or own == told
