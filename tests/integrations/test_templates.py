"""Templates are kept as the platform lists them."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from backend.engine import lanes
from backend.integrations import templates
from backend.integrations.models import ChannelIntegration, MessageTemplate, TemplateSync
from backend.integrations.template_parts import parts_of_template
from backend.lib.clock import now
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.integrations.listing import ALL, BODY, CODE, ORDER, SALE, template
from tests.platforms.cast import Meta, refusal


@pytest.fixture
def number(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "WHATSAPP")


@pytest.fixture
def answers(settings: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    settings.META_TRANSPORT = httpx2.MockTransport(Meta(found))
    return found


def lists(answers: dict[str, Any], number: ChannelIntegration, *pages: list[Any]) -> None:
    """Meta lists these, page by page."""

    def answer(request: httpx2.Request) -> Any:
        place = int(request.url.params.get("after", "0"))
        more = {"paging": {"next": f"https://graph.test/x?after={place + 1}&access_token=EAAx"}}
        return {"data": pages[place], **(more if place + 1 < len(pages) else {})}

    answers[f"GET /{number.platform_account_id}/message_templates"] = answer


def names(number: ChannelIntegration) -> list[str]:
    return sorted(templates.templates_of(number).values_list("name", flat=True))


def test_every_page_is_read_and_what_is_gone_goes(
    number: ChannelIntegration, answers: dict[str, Any]
) -> None:
    lists(answers, number, [ORDER, SALE], [CODE])
    assert templates.sync(number) == 3
    assert names(number) == ["code", "order_update", "sale"]
    kept = MessageTemplate.objects.get(name="order_update")
    assert (kept.status, kept.quality, kept.named) == ("APPROVED", "GREEN", False)
    lists(answers, number, [ORDER | {"status": "PAUSED"}, template("new", BODY)])
    assert templates.sync(number) == 2
    assert names(number) == ["new", "order_update"]
    changed = MessageTemplate.objects.get(name="order_update")
    assert (changed.pk, changed.status, changed.created_at) == (kept.pk, "PAUSED", kept.created_at)


def test_one_language_twice_and_a_row_without_a_name(
    number: ChannelIntegration, answers: dict[str, Any]
) -> None:
    lists(
        answers, number, [ORDER, ORDER | {"status": "PENDING"}, {"id": "1"}, SALE | {"language": "de"}, SALE]
    )
    templates.sync(number)
    assert names(number) == ["order_update", "sale", "sale"]


def test_the_lane_reads_what_nobody_has_read_and_what_is_asked_for(
    number: ChannelIntegration, answers: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    lists(answers, number, [ORDER])
    templates.drain()
    assert names(number) == ["order_update"]
    lists(answers, number, [SALE])
    templates.drain()  # Not due.
    assert names(number) == ["order_update"]
    rung: list[str] = []
    lanes.use_bell(rung.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            templates.ask_for_sync([number.pk])
    finally:
        lanes.use_bell(lambda _lane: None)
    assert rung == [templates.LANE]
    templates.drain()
    assert names(number) == ["sale"]


def test_a_refusal_is_kept_and_tried_again_later(number: ChannelIntegration, answers: dict[str, Any]) -> None:
    answers[f"GET /{number.platform_account_id}/message_templates"] = refusal(200)
    templates.drain()
    row = TemplateSync.objects.get()
    assert (row.failures, bool(row.error_message), row.synced_at) == (1, True, None)
    assert row.due_at > now()
    lists(answers, number, [ORDER])
    templates.sync(number)
    row.refresh_from_db()
    assert (row.failures, row.error_message) == (0, "")


def test_other_accounts_have_none(cast: Cast, number: ChannelIntegration, answers: dict[str, Any]) -> None:
    connected(cast.business, "MESSENGER")
    lists(answers, number, [ORDER])
    templates.drain()
    assert TemplateSync.objects.count() == 1
    number.platform_account_id = "another"
    assert names(number) == []


@pytest.mark.parametrize("row", ALL, ids=[row["name"] for row in ALL])
def test_what_has_to_be_filled_in(row: dict[str, Any]) -> None:
    wanted = {
        "order_update": [
            ("1", "TEXT", "Ann"),
            ("2", "TEXT", "4711"),
            ("", "TEXT", "https://shop.test/orders/1"),
        ],
        "sale": [
            ("", "IMAGE", ""),
            ("first_name", "TEXT", "Ann"),
            ("price", "TEXT", ""),
            ("", "PAYLOAD", ""),
            ("", "COUPON_CODE", ""),
            ("", "ACTION", ""),
        ],
        "place": [("", "LOCATION", "")],
        "code": [("1", "TEXT", ""), ("", "TEXT", "")],
        "carousel": [("1", "TEXT", "")],
        "spring": [],
    }
    found = []
    for part in parts_of_template(row["components"], row["category"]):
        found += [(slot.name, slot.type, slot.example) for slot in part.slots]
        found += [(b.slot.name, b.slot.type, b.slot.example) for b in part.buttons if b.slot]
    assert found == wanted[row["name"]]


def test_what_cannot_be_read_is_left_out() -> None:
    assert parts_of_template([None, {"type": 5}, {"text": "x"}, {"type": "BUTTONS", "buttons": "no"}]) == (
        parts_of_template([{"type": "BUTTONS"}])
    )
