"""Looks at the table of integrations as it is in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from backend.businesses.models import Business
from backend.config.journey import Finding
from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, IntegrationStatus
from backend.lib.crypto import key_name
from backend.lib.ids import new_id
from backend.lib.secret import Secret

TABLE = "channel_integrations"
GIVEN_COLUMNS = [
    "id",
    "business_id",
    "platform",
    "status",
    "access_token",
    "refresh_token",
    "token_expires_at",
    "platform_account_id",
    "platform_account_name",
    "platform_page_id",
    "platform_page_name",
    "page_access_token",
    "webhook_secret",
    "webhook_url",
    "webhook_subscribed",
    "permissions",
    "features",
    "metadata",
    "last_error",
    "last_error_at",
    "connection_attempts",
    "created_at",
    "updated_at",
]


class _Undo(Exception):
    """Rolls a trial back."""


def check_table() -> list[Finding]:
    """Whether the table is there, with every column that was promised."""
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return [Finding(False, f"{TABLE} does not exist; run: manage.py migrate")]
        there = {column.name for column in connection.introspection.get_table_description(cursor, TABLE)}
    missing = [column for column in GIVEN_COLUMNS if column not in there]
    if missing:
        return [Finding(False, f"missing columns: {', '.join(missing)}; run: manage.py migrate")]
    return [Finding(True, f"{len(there)} columns, the given {len(GIVEN_COLUMNS)} among them")]


def check_constraints() -> list[Finding]:
    """Whether the database itself refuses what must never be."""
    trials: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("one integration per business and platform", _two_of_one_platform),
        ("one live integration per account", _one_account_twice),
        ("a live integration has an account", _live_without_account),
        ("no unknown status", _unknown_status),
    )
    return [Finding(_is_refused(trial), f"refused by the database: {name}") for name, trial in trials]


def _is_refused(trial: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            trial()
            raise _Undo
    except IntegrityError:
        return True
    except _Undo:
        return False


def _business() -> Business:
    return Business.objects.create(name="Check")


def _integration(business: Business, platform: str = "CHECK", **columns: Any) -> ChannelIntegration:
    return ChannelIntegration.objects.create(business=business, platform=platform, **columns)


def _two_of_one_platform() -> None:
    business = _business()
    _integration(business)
    _integration(business)


def _one_account_twice() -> None:
    for _ in range(2):
        _integration(_business(), status=IntegrationStatus.CONNECTED, account_id="check")


def _live_without_account() -> None:
    _integration(_business(), status=IntegrationStatus.CONNECTED)


def _unknown_status() -> None:
    _integration(_business(), status="SOMETHING")


def check_sealing() -> list[Finding]:
    """Whether every kept token is sealed with a key at hand, and opens in its own place only."""
    findings = [_round_trip(new_id(), new_id())]
    findings += [
        Finding(False, f"the key {name!r} is missing from ENCRYPTION_KEYS, or is another one")
        for name in sorted(vault.unreadable_keys())
    ]
    clear, closed, sealed = _count_rows()
    findings.append(Finding(not clear, f"{sealed} kept tokens, {clear} of them in clear text"))
    findings.append(Finding(not closed, f"{closed} of them cannot be opened with the keys that are set"))
    return findings


def _round_trip(row: UUID, other: UUID) -> Finding:
    sealed = vault.seal(Secret("a token"), table=TABLE, row=row, column="access_token")
    opened = vault.unseal(sealed, table=TABLE, row=row, column="access_token").reveal() == "a token"
    try:
        vault.unseal(sealed, table=TABLE, row=other, column="access_token")
    except vault.VaultUnreadable:
        return Finding(opened and "a token" not in sealed, "a sealed token opens in its own row only")
    return Finding(False, "a sealed token opened in another row")


def _count_rows() -> tuple[int, int, int]:
    clear = closed = sealed = 0
    for integration in ChannelIntegration.objects.iterator(chunk_size=500):
        for column in SEALED_FIELDS:
            text = getattr(integration, column)
            if text is None:
                continue
            sealed += 1
            clear += not key_name(text)
            closed += not _opens(integration, column)
    return clear, closed, sealed


def _opens(integration: ChannelIntegration, column: str) -> bool:
    try:
        vault.take(integration, column)
    except vault.VaultUnreadable:
        return False
    return True
