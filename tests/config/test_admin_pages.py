"""What operators see in the admin: nothing can be changed, and nothing secret stands on any page."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.conversations.models import Conversation
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration
from backend.receiving.models import WebhookEvent
from tests.api import rows
from tests.config.operators import LISTS, SAID, objects_in
from tests.conftest import Cast


def test_every_page_can_be_looked_at(operator: Client, kept: Conversation) -> None:
    assert operator.get("/admin/").status_code == 200
    for path in LISTS:
        listed = operator.get(path)
        assert listed.status_code == 200
        found = objects_in(listed.content.decode())
        assert found, path
        for each in found:
            assert operator.get(each).status_code == 200, each


def test_nothing_secret_and_nothing_that_was_said_is_on_any_page(
    operator: Client, kept: Conversation
) -> None:
    sealed = [
        value for column in SEALED_FIELDS if (value := getattr(ChannelIntegration.objects.get(), column))
    ]
    assert sealed
    for path in LISTS:
        listed = operator.get(path).content.decode()
        for text in [listed, *(operator.get(each).content.decode() for each in objects_in(listed))]:
            assert not [secret for secret in (*sealed, rows.TOKEN, SAID) if secret in text], path
    integration = operator.get(
        objects_in(operator.get("/admin/integrations/channelintegration/").content.decode())[0]
    )
    assert "access_token: ***masked***" in integration.content.decode()


def test_nothing_can_be_added_changed_or_deleted(operator: Client, kept: Conversation) -> None:
    before = WebhookEvent.objects.values_list().get()
    for path in LISTS:
        assert operator.get(f"{path}add/").status_code == 403
        assert operator.post(f"{path}add/", {}).status_code == 403
        for each in objects_in(operator.get(path).content.decode()):
            assert operator.post(each, {"state": "done"}).status_code == 403
            assert operator.post(each.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
        answer = operator.post(path, {"action": "delete_selected", "_selected_action": ["1"]})
        assert answer.status_code in (200, 302, 403)
    assert WebhookEvent.objects.values_list().get() == before
    assert operator.get("/admin/password_change/").status_code == 404


def test_pages_load_nothing_from_elsewhere(operator: Client, kept: Conversation) -> None:
    for path in ("/admin/", LISTS[0], "/admin/login/"):
        answer = operator.get(path)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.content.decode())
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
    login = Client().get("/admin/login/").content.decode()
    files = set(re.findall(r"(?:src|href)=\"(/static/admin/[^\"]+)\"", login))
    assert files
    assert all(Client().get(file).status_code == 200 for file in files)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("conversations/message", "m_4711"),
        ("conversations/message", "{message}"),
        ("conversations/conversation", "{conversation}"),
        ("conversations/conversation", "{contact}"),
        ("conversations/conversation", "{external}"),
        ("receiving/webhookevent", "{event}"),
        ("integrations/channelintegration", "{account}"),
        ("integrations/channelintegration", "demo-shop"),
        ("businesses/auditentry", "demo-shop"),
        ("businesses/business", "demo-shop"),
    ],
)
def test_rows_are_found_by_what_is_known_of_them(
    operator: Client, kept: Conversation, cast: Cast, path: str, text: str
) -> None:
    rows.conversation(rows.connected(cast.rival))
    known = {
        "message": kept.messages.get(external_id="m_4711").pk,
        "conversation": kept.pk,
        "contact": kept.contact_id,
        "external": kept.contact.external_id,
        "event": WebhookEvent.objects.get().pk,
        "account": kept.account_id,
    }
    found = objects_in(operator.get(f"/admin/{path}/", {"q": text.format(**known)}).content.decode())
    assert len(set(found)) == 1
    for strange in ("nothing", "9" * 40, "' OR 1=1 --", "%"):
        assert not objects_in(operator.get(f"/admin/{path}/", {"q": strange}).content.decode()), strange


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("conversations/message", f"text__startswith={SAID[:4]}"),
        ("conversations/message", "conversation__contact__name__contains=a"),
        ("integrations/channelintegration", "access_token__startswith=e"),
        ("businesses/auditentry", "detail__contains=a"),
    ],
)
def test_what_is_not_shown_cannot_be_guessed(
    operator: Client, kept: Conversation, path: str, question: str
) -> None:
    assert operator.get(f"/admin/{path}/?{question}").status_code == 400


def test_filters_that_are_shown_work(operator: Client, kept: Conversation) -> None:
    for state, count in (("failed", 1), ("done", 0)):
        listed = operator.get(f"/admin/receiving/webhookevent/?state__exact={state}").content.decode()
        assert len(set(objects_in(listed))) == count


# --- what it costs ---


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_whatever_it_holds(
    operator: Client, kept: Conversation, cast: Cast, path: str
) -> None:
    def statements(query: str = "") -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(path + query).status_code == 200
        found = [query["sql"] for query in captured]
        assert all(" LIMIT " in sql for sql in found if "COUNT(" in sql.upper()), (
            "no list is counted to its end"
        )
        assert not any("access_token" in sql for sql in found)
        return found

    # Behind the session, whose statement holds the time.
    asked = statements("?o=2&_facets=True")[1:]
    assert asked == statements()[1:], "another order, or counts, would read the whole table"
    one = statements()
    for _ in range(4):
        WebhookEvent.objects.create(body=b"{}")
        rows.conversation(kept.integration)
        audit.note(cast.business.pk, Action.TESTED, "x", by=cast.owner)
    assert len(statements()) == len(one)
