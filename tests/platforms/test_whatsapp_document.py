"""Every request to WhatsApp against Meta's own OpenAPI document."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.lib.json_types import JSONObject
from backend.platforms.port import MEDIA_TYPES, ContactCard, MessageType, OutboundMessage
from backend.platforms.registry import PLATFORMS
from backend.platforms.whatsapp.compose import COMPOSERS, compose
from tests.platforms.cast import NUMBER
from tests.platforms.meta_document import check, needed
from tests.platforms.neutral import MEDIA, TEMPLATES, is_offered, outbound, shown, tappable, words

pytestmark = needed

WHATSAPP = PLATFORMS["WHATSAPP"].capabilities

BY_NUMBER = ContactCard(external_id="16505551234", phone="16505551234")
BY_USER_ID = ContactCard(external_id="US.1349", user_id="US.1349")
OFFERED = [one for one in shown() if is_offered("WHATSAPP", one[2], one[1])]


def checked(message: OutboundMessage) -> JSONObject:
    body = compose(NUMBER, message).body
    check(body)
    return body


@pytest.mark.parametrize("to", [BY_NUMBER, BY_USER_ID], ids=["number", "user id"])
@pytest.mark.parametrize(("name", "type", "payload"), OFFERED, ids=[one[0] for one in OFFERED])
def test_what_the_schema_shows(name: str, type: str, payload: JSONObject, to: ContactCard) -> None:
    checked(outbound(type, payload, to, reply_to_external_id="wamid.1"))


@pytest.mark.parametrize("kind", MEDIA_TYPES)
@pytest.mark.parametrize("text", ["", "Here it is."])
def test_files(kind: MessageType, text: str) -> None:
    ((media_id, held),) = MEDIA.items()
    voice = replace(held, voice=kind is MessageType.AUDIO)
    takes_text = WHATSAPP.media[kind].caption > 0
    message = outbound(kind, {"media": {"id": media_id}}, BY_NUMBER, text if takes_text else "")
    checked(replace(message, media={media_id: voice}))


def test_every_type_that_is_composed_was_checked() -> None:
    checked_types = {MessageType(each) for _, each, _ in OFFERED}
    assert set(COMPOSERS) == checked_types | {MessageType.TEXT, *MEDIA_TYPES}


@settings(max_examples=60, deadline=None)
@given(tappable("WHATSAPP"))
def test_whatever_can_be_tapped(content: JSONObject) -> None:
    checked(outbound("INTERACTIVE", {"interactive": content}, BY_NUMBER))


@settings(max_examples=60, deadline=None)
@given(TEMPLATES)
def test_whatever_a_template_is_filled_with(content: JSONObject) -> None:
    checked(outbound("TEMPLATE", {"template": content}, BY_NUMBER))


@settings(max_examples=40, deadline=None)
@given(words(4096), st.sampled_from([BY_NUMBER, BY_USER_ID]))
def test_whatever_is_written(text: str, to: ContactCard) -> None:
    checked(outbound("TEXT", {}, to, text))


def test_the_document_still_refuses() -> None:
    """What is taken for its defects must not make it blind."""
    body = compose(NUMBER, outbound("TEXT", {}, BY_NUMBER)).body
    for broken in (body | {"colour": "red"}, {k: v for k, v in body.items() if k != "text"}):
        with pytest.raises(jsonschema.ValidationError):
            check(broken)
    button = {"type": "BUTTONS", "text": "Hi", "buttons": [{"id": "a", "title": "x" * 21}]}
    with pytest.raises(jsonschema.ValidationError):
        checked(outbound("INTERACTIVE", {"interactive": button}, BY_NUMBER))
