from __future__ import annotations

from typing import ClassVar

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.port import ContactCard, MessageType, OutboundMessage
from tests.platforms.cases import load
from tests.platforms.cast import PROFILE, Meta
from tests.platforms.contract import PlatformContract
from tests.platforms.nesting import nest_messaging


class TestInstagram(PlatformContract):
    platform = "INSTAGRAM"
    hello = load("instagram/hello.json")["payload"]
    send_path = "/100000000000001/messages"  # Through the Page.
    accepted: ClassVar[JSONObject] = {"recipient_id": "900000000000021", "message_id": "m-1"}
    contact = ContactCard(external_id="900000000000021")

    def nest(self, entries: list[list[list[str]]]) -> JSONObject:
        return nest_messaging("instagram", "17841400000000000", entries)

    def holding(self, item: JSON) -> JSONObject:
        return {"object": "instagram", "entry": [{"id": "17841400000000000", "messaging": [item]}]}

    def test_a_text_holds_only_what_instagram_knows(self) -> None:
        meta = Meta({f"POST {self.send_path}": self.accepted})
        message = OutboundMessage(
            to=self.contact,
            type=MessageType.TEXT,
            text="Yes",
            correlation_id="c",
            reply_to_external_id="aWd1",
        )
        meta.adapter(self.platform).send(PROFILE, message)
        assert meta.body() == {
            "recipient": {"id": "900000000000021"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Yes"},
        }
