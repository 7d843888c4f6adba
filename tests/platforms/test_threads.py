from __future__ import annotations

from typing import Any

from backend.platforms.port import (
    ContactCard,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
)
from backend.platforms.whatsapp.threads import read_thread

ANN = ContactCard(external_id="16505550101", name="Ann", phone="16505550101")
SHOP = "15550783881"


def item(sender: str, word: str, **content: Any) -> dict[str, Any]:
    return {"from": sender, "id": f"wamid.{word}", "timestamp": "1749416383", "type": word, word: content}


def test_what_was_done_to_the_messages_of_a_thread_is_read_as_well() -> None:
    changed = {"type": "text", "text": {"body": "Hi!"}}
    thread = [
        item(ANN.phone, "text", body="Hi"),
        item(SHOP, "text", body="Hello"),
        item(SHOP, "reaction", message_id="wamid.1", emoji="\u2764"),
        item(ANN.phone, "edit", original_message_id="wamid.1", message=changed),
        item(ANN.phone, "revoke", original_message_id="wamid.2"),
    ]
    notices = read_thread("7", ANN, thread)
    kinds = [MessageReceived, MessageEchoed, ReactionChanged, MessageEdited, MessageDeleted]
    assert [type(notice) for notice in notices] == kinds
    assert {getattr(notice, "contact", None) for notice in notices} == {ANN}
    assert [notice.by_business for notice in notices if isinstance(notice, ReactionChanged)] == [True]


def test_a_shop_whose_number_ends_like_the_contacts_said_its_own_words() -> None:
    contact = ContactCard(external_id="5521987654321", phone="5521987654321")
    said = [item("5511987654321", "text", body="Olá"), item("552187654321", "text", body="Oi")]
    assert [type(notice) for notice in read_thread("7", contact, said)] == [MessageEchoed, MessageReceived]
