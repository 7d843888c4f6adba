"""Who may erase a person, and what is left to see."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.conversations.models import Contact, Message
from backend.receiving.models import ErasureSearch
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast, ClientOf


@pytest.fixture
def contact(cast: Cast) -> Contact:
    return rows.conversation(
        rows.connected(cast.business, "WHATSAPP"), external_id="4915112345678", phone="4915112345678"
    ).contact


def test_an_owner_erases_a_person(owner: AgreeingClient, contact: Contact) -> None:
    path = f"/api/contacts/{contact.pk}"
    answer = owner.delete(path)
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "message": "Contact erased successfully"},
    )
    for gone in (owner.get(path), owner.delete(path)):
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    assert owner.get("/api/conversations").json()["conversations"] == []
    assert not Message.objects.exists()


def test_nobody_else_does(cast: Cast, contact: Contact, client_of: ClientOf, nobody: AgreeingClient) -> None:
    path = f"/api/contacts/{contact.pk}"
    for member in (cast.agent, cast.admin):
        answer = client_of(member).delete(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
        assert answer.json()["resolution"] == "Ask an owner of the business."
        assert client_of(member).get(path).status_code == 200
    assert client_of(cast.stranger).delete(path).status_code == 404
    assert nobody.delete(path).status_code == 401
    assert Contact.objects.count() == 1


# ---- the command


def run(*words: str) -> str:
    out = StringIO()
    call_command("erase_contact", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("by", ["--id", "--phone", "--external-id"])
def test_the_command_erases_whom_it_shows(cast: Cast, contact: Contact, by: str) -> None:
    kept = rows.conversation(contact.integration, "Ben").contact
    words = {"--id": str(contact.pk), "--phone": "+49 151 123-456 78", "--external-id": "4915112345678"}
    said = run("--business", "demo-shop", by, words[by], "--yes")
    assert all(word in said for word in (str(contact.pk), "WHATSAPP", "Carla", "1 messages", "is erased"))
    assert Contact.objects.get().pk == kept.pk
    assert ErasureSearch.objects.get().done_at


@pytest.mark.parametrize(
    "words",
    [
        ("--business", "rival-shop", "--phone", "4915112345678", "--yes"),
        ("--business", "demo-shop", "--phone", "4915112345679", "--yes"),
        ("--business", "demo-shop", "--phone", "Carla", "--yes"),
        ("--business", "demo-shop", "--external-id", "", "--yes"),
        ("--business", "demo-shop", "--yes"),
        ("--phone", "4915112345678", "--yes"),
    ],
)
def test_the_command_erases_nobody_by_mistake(contact: Contact, words: Any) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
def test_the_command_asks_first(
    contact: Contact, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{answer}\n"))
    words = ("--business", "demo-shop", "--id", str(contact.pk))
    if left:
        with pytest.raises(CommandError, match="Nothing was erased"):
            run(*words)
    else:
        run(*words)
    assert Contact.objects.count() == left
