from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.businesses.models import Business, Membership, User
from backend.connecting.connect import begin
from backend.conversations.models import Conversation, Message
from backend.sending.reply import Draft, queue_reply
from tests.journeys.conftest import Phone


@pytest.mark.parametrize("platform", ["INSTAGRAM", "MESSENGER", "WHATSAPP"])
def test_core(phone: Phone, work: Callable[[], None], platform: str) -> None:
    business = Business.objects.create(id="demo-shop", name="Demo")
    user = User.objects.create_user("o@demo.test", "x")
    member = Membership.objects.create(business=business, user=user, role="OWNER")
    begun = begin(member, platform)
    assert begun.integration.status == "CONNECTED"
    phone.write(platform, "Hello ä / there")
    work()
    conversation = Conversation.objects.get()
    assert Message.objects.get().text == "Hello ä / there"
    [message] = queue_reply(conversation, Draft(type="TEXT", text="Yes"), by=member)
    work()
    message.refresh_from_db()
    print(message.delivery_status, message.error_message, message.external_id)
    assert [item["text"] for item in phone.outbox(platform)] == ["Yes"]
    assert Message.objects.count() == 2
    print(list(Message.objects.values_list("delivery_status", "text", "direction")))
