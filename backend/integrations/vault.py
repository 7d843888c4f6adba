"""
The only door between the table and a clear token.

A sealed text carries the name of its key and is bound to table, row and column: moved elsewhere it does not open.
A key that is missing or wrong is a state that `unreadable_keys` tells, never a crash of something that only lists.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from django.conf import settings

from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, VaultCanary
from backend.lib.crypto import KeyRing, SealBroken, key_name
from backend.lib.secret import Secret

CANARY_TEXT = "the vault opens"


class VaultUnreadable(Exception):
    """A stored token cannot be opened with the keys that are set."""

    code = "secrets_unreadable"
    message = "The stored access of this account cannot be opened with the encryption keys that are set."
    resolution = (
        "Ask the operator to put the missing key back into ENCRYPTION_KEYS; "
        "if it is lost, connect the account again."
    )

    def __init__(self) -> None:
        super().__init__(self.message)


@lru_cache(maxsize=4)
def _ring(keys: str) -> KeyRing:
    return KeyRing.parse(keys)


def ring() -> KeyRing:
    """The key ring of the settings."""
    return _ring(settings.ENCRYPTION_KEYS)


def key_names() -> list[str]:
    """The names of the keys that are set, newest first."""
    return [name for name, _ in ring().keys]


def seal(clear: Secret, *, table: str, row: object, column: str) -> str:
    """Sealed text that only opens for this table, row and column."""
    return ring().seal(clear.reveal(), binding=f"{table}/{row}/{column}")


def unseal(sealed: str, *, table: str, row: object, column: str) -> Secret:
    """The clear secret. Raises VaultUnreadable."""
    try:
        return Secret(ring().open(sealed, binding=f"{table}/{row}/{column}"))
    except SealBroken as error:
        raise VaultUnreadable from error


def is_newest(sealed: str) -> bool:
    """Whether the newest key sealed it; opens nothing."""
    return key_name(sealed) == ring().newest


def seal_anew(sealed: str, *, table: str, row: object, column: str) -> str:
    """The same secret, sealed with the newest key. Raises VaultUnreadable."""
    clear = unseal(sealed, table=table, row=row, column=column)
    return seal(clear, table=table, row=row, column=column)


def put(integration: ChannelIntegration, column: str, clear: Secret | None) -> None:
    """Set a sealed column of an unsaved or saved row; the caller saves it."""
    assert column in SEALED_FIELDS, column
    sealed = seal(clear, table="channel_integrations", row=integration.pk, column=column) if clear else None
    setattr(integration, column, sealed)


def take(integration: ChannelIntegration, column: str) -> Secret | None:
    """The clear secret of a sealed column; None where nothing is kept. Raises VaultUnreadable."""
    assert column in SEALED_FIELDS, column
    sealed = getattr(integration, column)
    return unseal(sealed, table="channel_integrations", row=integration.pk, column=column) if sealed else None


def plant_canaries() -> None:
    """Seal the known text with the newest key, once; so that a later start can tell whether the key is right."""
    name = ring().newest
    if not VaultCanary.objects.filter(pk=name).exists():
        sealed = seal(Secret(CANARY_TEXT), table="vault_canaries", row=name, column="sealed")
        VaultCanary.objects.get_or_create(pk=name, defaults={"sealed": sealed})


def forget_canaries(names: Collection[str]) -> None:
    """Keys that seal nothing any more are missed by nobody."""
    VaultCanary.objects.filter(pk__in=names).exclude(pk=ring().newest).delete()


def unreadable_keys() -> set[str]:
    """Names of keys that once sealed something and are now missing or wrong."""
    return {canary.key_name for canary in VaultCanary.objects.all() if not _opens(canary)}


def _opens(canary: VaultCanary) -> bool:
    try:
        clear = unseal(canary.sealed, table="vault_canaries", row=canary.key_name, column="sealed")
    except VaultUnreadable:
        return False
    return clear.reveal() == CANARY_TEXT


def is_readable(integration: ChannelIntegration, unreadable: set[str]) -> bool:
    """Whether the keys that sealed this row's tokens are at hand; opens nothing."""
    known = {name for name, _ in ring().keys} - unreadable
    sealed = [getattr(integration, column) for column in SEALED_FIELDS]
    return all(key_name(text) in known for text in sealed if text)
