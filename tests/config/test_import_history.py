"""`manage.py import_history`: begins or follows an import, and says how it ended."""

from __future__ import annotations

from io import StringIO
from uuid import uuid4

import httpx2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.config.management.commands.import_history import line_of
from backend.conversations.models import Message
from backend.lib.json_types import JSONObject
from backend.syncing.models import HistoryImport
from tests.conftest import Cast
from tests.integrations.accounts import connected

PAGE = "102938475610293"


def conversation(number: int) -> JSONObject:
    """One of a Page, with one message and nine that are not shown."""
    person = {"id": f"77{number}", "name": "Carla"}
    said = {
        "id": f"m_{number}",
        "created_time": "2026-01-05T10:00:00+0000",
        "from": person,
        "to": {"data": [{"id": PAGE}]},
        "message": "Hello",
    }
    return {
        "id": f"t_{number}",
        "updated_time": "2026-01-05T10:00:00+0000",
        "message_count": 10,
        "participants": {"data": [person, {"id": PAGE}]},
        "messages": {"data": [said]},
    }


def meta(request: httpx2.Request) -> httpx2.Response:
    after = int(request.url.params.get("after", "0"))
    paging = {"cursors": {"after": str(after + 1)}} | ({"next": "https://more"} if after < 2 else {})
    return httpx2.Response(200, json={"data": [conversation(after)], "paging": paging})


def run(*words: object) -> str:
    out = StringIO()
    call_command("import_history", *map(str, words), stdout=out)
    return out.getvalue()


def test_it_imports_and_tells(cast: Cast, settings: object) -> None:
    settings.META_TRANSPORT = httpx2.MockTransport(meta)  # type: ignore[attr-defined]
    page = connected(cast.business, "MESSENGER", PAGE)
    told = "3 conversations read, 3 messages added; the platform does not show 27 older ones.\n"
    assert run(page.pk) == told
    assert run(page.pk, "--watch") == told
    assert Message.objects.count() == 3


def test_it_says_why_not(cast: Cast) -> None:
    number = connected(cast.business, "WHATSAPP")
    for words, why in (
        ((uuid4(),), "no such integration"),
        ((number.pk,), "does not read old conversations back"),
        ((number.pk, "--watch"), "no import of this account"),
    ):
        with pytest.raises(CommandError, match=why):
            run(*words)


def test_the_line() -> None:
    job = HistoryImport(conversations=25, messages=1_200)
    assert line_of(job) == f"[..#{'.' * 27}] 25 conversations, 1,200 messages added"
    job.progress = 50
    assert line_of(job) == f"[{'#' * 15}{'.' * 15}] 50 % 25 conversations, 1,200 messages added"
