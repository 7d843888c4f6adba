"""The only door between the table and a clear token."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, VaultCanary
from backend.integrations.vault import VaultUnreadable
from backend.lib.crypto import new_key
from backend.lib.secret import Secret
from tests.conftest import Cast
from tests.integrations.accounts import ACCESS_TOKEN, PAGE_TOKEN, connected

CLEAR = Secret("EAAsome-token 👍")
PLACE = {"table": "channel_integrations", "row": "row-1", "column": "access_token"}
OLD, NEW = f"k1:{new_key()}", f"k2:{new_key()}"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Callable[[str], None]:
    """The key ring of the settings, newest first."""

    def use(ring: str) -> None:
        settings.ENCRYPTION_KEYS = ring

    use(OLD)
    return use


def test_what_is_sealed_opens_in_its_place() -> None:
    sealed = vault.seal(CLEAR, **PLACE)
    assert vault.unseal(sealed, **PLACE) == CLEAR
    assert sealed.count(".") == 4  # Compact JWE.
    assert CLEAR.reveal() not in sealed
    assert vault.seal(CLEAR, **PLACE) != sealed  # The same token twice does not look alike.


@pytest.mark.parametrize(
    "elsewhere",
    [{"table": "other"}, {"row": "row-2"}, {"column": "refresh_token"}],
    ids=lambda each: next(iter(each)),
)
def test_what_was_moved_does_not_open(elsewhere: dict[str, str]) -> None:
    sealed = vault.seal(CLEAR, **PLACE)
    with pytest.raises(VaultUnreadable):
        vault.unseal(sealed, **PLACE | elsewhere)


@pytest.mark.parametrize("part", range(5), ids=["header", "key", "iv", "text", "tag"])
def test_what_was_altered_does_not_open(part: int) -> None:
    parts = vault.seal(CLEAR, **PLACE).split(".")
    parts[part] = f"A{parts[part][1:]}" if parts[part][:1] not in ("", "A") else f"B{parts[part][1:]}"
    with pytest.raises(VaultUnreadable):
        vault.unseal(".".join(parts), **PLACE)


def test_a_seal_of_other_making_does_not_open() -> None:
    _, _, key = OLD.partition(":")
    header = {"alg": "none", "kid": "k1", "bnd": "channel_integrations/row-1/access_token"}
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    for forged in (f"{encoded}....", f"{encoded}.{key}", "", "EAAclear-token", "a.b.c.d.e", "ä.ö.ü.ß.👍"):
        with pytest.raises(VaultUnreadable):
            vault.unseal(forged, **PLACE)


def test_a_wrong_or_missing_key_is_told_with_a_remedy(keys: Callable[[str], None]) -> None:
    sealed = vault.seal(CLEAR, **PLACE)
    for ring in (f"k1:{new_key()}", NEW):
        keys(ring)
        with pytest.raises(VaultUnreadable) as caught:
            vault.unseal(sealed, **PLACE)
        assert "ENCRYPTION_KEYS" in caught.value.resolution
        assert CLEAR.reveal() not in str(caught.value)


def test_the_newest_key_seals_and_all_open(keys: Callable[[str], None]) -> None:
    old = vault.seal(CLEAR, **PLACE)
    keys(f"{NEW},{OLD}")
    new = vault.seal(CLEAR, **PLACE)
    assert vault.unseal(old, **PLACE) == vault.unseal(new, **PLACE) == CLEAR
    keys(OLD)
    with pytest.raises(VaultUnreadable):
        vault.unseal(new, **PLACE)


# ---- the columns


def test_the_columns_hold_sealed_text_only(cast: Cast) -> None:
    kept = ChannelIntegration.objects.get(pk=connected(cast.business, "MESSENGER").pk)
    assert vault.take(kept, "access_token") == Secret(ACCESS_TOKEN)
    assert vault.take(kept, "page_access_token") == Secret(PAGE_TOKEN)
    assert vault.take(kept, "refresh_token") is None
    for column in SEALED_FIELDS:
        sealed = getattr(kept, column)
        assert sealed is None or sealed.startswith("eyJ")


def test_a_token_of_another_row_or_column_does_not_open(cast: Cast) -> None:
    ours, theirs = connected(cast.business, "MESSENGER"), connected(cast.rival, "MESSENGER")
    ours.access_token = theirs.access_token
    ours.webhook_secret = ours.page_access_token
    for column in ("access_token", "webhook_secret"):
        with pytest.raises(VaultUnreadable):
            vault.take(ours, column)


def test_a_row_tells_whether_it_is_readable(cast: Cast, keys: Callable[[str], None]) -> None:
    page = connected(cast.business, "MESSENGER")
    keys(f"{NEW},{OLD}")
    vault.put(page, "webhook_secret", Secret("new"))
    assert vault.is_readable(page, set())
    assert not vault.is_readable(page, {"k1"})
    keys(NEW)
    assert not vault.is_readable(page, set())
    vault.put(page, "access_token", None)
    vault.put(page, "page_access_token", None)
    assert vault.is_readable(page, set())


def test_only_the_sealed_columns_are_the_vaults(cast: Cast) -> None:
    page = connected(cast.business, "MESSENGER")
    with pytest.raises(AssertionError):
        vault.put(page, "platform_page_name", CLEAR)


# ---- the canaries


def test_a_canary_sings_as_long_as_its_key_is_right(db: None, keys: Callable[[str], None]) -> None:
    vault.plant_canaries()
    vault.plant_canaries()
    assert VaultCanary.objects.count() == 1
    assert vault.unreadable_keys() == set()
    keys(f"{NEW},{OLD}")
    vault.plant_canaries()
    assert vault.unreadable_keys() == set()
    keys(NEW)
    assert vault.unreadable_keys() == {"k1"}
    keys(f"{NEW},k1:{new_key()}")
    assert vault.unreadable_keys() == {"k1"}
