"""What Meta passes on from people: the form, its signature, and the page for the person."""

from __future__ import annotations

from typing import Any

import pytest

from backend.businesses.models import Business
from backend.connecting.models import Consent, DeletionRequest
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from tests.api import rows
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast
from tests.connecting.asking import asks
from tests.connecting.conftest import graph

__all__ = ["graph"]

FORM = "application/x-www-form-urlencoded"
DEAUTHORIZE, DELETE = "/api/webhooks/meta/deauthorize", "/api/webhooks/meta/data-deletion"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def ask(client: AgreeingClient, path: str, signed_request: str, **more: Any) -> Any:
    return client.post(path, f"signed_request={signed_request}&more=1", content_type=FORM, **more)


def granted(business: Business) -> ChannelIntegration:
    integration = rows.connected(business, "MESSENGER", platform_page_id="111")
    Consent.objects.create(integration=integration, user_id="122000000000001", granted_at=now())
    return integration


def status_of(integration: ChannelIntegration) -> str:
    return ChannelIntegration.objects.get(pk=integration.pk).status


def test_deauthorize(cast: Cast, nobody: AgreeingClient, graph: Any, settings: Any) -> None:
    page = granted(cast.business)
    answer = ask(nobody, DEAUTHORIZE, asks(settings.META_APP_SECRET))
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert status_of(page) == "ERROR"


@pytest.mark.parametrize("slash", ["", "/"])
def test_data_deletion_and_its_page(
    cast: Cast, nobody: AgreeingClient, graph: Any, settings: Any, slash: str
) -> None:
    page = granted(cast.business)
    asked = asks(settings.META_APP_SECRET)
    answer = ask(nobody, DELETE + slash, asked)
    code = DeletionRequest.objects.get().code
    assert answer.status_code == 200
    assert answer.json() == {
        "url": f"http://localhost:8000/api/data-deletion/{code}",
        "confirmation_code": code,
    }
    assert status_of(page) == "DISCONNECTED"
    assert ask(nobody, DELETE, asked).json() == answer.json()
    shown = nobody.get(f"/api/data-deletion/{code}", headers=BROWSER)
    text = shown.content.decode()
    assert (shown.status_code, shown.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert all(words in text for words in ("Your data was deleted.", "Messenger", code, f"{now():%Y}"))
    assert "122000000000001" not in text


def test_the_page_says_where_nothing_was_kept(db: None, nobody: AgreeingClient, settings: Any) -> None:
    code = ask(nobody, DELETE, asks(settings.META_APP_SECRET)).json()["confirmation_code"]
    text = nobody.get(f"/api/data-deletion/{code}").content.decode()
    assert "We keep nothing of you." in text
    assert "Your data was deleted." not in text


@pytest.mark.parametrize("path", [DEAUTHORIZE, DELETE])
@pytest.mark.parametrize(
    "body", ["", "signed_request=", "signed_request=a.b", "x=1", "%ff=%ff&" * 200, "\x00=\x00"]
)
def test_what_meta_did_not_sign_changes_nothing(
    cast: Cast, nobody: AgreeingClient, path: str, body: str
) -> None:
    page = granted(cast.business)
    answer = nobody.generic("POST", path, body, content_type=FORM)
    assert (answer.status_code, answer.json()["code"]) == (403, "signature_invalid")
    assert status_of(page) == "CONNECTED"
    assert not DeletionRequest.objects.exists()


@pytest.mark.parametrize("path", [DEAUTHORIZE, DELETE])
def test_what_is_no_form_or_no_post(db: None, nobody: AgreeingClient, path: str) -> None:
    answer = nobody.post(path, {"signed_request": "a.b"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert FORM in answer.json()["resolution"]
    assert nobody.get(path).status_code == 405
    large = nobody.generic("POST", path, "signed_request=" + "a" * 1_100_000, content_type=FORM)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("code", ["0" * 20, "x", "ä", "a.b", "%00", "x" * 3000])
def test_an_unknown_code(db: None, nobody: AgreeingClient, code: str) -> None:
    answer = nobody.get(f"/api/data-deletion/{code}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "as Facebook or Instagram showed it" in answer.json()["resolution"]
    page = nobody.get(f"/api/data-deletion/{code}", headers=BROWSER)
    assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (404, "text/html")
    assert "No request to be forgotten has this code." in page.content.decode()
