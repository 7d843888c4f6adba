"""What only WhatsApp can do: a number is registered, described, given a webhook of its own, asked for its past."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from backend.lib.json_types import JSON
from backend.lib.secret import Secret
from backend.platforms.errors import Incomprehensible, OutcomeUnknown, Refused, Unavailable
from backend.platforms.whatsapp.adapter import WhatsAppAdapter
from backend.platforms.whatsapp.numbers import SyncKind
from tests.platforms.cast import APP, NUMBER, SUBSCRIPTIONS, USER_TOKEN, Meta, refusal

NODE = f"/{NUMBER.account_id}"
PIN = Secret("482913")
FIELDS: JSON = {
    "display_phone_number": "+1 631-555-5555",
    "verified_name": "Corner Bakery",
    "quality_rating": "GREEN",
    "name_status": "APPROVED",
    "status": "CONNECTED",
    "platform_type": "CLOUD_API",
    "throughput": {"level": "STANDARD"},
    "whatsapp_business_manager_messaging_limit": "TIER_250",
    "is_on_biz_app": True,
    "last_onboarded_time": "2026-11-22T10:00:00+0000",
}


def adapter_at(meta: Meta) -> WhatsAppAdapter:
    return WhatsAppAdapter(meta.graph(), APP)


def test_every_call_names_the_number_and_has_the_token_in_the_header() -> None:
    done = {"success": True}
    meta = Meta(
        {
            f"GET {NODE}": FIELDS,
            f"POST {NODE}": done,
            f"POST {NODE}/register": done,
            f"POST {NODE}/smb_app_data": {"messaging_product": "whatsapp", "request_id": "r-1"},
        }
    )
    adapter = adapter_at(meta)
    adapter.override_webhook(NUMBER, "https://gateway.test/hook", Secret("own-secret"))
    adapter.register(NUMBER, PIN)
    assert adapter.request_sync(NUMBER, SyncKind.HISTORY) == "r-1"
    adapter.describe(NUMBER)
    configuration = {"override_callback_uri": "https://gateway.test/hook", "verify_token": "own-secret"}
    assert [meta.body(index) for index in range(3)] == [
        {"webhook_configuration": configuration},
        {"messaging_product": "whatsapp", "pin": "482913"},
        {"messaging_product": "whatsapp", "sync_type": "history"},
    ]
    assert {each.headers["authorization"] for each in meta.requests} == {f"Bearer {USER_TOKEN}"}
    assert not [each for each in meta.requests if USER_TOKEN in str(each.url) or "482913" in str(each.url)]


def test_a_number_is_described() -> None:
    facts = adapter_at(Meta({f"GET {NODE}": FIELDS})).describe(NUMBER)
    assert (facts.verified_name, facts.throughput, facts.messaging_limit) == (
        "Corner Bakery",
        "STANDARD",
        "TIER_250",
    )
    assert facts.onboarded_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert (facts.is_registered, facts.on_business_app, facts.is_name_in_review) == (True, True, False)
    assert facts.shown()["onBusinessApp"] == "true"


@pytest.mark.parametrize("answer", [{}, [], {"throughput": 7, "status": None, "is_on_biz_app": "yes"}])
def test_a_number_of_which_nothing_is_known(answer: JSON) -> None:
    facts = adapter_at(Meta({f"GET {NODE}": answer})).describe(NUMBER)
    assert (facts.is_registered, facts.on_business_app, facts.onboarded_at) == (False, False, None)
    assert facts.shown() == {"onBusinessApp": "false"}


@pytest.mark.parametrize(("status", "platform"), [("PENDING", "CLOUD_API"), ("CONNECTED", "NOT_APPLICABLE")])
def test_a_number_that_is_not_registered(status: str, platform: str) -> None:
    facts = adapter_at(Meta({f"GET {NODE}": {"status": status, "platform_type": platform}})).describe(NUMBER)
    assert not facts.is_registered


def test_a_registration_that_is_not_confirmed_is_none() -> None:
    meta = Meta({f"POST {NODE}/register": {"success": False}})
    with pytest.raises(Incomprehensible):
        adapter_at(meta).register(NUMBER, PIN)


def test_a_lost_answer_may_be_repeated_for_a_registration_only() -> None:
    lost = httpx2.ReadTimeout("lost")
    adapter = adapter_at(Meta({f"POST {NODE}/register": lost, f"POST {NODE}/smb_app_data": lost}))
    with pytest.raises(Unavailable):
        adapter.register(NUMBER, PIN)
    with pytest.raises(OutcomeUnknown):
        adapter.request_sync(NUMBER, SyncKind.CONTACTS)


def test_leaving_unsubscribes_the_waba_though_the_number_is_refused() -> None:
    path = SUBSCRIPTIONS["WHATSAPP"]
    meta = Meta({f"POST {NODE}": refusal(100), f"DELETE {path}": {"success": True}})
    with pytest.raises(Refused):
        adapter_at(meta).unsubscribe(NUMBER)
    assert [each.method for each in meta.requests] == ["POST", "DELETE"]
    assert meta.body(0) == {"webhook_configuration": {"override_callback_uri": ""}}
