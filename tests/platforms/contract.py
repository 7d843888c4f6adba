"""What every platform must pass; a new one subclasses this in a few lines."""

from __future__ import annotations

import httpx2

from backend.platforms.port import (
    SendType,
    TextUnit,
)
from backend.platforms.registry import INFOS
from tests.platforms.cast import APPS, Meta
from tests.platforms.receiving import ReceivingContract
from tests.platforms.sending import SendingContract


class PlatformContract(ReceivingContract, SendingContract):
    """The promises of an adapter."""

    def test_the_dialog_is_asked_for_every_scope(self) -> None:
        adapter = self.adapter(Meta({}))
        url = adapter.authorize_url(state="s1", redirect_uri="https://shop.test/back?a=1")
        query = httpx2.URL(url).params
        assert query["scope"].split(",") == list(INFOS[self.platform, self.login].scopes)
        assert query["client_id"] == APPS[self.login].app_id
        assert query["state"] == "s1"
        assert query["redirect_uri"] == "https://shop.test/back?a=1"
        assert "auth_type" not in query

    def test_what_is_required_is_asked_for(self) -> None:
        info = INFOS[self.platform, self.login]
        assert set(info.required_permissions) <= set(info.scopes)
        assert info.capabilities.text_unit in TextUnit
        assert SendType.TEXT in info.capabilities.message_types
