"""By Instagram Login an account has two ids, and so has our app. A delivery may name either; we keep to the first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from backend.integrations.adapters import app, second_app_ids
from backend.integrations.models import ChannelIntegration
from backend.platforms.port import AnyNotice, MessageEchoed


def by_first_ids(notice: AnyNotice, account_id: str | None) -> AnyNotice:
    """The notice, naming the account that it was found to be of, and our app, by their first ids."""
    if account_id and notice.account_id not in ("", account_id):
        notice = replace(notice, account_id=account_id)
    if isinstance(notice, MessageEchoed) and notice.app_id in second_app_ids():
        notice = replace(notice, app_id=app().app_id)  # What we sent ourselves is no message of another app.
    return notice


def second_ids_of(account_ids: Collection[str]) -> dict[str, str]:
    """The second ids by which these accounts may be named, each with the first."""
    rows = ChannelIntegration.objects.filter(account_id__in=account_ids, app_scoped_id__isnull=False)
    return {row.app_scoped_id or "": row.account_id or "" for row in rows.only("app_scoped_id", "account_id")}
