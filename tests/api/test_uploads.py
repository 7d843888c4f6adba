"""Files that members hand in: by their bytes, at a limit, once within a business."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backend.businesses.actors import Scope
from backend.files.incoming import MEGABYTE
from backend.files.models import StoredFile
from backend.lib.clock import now
from tests.api.agreeing import AgreeingClient
from tests.api.test_api_keys import make
from tests.conftest import Cast, ClientOf
from tests.files.samples import DOCX, ELF, HTML, JPEG, PNG

PATH = "/api/media"


def form(content: bytes = PNG, name: str = "hat.png", told: str = "image/png") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content, told)}


def upload(client: Any, expect: int = 201, **said: Any) -> dict[str, Any]:
    answer = client.post(PATH, form(**said), format="multipart")
    assert answer.status_code == expect, answer.content
    return dict(answer.json())


def test_a_file_is_taken(agent: AgreeingClient) -> None:
    media = upload(agent)["media"]
    assert media["url"].startswith(f"http://localhost:8000{PATH}/{media['id']}?expires=")
    said = {name: media[name] for name in ("mimeType", "size", "sha256", "name")}
    assert said == {
        "mimeType": "image/png",
        "size": len(PNG),
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "name": "hat.png",
    }
    row = StoredFile.objects.get()
    assert row.kept_until
    assert timedelta(hours=23) < row.kept_until - now() <= timedelta(days=1)
    shown: Any = agent.get(f"{PATH}/{media['id']}")
    assert b"".join(shown.streaming_content) == PNG


def test_the_same_bytes_are_the_same_file_within_a_business(
    cast: Cast, agent: AgreeingClient, client_of: ClientOf
) -> None:
    first, again = upload(agent)["media"], upload(agent, name="again.png")["media"]
    other = upload(client_of(cast.stranger))["media"]
    assert first["id"] == again["id"] != other["id"]
    assert agent.get(f"{PATH}/{other['id']}").status_code == 404


def test_the_type_is_what_the_bytes_say(agent: AgreeingClient) -> None:
    assert upload(agent, content=JPEG, told="image/png")["media"]["mimeType"] == "image/jpeg"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert upload(agent, content=DOCX, told=word)["media"]["mimeType"] == word


@pytest.mark.parametrize("content", [HTML, ELF])
def test_what_is_no_file_to_send_is_refused(agent: AgreeingClient, content: bytes) -> None:
    assert upload(agent, 415, content=content)["code"] == "unsupported_media_type"
    assert not StoredFile.objects.exists()


def test_a_file_that_is_too_large_is_refused(agent: AgreeingClient, settings: Any) -> None:
    settings.MEDIA_MAX_MB = 3  # More than what Django would keep in memory.
    upload(agent, content=PNG.ljust(3 * MEGABYTE, b"x"))
    answer = upload(agent, 413, content=PNG.ljust(3 * MEGABYTE + 1, b"x"))
    assert (answer["code"], "3 MiB" in answer["resolution"]) == ("too_large", True)
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x", 400),
        (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=\xff", 400),
        (b"{}", "application/json", 415),
        (PNG, "image/png", 415),
        (b"file=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_form_is_refused(agent: AgreeingClient, body: bytes, kind: Any, status: int) -> None:
    answer = agent.generic("POST", PATH, body, content_type=kind)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.content
    assert answer.json()["code"] == ("validation_error" if status == 400 else "unsupported_media_type")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"file": "no file"},
        form(content=b""),
        form() | {"caption": "more"},
        {"photo": form()["file"]},
        {"file": [form()["file"], form(content=JPEG)["file"]]},
    ],
    ids=",".join,
)
def test_a_form_with_anything_else_is_refused(agent: AgreeingClient, said: dict[str, Any]) -> None:
    answer = agent.post(PATH, said, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert answer.json()["fields"]
    assert not StoredFile.objects.exists()


def test_who_may_hand_in(cast: Cast, nobody: AgreeingClient) -> None:
    _, sender = make(cast.owner, Scope.MESSAGES_SEND)
    _, reader = make(cast.owner, Scope.CONVERSATIONS_READ)
    upload(sender)
    assert upload(reader, 403)["code"] == "scope_required"
    assert upload(nobody, 401)["code"] == "not_authenticated"
    assert StoredFile.objects.count() == 1
