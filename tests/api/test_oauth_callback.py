"""Where the platform's dialog sends the browser back to."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from backend.connecting.models import ConnectionAttempt
from tests.api.agreeing import AgreeingClient
from tests.journeys.conftest import Phone, phone

__all__ = ["phone"]

CALLBACK = "/api/integrations/oauth/callback"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def begin(owner: AgreeingClient, **more: str) -> tuple[str, dict[str, Any]]:
    """The state of a new attempt, and the whole answer."""
    body = {"platform": "MESSENGER", "flow": "oauth", **more}
    answer: dict[str, Any] = owner.post("/api/integrations/connect", body, format="json").json()
    query = dict(parse_qsl(urlsplit(answer["authorizationUrl"]).query))
    return query["state"], answer


def cancel(client: AgreeingClient, state: str, **more: str) -> Any:
    words = {
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "Permissions error",
    }
    return client.get(CALLBACK, {"state": state, **words, **more}, headers=BROWSER)


def test_the_query_of_return_to_is_kept(owner: AgreeingClient, nobody: AgreeingClient) -> None:
    state, begun = begin(owner, returnTo="https://app.example.test/settings?tab=channels&x=%C3%B6#row")
    answer = cancel(nobody, state)
    assert answer.status_code == 302
    there = urlsplit(answer.headers["Location"])
    assert (there.netloc, there.path, there.fragment) == ("app.example.test", "/settings", "row")
    assert dict(parse_qsl(there.query)) == {
        "tab": "channels",
        "x": "ö",
        "integration": begun["integration"]["id"],
        "outcome": "cancelled",
        "code": "cancelled",
    }
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_without_return_to_a_page_says_what_happened(owner: AgreeingClient, nobody: AgreeingClient) -> None:
    state, _ = begin(owner)
    answer = cancel(nobody, state, error_description="<script>alert(1)</script>")
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "Connecting was cancelled." in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert cancel(nobody, state, error_description="<script>alert(1)</script>").content == answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["", "nonsense", "a:b:c", "\x00", "\ud800", "x" * 5000])
def test_an_unknown_state_is_refused(nobody: AgreeingClient, state: str) -> None:
    words: dict[str, bytes | str] = {"state": state.encode("utf-8", "surrogatepass"), "code": "x"}
    answer = nobody.get(CALLBACK, words, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "state_invalid")
    page = nobody.get(CALLBACK, words, headers=BROWSER)
    assert page.status_code == 400
    assert "state_invalid" in page.content.decode()


def test_a_state_is_good_for_one_answer(owner: AgreeingClient, nobody: AgreeingClient) -> None:
    state, _ = begin(owner)
    cancel(nobody, state)
    again = nobody.get(CALLBACK, {"state": state, "code": "stolen"}, headers={"Accept": "application/json"})
    assert (again.status_code, again.json()["code"]) == (409, "state_used")


def test_the_page_shows_the_ticket_and_the_way_on(
    owner: AgreeingClient, nobody: AgreeingClient, phone: Phone
) -> None:
    _, begun = begin(owner)
    back = phone.approve(begun["authorizationUrl"])
    page = nobody.get(CALLBACK, dict(back.params), headers=BROWSER)
    attempt = ConnectionAttempt.objects.get()
    path = f"/api/integrations/{attempt.integration_id}/finish"
    assert path in page.content.decode()
    ticket = page.content.decode().partition('<pre id="ticket">')[2].partition("</pre>")[0]
    finished = owner.post(path, {"ticket": ticket}, format="json").json()
    assert (finished["outcome"], finished["integration"]["status"]) == ("connected", "CONNECTED")
