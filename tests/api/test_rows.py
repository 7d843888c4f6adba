"""Lists are made of bare rows; they say what the shapes of the schema say, byte for byte."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from rest_framework.renderers import JSONRenderer

from backend.api import conversation_rows, message_rows
from backend.api.conversation_shapes import ConversationOut
from backend.api.message_shapes import MessageOut
from backend.api.prepared import Prepared
from backend.api.rendering import QuickJSONRenderer
from backend.api.replies import message_context
from backend.conversations.models import Attachment, Conversation, Message
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast

FAILED: dict[str, Any] = {
    "direction": "OUTBOUND",
    "delivery_status": "FAILED",
    "error_code": "window_closed",
    "error_message": "Too late.",
    "author_kind": "MEMBER",
}
A_TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID_AT = "2026-03-02T08:03:00Z"
DELETED: dict[str, Any] = {"deleted_at": NOON, "text": ""}
UNKNOWN: dict[str, Any] = {
    **FAILED,
    "error_code": "outcome_unknown",
    "error_resolution": "Look.",
    "error_platform_code": 131000,
}
STORED: dict[str, Any] = {"state": "STORED", "mime_type": "image/png", "size": 7, "name": "ä.png"}
UNHAD: dict[str, Any] = {"state": "FAILED", "error_code": "media_too_large", "error_message": "Too large."}
STRANGE = 'quotes " and \\ , <b>, é, 🙂, line\u2028end, para\u2029graph, tab\t, \x7f'


def conversations_of_every_kind(cast: Cast) -> None:
    whatsapp, messenger = rows.connected(cast.business, "WHATSAPP"), rows.connected(cast.business)
    instagram = rows.connected(cast.business, "INSTAGRAM", account_id="former")
    rows.conversation(messenger, STRANGE, username="carla", phone="+1650", unread_count=3)
    rows.conversation(whatsapp, "", at=now() - timedelta(days=2), status="CLOSED", handler="AI")
    rows.conversation(instagram, "Of a former account")
    ChannelIntegration.objects.filter(pk=instagram.pk).update(
        account_id="present", platform_account_id="present"
    )
    rows.conversation(whatsapp, "Refused by the platform", refused_at=now())
    ChannelIntegration.objects.filter(pk=messenger.pk).update(settings={"humanAgent": True})
    rows.conversation(messenger, "A person may answer", at=now() - timedelta(days=2))
    never = rows.conversation(whatsapp, "Never wrote", at=now().replace(microsecond=0))
    Conversation.objects.filter(pk=never.pk).update(last_message=None, last_inbound_at=None)
    for number, owner in enumerate(("", settings.META_APP_ID, "17")):
        told = {"marketing": {"is": bool(number), "at": SAID_AT}, "owner": {"is": owner, "at": SAID_AT}}
        told_row = rows.conversation(messenger, f"Told {number}")
        Conversation.objects.filter(pk=told_row.pk).update(standing=told)
    for number, columns in enumerate((FAILED, UNKNOWN, DELETED)):
        row = rows.conversation(messenger, f"Last said {number}")
        last = rows.message(row, **{"text": STRANGE, **columns})
        Conversation.objects.filter(pk=row.pk).update(last_message=last)


def messages_of_every_kind(row: Conversation) -> None:
    first = rows.message(row, STRANGE, author_name="", author_id="")
    rows.message(row, "Reply", reply_to_external_id=first.external_id)
    rows.message(row, "Reply to what we do not hold", reply_to_external_id="m_elsewhere")
    rows.message(row, "", external_id=None, **FAILED)
    rows.message(row, "", **UNKNOWN)
    rows.message(
        row,
        "Much happened",
        sent_at=now().replace(microsecond=0),
        edited_at=now(),
        deleted_at=now(),
        edits=[{"text": "Before", "at": "2026-03-01T10:00:00Z", "by": "hidden"}],
        reactions=[{"emoji": "👍", "by": "1", "at": "hidden"}],
        referral={"source": "ad", "number": 1.5, "deep": [{"er": None}]},
        payload={"postback": {"title": STRANGE}, "large": 2**70},
    )
    rows.message(row, "No object", payload=["a list"], referral=7)
    pictured = rows.message(row, "", type="IMAGE")
    for position, columns in enumerate((STORED, UNHAD, {"state": "PENDING"})):
        Attachment.objects.create(
            business_id=row.business_id, message=pictured, position=position, type="IMAGE", **columns
        )


def without_signatures(body: bytes) -> bytes:
    """Links to files hold the second in which they were made."""
    return re.sub(rb"expires=\d+&signature=[\w-]{43}", b"", body)


def as_the_framework_says(data: Any) -> bytes:
    return bytes(JSONRenderer().render(data))


def test_the_list_of_conversations_says_what_its_shape_says(cast: Cast, owner: AgreeingClient) -> None:
    conversations_of_every_kind(cast)
    by_shape = Conversation.objects.select_related("contact", "integration", "last_message")
    shapes = ConversationOut(by_shape.order_by("-last_message_at", "-id"), many=True).data
    assert len(shapes) == 12
    body = {"success": True, "conversations": shapes, "nextCursor": None}
    assert owner.get("/api/conversations").content == as_the_framework_says(body)


def test_the_list_of_messages_says_what_its_shape_says(cast: Cast, owner: AgreeingClient) -> None:
    row = rows.conversation(rows.connected(cast.business))
    messages_of_every_kind(row)
    found = list(Message.objects.order_by("-sent_at", "-id"))
    shapes = MessageOut(found, many=True, context=message_context(found)).data
    assert len(shapes) == 9
    assert [len(shape["attachments"]) for shape in shapes if shape["type"] == "IMAGE"] == [3]
    assert len({shape["replyToId"] for shape in shapes}) == 2
    body = {"success": True, "messages": shapes, "nextCursor": None}
    said = owner.get(f"/api/conversations/{row.pk}/messages").content
    assert without_signatures(said) == without_signatures(as_the_framework_says(body))


@pytest.mark.parametrize(
    "data",
    [None, {}, [], "text", STRANGE, 2**63, -(2**70), 1.5, {"at": A_TIME, "id": "x"}, {1: "a"}],
    ids=repr,
)
def test_every_answer_is_written_as_the_framework_would(data: Any) -> None:
    assert QuickJSONRenderer().render(data) == as_the_framework_says(data)


def test_what_is_no_number_is_refused_by_nobody() -> None:
    assert QuickJSONRenderer().render({"n": float("nan")}) == b'{"n":null}'


@pytest.mark.django_db
def test_a_statement_is_written_once(cast: Cast) -> None:
    ours, theirs = rows.connected(cast.business), rows.connected(cast.rival)
    mine = rows.conversation(ours)
    rows.conversation(theirs)
    statement = Prepared(
        Conversation.objects.of(conversation_rows.SLOTS["business"].mark).values_list("id", "created_at"),
        {"business": conversation_rows.SLOTS["business"]},
    )
    for business, expected in ((cast.business.pk, [mine.pk]), ("nobody", [])):
        assert [row[0] for row in statement.run(business=business)] == expected
    assert all(name for name, _ in statement.parameters), "nothing of the marks is left in it"


def test_no_mark_is_ever_meant(cast: Cast, owner: AgreeingClient) -> None:
    """Every value that a list is asked with reaches the database, on the first page and behind it."""
    row = rows.conversation(rows.connected(cast.business))
    rows.message(row, "More")
    rows.conversation(rows.connected(cast.business, "WHATSAPP"))
    marks = {
        str(slot.adapted(slot.mark))
        for slots in (conversation_rows.SLOTS, message_rows.SLOTS)
        for slot in slots.values()
    }
    for path in ("/api/conversations", f"/api/conversations/{row.pk}/messages"):
        cursor = owner.get(f"{path}?limit=1").json()["nextCursor"]
        with connection.execute_wrapper(_refuse(marks)):
            assert owner.get(f"{path}?limit=1&cursor={cursor}").status_code == 200


def _refuse(marks: set[str]) -> Any:
    def look(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        assert not marks & {str(parameter) for parameter in parameters or ()}
        return execute(sql, parameters, many, context)

    return look
