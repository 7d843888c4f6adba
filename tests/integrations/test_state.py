"""What goes wrong on an integration is kept on its row, and told."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from backend.feed.models import FeedEntry
from backend.integrations.adapters import account_of, adapter_for, grant_of
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.integrations.state import note_error, note_working
from backend.lib.secret import Secret
from backend.platforms.port import Login
from backend.platforms.registry import INFOS
from tests.conftest import Cast
from tests.integrations.accounts import ACCESS_TOKEN, PAGE_TOKEN, connected


@pytest.mark.parametrize("fatal", [True, False])
def test_an_error_is_kept_and_told(cast: Cast, fatal: bool) -> None:
    page = connected(cast.business, "MESSENGER")
    note_error(page, code="reconnect_required", message="Dead\x00.", resolution="Reconnect.", fatal=fatal)
    kept = ChannelIntegration.objects.get()
    assert kept.status == (IntegrationStatus.ERROR if fatal else IntegrationStatus.CONNECTED)
    assert (kept.last_error, kept.last_error_code) == ("Dead\ufffd.", "reconnect_required")
    assert (kept.last_error_resolution, kept.last_error_at is None) == ("Reconnect.", False)
    entry = FeedEntry.objects.get()
    assert (entry.business_id, entry.type) == (cast.business.pk, "integration.updated")
    assert entry.data["status"] == kept.status


@pytest.mark.parametrize("status", [IntegrationStatus.DISCONNECTED, IntegrationStatus.PENDING])
def test_only_a_connection_can_break(cast: Cast, status: str) -> None:
    page = connected(cast.business, "MESSENGER", status=status)
    note_error(page, code="x", message="x", resolution=None, fatal=True)
    assert ChannelIntegration.objects.get().status == status


def test_the_account_as_adapters_need_it(cast: Cast) -> None:
    page = account_of(connected(cast.business, "MESSENGER", "111"))
    assert (page.account_id, page.page_id, page.token) == ("111", "111", Secret(PAGE_TOKEN))
    number = connected(cast.business, "WHATSAPP", "555", wide_id="102")
    account = account_of(number)
    assert (account.account_id, account.business_account_id) == ("555", "102")
    assert (account.token, account.page_token) == (Secret(ACCESS_TOKEN), None)
    assert grant_of(number).token == Secret(ACCESS_TOKEN)


def test_one_account_is_in_one_live_integration(cast: Cast) -> None:
    held = connected(cast.business, "MESSENGER", "111")
    connected(cast.rival, "MESSENGER", "111", status=IntegrationStatus.DISCONNECTED)
    assert list(ChannelIntegration.objects.live().filter(account_id="111")) == [held]
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelIntegration.objects.filter(business=cast.rival).update(status=IntegrationStatus.CONNECTED)


@pytest.mark.parametrize(("platform", "login"), list(INFOS))
def test_every_integration_has_the_adapter_of_its_login(platform: str, login: Login) -> None:
    info = adapter_for(ChannelIntegration(platform=platform, login=login.value)).info
    assert (info.platform, info.login) == (platform, login)


def test_an_error_overrules_nobody_who_was_quicker(cast: Cast) -> None:
    seen = connected(cast.business, "MESSENGER", "111")
    ChannelIntegration.objects.filter(pk=seen.pk).update(status="DISCONNECTED", access_token=None)
    note_error(seen, code="reconnect_required", message="Dead.", resolution=None, fatal=True)
    note_working(seen)
    row = ChannelIntegration.objects.get(pk=seen.pk)
    assert (row.status, row.access_token) == (IntegrationStatus.DISCONNECTED, None)


def test_a_dead_token_of_yesterday_says_nothing_of_todays(cast: Cast) -> None:
    seen = connected(cast.business, "MESSENGER", "111")
    ChannelIntegration.objects.filter(pk=seen.pk).update(access_token="sealed anew")
    note_error(seen, code="reconnect_required", message="Dead.", resolution=None, fatal=True)
    assert ChannelIntegration.objects.get(pk=seen.pk).status == IntegrationStatus.CONNECTED
