from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings as django_settings

from backend.conversations.models import Conversation, Message
from backend.integrations.models import ChannelIntegration
from backend.lib import clock
from backend.sending import deliver
from backend.sending.parts import Draft
from backend.sending.reply import queue_reply
from tests.conftest import Cast
from tests.conversations.said import OWN_APP, received, tell
from tests.integrations.accounts import connected

Answer = httpx2.Response | Exception


@dataclass
class Platform:
    """Meta, as far as it takes messages: it answers as it is told, else it accepts."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if not self.answers:
            return self.accept(f"wire-{len(self.asked)}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @staticmethod
    def accept(message_id: str) -> httpx2.Response:
        return httpx2.Response(200, json={"message_id": message_id, "messages": [{"id": message_id}]})

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.asked]

    def texts(self) -> list[str]:
        """What it was asked to deliver, in that order."""
        said = [body.get("message") or body["text"] for body in self.bodies()]
        return [each.get("text") or each["body"] for each in said]


@pytest.fixture
def platform(settings: Any) -> Platform:
    meta = Platform()
    settings.META_APP_ID = OWN_APP
    settings.META_TRANSPORT = httpx2.MockTransport(meta)
    return meta


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


def started(integration: ChannelIntegration) -> Conversation:
    """A conversation in which the contact has just written."""
    tell(integration, received("opening", occurred_at=clock.now()))
    return Conversation.objects.select_related("integration").get(integration=integration)


@pytest.fixture
def conversation(page: ChannelIntegration) -> Conversation:
    return started(page)


Reply = Callable[..., list[Message]]


@pytest.fixture
def reply(cast: Cast, conversation: Conversation) -> Reply:
    """The agent answers in the conversation."""

    def say(text: str = "Welcome", **more: Any) -> list[Message]:
        key = more.pop("key", None)
        where = more.pop("where", conversation)
        draft = Draft(**({"type": "TEXT", "text": text} | more))
        return queue_reply(where, draft, by=cast.agent, idempotency_key=key)

    return say


@pytest.fixture
def sent_off(platform: Platform) -> Callable[[], None]:
    """Send everything that is due now."""

    def drain_all() -> None:
        while deliver.drain(map):
            pass

    return drain_all


Later = Callable[[timedelta], None]


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Later]:
    """Move the clock on, counted from the start of the test."""
    offset_file = tmp_path / "clock"

    def move(by: timedelta) -> None:
        offset_file.write_text(str(int(by.total_seconds())))
        clock.use_offset_file(offset_file)

    yield move
    clock.use_offset_file(django_settings.DATA_DIR / "clock")


def again(message: Message) -> Message:
    """The row as it is now."""
    return Message.objects.select_related("conversation__integration").get(pk=message.pk)
