"""The bytes of a file: for the business, or by a link that lives for an hour; never run by a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.businesses.actors import Scope
from backend.conversations.models import Attachment, Conversation
from backend.files import store
from backend.files.links import LIVES_FOR
from backend.files.models import StoredFile
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.api.test_api_keys import make
from tests.conftest import Cast, ClientOf
from tests.files.keeping import keep
from tests.files.samples import HTML, MP4, PDF, PNG, SVG

CONTENT = PNG + bytes(range(256)) * 4
UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def conversation(cast: Cast) -> Conversation:
    return rows.conversation(rows.connected(cast.business))


def attached(conversation: Conversation, content: bytes = CONTENT, **columns: Any) -> Attachment:
    """A file of a message that is here."""
    file = keep(conversation.business_id, content)
    said = {"type": "IMAGE", "state": "STORED", "file": file, "mime_type": file.mime_type, "size": file.size}
    message = rows.message(conversation, "", type="IMAGE", payload={"image": {}})
    return Attachment.objects.create(
        business_id=conversation.business_id, message=message, **(said | columns)
    )


def path_to(row: Attachment) -> str:
    return f"/api/media/{row.pk}"


def shown(client: AgreeingClient, conversation: Conversation) -> dict[str, Any]:
    """The file as the newest message shows it."""
    messages = client.get(f"/api/conversations/{conversation.pk}/messages").json()["messages"]
    [attachment] = messages[0]["attachments"]
    return dict(attachment)


def signed(client: AgreeingClient, conversation: Conversation) -> str:
    """The link that the message carries, without the host."""
    url: str = shown(client, conversation)["url"]
    return url.removeprefix("http://localhost:8000")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_message_shows_its_file(agent: AgreeingClient, conversation: Conversation) -> None:
    row = attached(conversation, name="hat.png")
    found = shown(agent, conversation)
    link = rf"http://localhost:8000/api/media/{row.pk}\?expires=\d+&signature=[\w-]{{43}}"
    assert re.fullmatch(link, found.pop("url"))
    assert found == {
        "id": str(row.pk),
        "type": "IMAGE",
        "mimeType": "image/png",
        "size": len(CONTENT),
        "state": "STORED",
        "name": "hat.png",
        "error": None,
    }


def test_a_page_of_texts_asks_for_no_files(agent: AgreeingClient, conversation: Conversation) -> None:
    with CaptureQueriesContext(connection) as captured:
        agent.get(f"/api/conversations/{conversation.pk}/messages")
    assert not [query for query in captured if "attachment" in query["sql"]]


def test_a_file_that_cannot_be_had_says_why(agent: AgreeingClient, conversation: Conversation) -> None:
    told: dict[str, Any] = {
        "error_code": "media_too_large",
        "error_message": "Too large.",
        "error_resolution": "Ask.",
    }
    row = attached(conversation, state="FAILED", file=None, **told)
    found = shown(agent, conversation)
    assert (found["url"], found["state"]) == (None, "FAILED")
    assert found["error"] == {"code": "media_too_large", "message": "Too large.", "resolution": "Ask."}
    answer = agent.get(path_to(row))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["resolution"]


def test_every_member_reads_it(agent: AgreeingClient, conversation: Conversation) -> None:
    answer = agent.get(path_to(attached(conversation)))
    assert answer.status_code == 200
    assert body(answer) == CONTENT
    expected = {
        "Content-Type": "image/png",
        "Content-Length": str(len(CONTENT)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=300",
    }
    assert {name: answer[name] for name in expected} == expected
    assert answer["Content-Disposition"].startswith("inline")


def test_a_stranger_does_not(
    cast: Cast, client_of: ClientOf, nobody: AgreeingClient, conversation: Conversation
) -> None:
    row = attached(conversation)
    stranger = client_of(cast.stranger)
    for media_id in (row.pk, row.file_id, UNKNOWN_ID):
        assert stranger.get(f"/api/media/{media_id}").status_code == 404
        assert nobody.get(f"/api/media/{media_id}").status_code == 401


def test_a_key_needs_the_scope(cast: Cast, conversation: Conversation) -> None:
    row = attached(conversation)
    _, reader = make(cast.owner, Scope.CONVERSATIONS_READ)
    _, sender = make(cast.owner, Scope.MESSAGES_SEND)
    assert (reader.get(path_to(row)).status_code, sender.get(path_to(row)).status_code) == (200, 403)


def test_the_link_needs_no_login(
    agent: AgreeingClient, nobody: AgreeingClient, conversation: Conversation
) -> None:
    attached(conversation)
    link = signed(agent, conversation)
    assert body(nobody.get(link)) == CONTENT
    assert nobody.head(link)["Content-Length"] == str(len(CONTENT))


def test_the_link_lives_for_an_hour(
    agent: AgreeingClient, nobody: AgreeingClient, conversation: Conversation, later: Any
) -> None:
    attached(conversation)
    link = signed(agent, conversation)
    later(timedelta(seconds=LIVES_FOR - 10))
    assert nobody.get(link).status_code == 200
    later(timedelta(seconds=LIVES_FOR + 10))
    over = nobody.get(link)
    assert (over.status_code, over.json()["code"]) == (401, "not_authenticated")
    assert "Read the message again" in over.json()["resolution"]


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (r"expires=\d", "expires=9"),
        (r"expires=\d+", "expires=99999999999999"),
        (r"expires=\d+", "expires=-1"),
        (r"expires=\d+", "expires=%D9%A3"),
        (r"expires=\d+&", ""),
        (r"signature=.", "signature=_"),
        (r"signature=.*", "signature="),
        (r"signature=.*", "signature=%C3%A4%ED%A0%80"),
        (r"&signature=.*", ""),
    ],
)
def test_a_link_that_was_changed_is_none(
    agent: AgreeingClient, nobody: AgreeingClient, conversation: Conversation, found: str, put: str
) -> None:
    attached(conversation)
    link = signed(agent, conversation)
    changed = re.sub(found, put, link, count=1)
    if changed != link:  # One in ten expires with a nine anyway.
        assert nobody.get(changed).status_code == 401


def test_a_link_is_of_one_file(
    agent: AgreeingClient, nobody: AgreeingClient, conversation: Conversation
) -> None:
    other = attached(conversation, b"another picture")
    row = attached(conversation)
    link = signed(agent, conversation)
    assert nobody.get(link.replace(str(row.pk), str(other.pk))).status_code == 401


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None)]
)
def test_a_part_is_a_part(
    agent: AgreeingClient, conversation: Conversation, asked: str, start: int, stop: int | None
) -> None:
    answer = agent.get(path_to(attached(conversation)), headers={"Range": asked})
    part = CONTENT[start:stop]
    assert (answer.status_code, body(answer)) == (206, part)
    assert answer["Content-Length"] == str(len(part))
    first = start % len(CONTENT)
    assert answer["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(CONTENT)}"


def test_a_part_that_is_not_there(agent: AgreeingClient, conversation: Conversation) -> None:
    answer = agent.get(path_to(attached(conversation)), headers={"Range": "bytes=9999999-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_what_the_browser_has_is_not_sent_again(agent: AgreeingClient, conversation: Conversation) -> None:
    path = path_to(attached(conversation))
    etag = agent.get(path)["ETag"]
    assert agent.get(path, headers={"If-None-Match": f'"other", {etag}'}).status_code == 304
    part = {"Range": "bytes=0-9"}
    assert agent.get(path, headers=part | {"If-Range": etag}).status_code == 206
    assert agent.get(path, headers=part | {"If-Range": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "how"),
    [
        (HTML, "application/octet-stream", "attachment"),
        (SVG, "application/octet-stream", "attachment"),
        (PDF, "application/pdf", "attachment"),
        (b"words", "text/plain", "attachment"),
        (MP4, "video/mp4", "inline"),
    ],
)
def test_what_a_browser_could_run_is_a_download(
    agent: AgreeingClient, conversation: Conversation, content: bytes, kind: str, how: str
) -> None:
    answer = agent.get(path_to(attached(conversation, content, mime_type="image/jpeg")))
    assert (answer["Content-Type"], answer["Content-Disposition"].partition(";")[0]) == (kind, how)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("menü.pdf", "attachment; filename*=utf-8''men%C3%BC.pdf"),
        ("../../etc/pass\r\nwd", 'attachment; filename="passwd"'),
        ("a\\b\\c.pdf", 'attachment; filename="c.pdf"'),
        ('x"; filename="y.html', r'attachment; filename="x\"; filename=\"y.html"'),
        ("exe\N{RIGHT-TO-LEFT OVERRIDE}fdp.pdf", 'attachment; filename="exefdp.pdf"'),
    ],
)
def test_a_name_breaks_nothing(
    agent: AgreeingClient, conversation: Conversation, name: str, said: str
) -> None:
    assert agent.get(path_to(attached(conversation, PDF, name=name)))["Content-Disposition"] == said


def test_a_file_whose_bytes_were_lost_is_not_here(agent: AgreeingClient, conversation: Conversation) -> None:
    row = attached(conversation)
    assert row.file
    store.storage().delete(row.file.path)
    assert agent.get(path_to(row)).status_code == 404


def test_a_file_is_found_by_its_own_id_too(agent: AgreeingClient, conversation: Conversation) -> None:
    row = keep(conversation.business_id, CONTENT)
    assert body(agent.get(f"/api/media/{row.pk}")) == CONTENT
    store.discard([row.pk])
    assert agent.get(f"/api/media/{row.pk}").status_code == 404
    assert StoredFile.objects.count() == 1
