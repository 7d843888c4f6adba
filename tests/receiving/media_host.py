"""Meta with its media host, and a contact who sends a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from django.conf import settings as django_settings

from backend.conversations.models import Attachment
from backend.integrations.models import ChannelIntegration
from backend.lib import clock
from backend.platforms import port
from backend.platforms.port import AttachmentType, MessageType
from backend.receiving import media
from tests.conversations.said import received, tell

META = django_settings.META_GRAPH_URL
LINK = f"{META}/cdn/1"

Answer = httpx2.Response | Exception | Callable[[], httpx2.Response]


class Body(httpx2.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content


def served(content: bytes) -> httpx2.Response:
    return httpx2.Response(200, headers={"Content-Type": "image/jpeg"}, stream=Body(content))


@dataclass
class Meta:
    """Meta and its media host: by path, what it answers, one after the other; the last one stays."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answers = self.answers[request.url.path.removeprefix("/v25.0")]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    @property
    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/v25.0") for request in self.asked]


Later = Callable[[timedelta], None]


def sent(integration: ChannelIntegration, external_id: str = "m_1", **said: Any) -> Attachment:
    """The contact sent one picture."""
    told = port.Attachment(**{"type": AttachmentType.IMAGE, "url": LINK, "mime_type": "image/jpeg"} | said)
    notice = received(external_id, type=MessageType.IMAGE, attachments=(told,), occurred_at=clock.now())
    tell(integration, notice)
    return Attachment.objects.get(message__external_id=external_id)


def drained(row: Attachment) -> Attachment:
    media.drain(map)
    return Attachment.objects.select_related("file").get(pk=row.pk)
