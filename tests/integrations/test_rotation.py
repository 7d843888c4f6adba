"""Every sealed value comes to the newest key, beside whatever else is written, and as often as it is wanted."""

from __future__ import annotations

import ast
from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.businesses.trail import AuditEntry
from backend.config import rotation
from backend.config.rotation import rotate
from backend.connecting.grants import keep_grant, kept_grant
from backend.connecting.models import ConnectionAttempt
from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, VaultCanary
from backend.lib.clock import now
from backend.lib.crypto import key_name, new_key
from backend.lib.secret import Secret
from backend.platforms.port import Grant
from tests.conftest import Cast
from tests.house.source import python_files, shown, tree_of
from tests.integrations.accounts import ACCESS_TOKEN, connected

OLD, NEW = f"old:{new_key()}", f"new:{new_key()}"


@pytest.fixture
def sealed(cast: Cast, settings: Any) -> list[ChannelIntegration]:
    """Three integrations and a pending grant, sealed with the old key."""
    settings.ENCRYPTION_KEYS = OLD
    vault.plant_canaries()
    integrations = [connected(cast.business, name) for name in ("INSTAGRAM", "MESSENGER", "WHATSAPP")]
    attempt = ConnectionAttempt(
        integration=integrations[0],
        business=cast.business,
        member=cast.owner,
        flow="oauth",
        expires_at=now() + timedelta(hours=1),
    )
    keep_grant(attempt, Grant(token=Secret("EAAgrant"), expires_at=None, permissions=("a",)))
    attempt.save()
    return integrations


def key_names() -> set[str]:
    """The keys that seal anything now."""
    texts = [text for row in ChannelIntegration.objects.values_list(*SEALED_FIELDS) for text in row if text]
    texts += [grant for grant in ConnectionAttempt.objects.values_list("grant", flat=True) if grant]
    return {key_name(text) for text in texts}


def run() -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("rotate_keys", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_everything_comes_to_the_newest_key(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    before = {str(row["id"]): row["updated_at"] for row in ChannelIntegration.objects.values()}
    told, _ = run()
    assert "9 sealed anew, 0 were sealed with 'new' already." in told
    assert "The key 'old' seals nothing any more and may be removed." in told
    assert key_names() == {"new"}
    settings.ENCRYPTION_KEYS = NEW
    for row in ChannelIntegration.objects.all():
        token = vault.take(row, "access_token")
        assert token is not None
        assert token.reveal() == ACCESS_TOKEN
    assert kept_grant(ConnectionAttempt.objects.get()).token.reveal() == "EAAgrant"
    assert vault.unreadable_keys() == set(), "the old key is missed by nobody"
    assert {str(row["id"]): row["updated_at"] for row in ChannelIntegration.objects.values()} == before


def test_a_second_run_does_nothing(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    run()
    entry = AuditEntry.objects.get(action="encryption_key.rotated")
    assert (entry.business_id, entry.target_id) == (sealed[0].business_id, "new")
    before = list(ChannelIntegration.objects.values())
    assert "0 sealed anew, 9 were sealed with 'new' already." in run()[0]
    assert list(ChannelIntegration.objects.values()) == before
    assert AuditEntry.objects.count() == 1


def test_a_name_that_another_key_had_is_refused(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    vault.plant_canaries()
    settings.ENCRYPTION_KEYS = f"new:{new_key()},{OLD}"
    with pytest.raises(CommandError, match="another name"):
        run()
    assert key_names() == {"old"}


class Terminal(StringIO):
    """Where somebody watches."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("screen", [Terminal(), StringIO()], ids=["watched", "into a file"])
def test_a_bar_shows_how_far_it_is(sealed: list[ChannelIntegration], settings: Any, screen: StringIO) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    with redirect_stderr(screen):
        run()
    drawn = screen.getvalue()
    assert ("9 of 9" in drawn) == screen.isatty()
    assert bool(drawn) == screen.isatty()


def test_the_canary_is_planted(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    run()
    assert set(VaultCanary.objects.values_list("pk", flat=True)) == {"new"}
    settings.ENCRYPTION_KEYS = f"new:{new_key()}"
    assert vault.unreadable_keys() == {"new"}


def test_a_run_that_was_stopped_is_taken_up(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"

    def stop(_so_far: rotation.Rotation) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(stop)
    assert key_names() == {"new", "old"}
    assert VaultCanary.objects.filter(pk="old").exists(), "the old key is still needed"
    assert rotate().already == 3
    assert key_names() == {"new"}


def test_what_others_write_meanwhile_is_kept(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    place = rotation.SEALED_COLUMNS[0]
    row = sealed[0]
    stale = str(row.access_token)
    vault.put(row, "access_token", Secret("EAArenewed"))
    row.save()
    outcome = rotation.Rotation()
    rotation.rotate_one(outcome, place, row.pk, stale)
    row.refresh_from_db()
    token = vault.take(row, "access_token")
    assert token is not None
    assert token.reveal() == "EAArenewed"
    assert (outcome.resealed, outcome.already, outcome.moving) == (0, 1, [])


def test_what_was_written_with_the_old_key_meanwhile_is_sealed_anew(
    sealed: list[ChannelIntegration], settings: Any
) -> None:
    place, row = rotation.SEALED_COLUMNS[0], sealed[0]
    stale = str(row.access_token)
    vault.put(row, "access_token", Secret("EAArenewed"))
    row.save()
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    outcome = rotation.Rotation()
    rotation.rotate_one(outcome, place, row.pk, stale)
    row.refresh_from_db()
    token = vault.take(row, "access_token")
    assert token is not None
    assert (token.reveal(), key_name(str(row.access_token))) == ("EAArenewed", "new")


def test_what_was_taken_away_meanwhile_stays_away(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    place, row = rotation.SEALED_COLUMNS[0], sealed[0]
    stale = str(row.access_token)
    ChannelIntegration.objects.filter(pk=row.pk).update(access_token=None)
    rotation.rotate_one(rotation.Rotation(), place, row.pk, stale)
    row.refresh_from_db()
    assert row.access_token is None


def test_what_does_not_open_is_named_and_left(sealed: list[ChannelIntegration], settings: Any) -> None:
    first, second, third = sealed
    moved = str(second.access_token)
    ChannelIntegration.objects.filter(pk=first.pk).update(access_token=moved)
    ChannelIntegration.objects.filter(pk=third.pk).update(access_token="clear text")
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="2 sealed values do not open"):
        call_command("rotate_keys", stdout=out, stderr=err)
    assert f"channel_integrations {first.pk} access_token (key 'old')" in err.getvalue()
    assert f"channel_integrations {third.pk} access_token (not sealed text)" in err.getvalue()
    assert "clear text" not in err.getvalue() + out.getvalue()
    assert "The key 'old' still seals 1 values." in out.getvalue()
    assert "7 sealed anew" in out.getvalue()
    first.refresh_from_db()
    assert first.access_token == moved


def test_a_lost_key_is_said_until_nothing_needs_it(sealed: list[ChannelIntegration], settings: Any) -> None:
    settings.ENCRYPTION_KEYS = NEW
    with pytest.raises(CommandError, match="9 sealed values"):
        run()
    assert vault.unreadable_keys() == {"old"}
    ChannelIntegration.objects.update(**dict.fromkeys(SEALED_FIELDS))
    ConnectionAttempt.objects.update(grant="")
    run()
    assert vault.unreadable_keys() == set()


def test_batches_pass_over_no_row(cast: Cast, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    integration = connected(cast.business, "MESSENGER")
    attempts = [
        ConnectionAttempt(
            integration=integration,
            business=cast.business,
            member=cast.owner,
            flow="oauth",
            expires_at=now(),
            grant=vault.seal(Secret("x"), table="connecting_connectionattempt", row="x", column="grant"),
        )
        for _ in range(2 * rotation.BATCH + 1)
    ]
    ConnectionAttempt.objects.bulk_create(attempts)
    settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
    told: list[int] = []
    outcome = rotate(lambda so_far: told.append(so_far.seen))
    assert len(outcome.closed) == len(attempts), "they are bound to another row"
    assert told == [1, 2, 3, 203, 403, 404]


def test_every_place_that_seals_is_rotated() -> None:
    """Whoever calls the vault's `seal` is known here, and its column stands in SEALED_COLUMNS."""
    calls = {
        shown(path)
        for path in python_files("backend")
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("vault.seal", "seal")
    }
    assert calls - {"backend/config/inspection.py"} == {  # The inspection keeps nothing.
        "backend/integrations/vault.py",
        "backend/connecting/farewells.py",
        "backend/connecting/grants.py",
        "backend/connecting/pins.py",
    }, "name the new column in backend/config/rotation.py, and its module here"
