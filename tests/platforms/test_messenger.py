from __future__ import annotations

from typing import ClassVar

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.port import ContactCard, MessageType, OutboundMessage, Signal, SignalKind
from tests.platforms.cases import load
from tests.platforms.cast import PAGE, Meta
from tests.platforms.contract import PlatformContract
from tests.platforms.nesting import nest_messaging


class TestMessenger(PlatformContract):
    platform = "MESSENGER"
    hello = load("messenger/hello.json")["payload"]
    send_path = "/100000000000001/messages"
    accepted: ClassVar[JSONObject] = {"recipient_id": "2000000000000011", "message_id": "m-1"}
    contact = ContactCard(external_id="2000000000000011")

    def nest(self, entries: list[list[list[str]]]) -> JSONObject:
        return nest_messaging("page", "100000000000001", entries)

    def holding(self, item: JSON) -> JSONObject:
        return {"object": "page", "entry": [{"id": "100000000000001", "messaging": [item]}]}

    def test_our_correlation_id_rides_along_and_a_reply_names_its_message(self) -> None:
        meta = Meta({f"POST {self.send_path}": self.accepted})
        message = OutboundMessage(
            to=self.contact,
            type=MessageType.TEXT,
            text="Yes",
            correlation_id="corr-1",
            reply_to_external_id="m_AAA1",
        )
        meta.adapter(self.platform).send(PAGE, message)
        assert meta.body() == {
            "recipient": {"id": "2000000000000011"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Yes", "metadata": "corr-1"},
            "reply_to": {"mid": "m_AAA1"},
        }

    def test_a_made_up_id_is_never_sent(self) -> None:
        meta = Meta({f"POST {self.send_path}": self.accepted})
        message = OutboundMessage(
            to=self.contact,
            type=MessageType.TEXT,
            text="Yes",
            correlation_id="c",
            reply_to_external_id="h_12",
        )
        meta.adapter(self.platform).send(PAGE, message)
        assert "reply_to" not in meta.body()

    def test_signals_are_sender_actions_and_nothing_else(self) -> None:
        meta = Meta({f"POST {self.send_path}": {"recipient_id": "2000000000000011"}})
        for kind in (SignalKind.READ, SignalKind.TYPING_ON, SignalKind.TYPING_OFF):
            meta.adapter(self.platform).signal(PAGE, Signal(kind=kind, to=self.contact))
        actions = [meta.body(index) for index in range(len(meta.requests))]
        assert [action["sender_action"] for action in actions] == ["mark_seen", "typing_on", "typing_off"]
        assert all(action.keys() == {"recipient", "sender_action"} for action in actions)
