from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import transaction

from backend.conversations.models import AuthorKind, Conversation, Message
from backend.conversations.record import Author, Part, record_queued
from backend.integrations.models import ChannelIntegration
from tests.conftest import Cast
from tests.conversations.said import received, tell
from tests.integrations.accounts import connected

Forgotten = Callable[[], AbstractContextManager[None]]
Queue = Callable[..., Message]


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    """Where most of these tests happen: a connected Page."""
    return connected(cast.business, "MESSENGER")


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    """A connected number of WhatsApp."""
    return connected(cast.business, "WHATSAPP")


@pytest.fixture
def conversation(page: ChannelIntegration) -> Conversation:
    """Ann has written once, at eight."""
    tell(page, received("opening"))
    return Conversation.objects.get()


@pytest.fixture
def queue(conversation: Conversation) -> Queue:
    """A reply of a member in that conversation; claimed, as far as `claimed_at` is given."""

    def put(text: str = "Welcome", **columns: object) -> Message:
        author = Author(kind=AuthorKind.MEMBER, id="m", name="Mia")
        (message,) = record_queued(conversation, [Part("TEXT", text)], author=author)
        if columns:
            Message.objects.filter(pk=message.pk).update(**columns)
            message.refresh_from_db()
        return message

    return put


@contextmanager
def _forgotten() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def forgotten() -> Forgotten:
    """What happens inside leaves nothing behind, so that each example starts alike."""
    return _forgotten
