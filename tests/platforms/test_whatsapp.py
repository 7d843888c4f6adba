from __future__ import annotations

from typing import ClassVar

import pytest

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.port import (
    AccessRevoked,
    AccountChanged,
    ContactCard,
    MessageType,
    OutboundMessage,
    Signal,
    SignalKind,
)
from tests.platforms.cases import load
from tests.platforms.cast import APP, NUMBER, Meta
from tests.platforms.contract import PlatformContract
from tests.platforms.nesting import nest_changes

SCOPED_ONLY = ContactCard(external_id="US.1349", user_id="US.1349")


class TestWhatsApp(PlatformContract):
    platform = "WHATSAPP"
    hello = load("whatsapp/hello.json")["payload"]
    send_path = "/106540352242922/messages"
    accepted: ClassVar[JSONObject] = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+16505551234", "wa_id": "16505551234"}],
        "messages": [{"id": "m-1"}],
    }
    contact = ContactCard(external_id="16505551234", phone="16505551234")

    def nest(self, entries: list[list[list[str]]]) -> JSONObject:
        return nest_changes("102290129340398", "106540352242922", entries)

    def holding(self, item: JSON) -> JSONObject:
        change = {"field": "messages", "value": {"messages": [item]}}
        return {
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [change]}],
        }

    def test_the_number_has_its_plus_and_our_correlation_id_rides_along(self) -> None:
        meta = Meta({f"POST {self.send_path}": self.accepted})
        message = OutboundMessage(
            to=self.contact,
            type=MessageType.TEXT,
            text="See https://shop.test",
            correlation_id="corr-1",
            reply_to_external_id="wamid.1",
        )
        meta.adapter(self.platform).send(NUMBER, message)
        assert meta.body() == {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+16505551234",
            "type": "text",
            "text": {"body": "See https://shop.test", "preview_url": True},
            "context": {"message_id": "wamid.1"},
            "biz_opaque_callback_data": "corr-1",
        }

    def test_a_person_without_a_number_is_reached_by_user_id(self) -> None:
        meta = Meta({f"POST {self.send_path}": self.accepted})
        message = OutboundMessage(to=SCOPED_ONLY, type=MessageType.TEXT, text="Hi", correlation_id="c")
        meta.adapter(self.platform).send(NUMBER, message)
        assert meta.body()["recipient"] == "US.1349"
        assert "to" not in meta.body()

    def test_typing_and_reading_name_the_contacts_message(self) -> None:
        meta = Meta({f"POST {self.send_path}": {"success": True}})
        for kind in (SignalKind.READ, SignalKind.TYPING_ON, SignalKind.TYPING_OFF):
            signal = Signal(kind=kind, to=self.contact, last_external_id="wamid.9")
            meta.adapter(self.platform).signal(NUMBER, signal)
        read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.9"}
        sent = [meta.body(index) for index in range(len(meta.requests))]
        assert sent == [read, read | {"typing_indicator": {"type": "text"}}]

    @pytest.mark.parametrize("last", ["", "h_0123"])
    def test_without_a_message_there_is_nothing_to_signal(self, last: str) -> None:
        meta = Meta({})
        signal = Signal(kind=SignalKind.READ, to=self.contact, last_external_id=last)
        meta.adapter(self.platform).signal(NUMBER, signal)
        assert meta.requests == []

    @pytest.mark.parametrize(("partner", "expected"), [(APP.app_id, AccessRevoked), ("1", AccountChanged)])
    def test_only_the_removal_of_our_own_app_concerns_us(self, partner: str, expected: type) -> None:
        info = {"waba_id": "102290129340398", "partner_app_id": partner}
        value = {"event": "PARTNER_APP_UNINSTALLED", "waba_info": info}
        entry = {"id": "2949482758682047", "changes": [{"field": "account_update", "value": value}]}
        (notice,) = self.parse({"object": "whatsapp_business_account", "entry": [entry]})
        assert isinstance(notice, expected)
        assert notice.business_account_id == "102290129340398"  # type: ignore[attr-defined]
