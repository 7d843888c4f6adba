"""An account that came by Instagram Login has two ids, and a delivery may name it by either; we keep to the first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from backend.integrations.models import ChannelIntegration
from backend.platforms.port import AnyNotice


def named_first(notice: AnyNotice, account_id: str | None) -> AnyNotice:
    """The notice, naming the account that it was found to be of by its first id."""
    if not account_id or notice.account_id in ("", account_id):
        return notice
    return replace(notice, account_id=account_id)


def second_ids_of(account_ids: Collection[str]) -> dict[str, str]:
    """The second ids by which these accounts may be named, each with the first."""
    rows = ChannelIntegration.objects.filter(account_id__in=account_ids, app_scoped_id__isnull=False)
    return {row.app_scoped_id or "": row.account_id or "" for row in rows.only("app_scoped_id", "account_id")}
