from __future__ import annotations

import pytest

from backend.lib.json_types import JSON
from backend.platforms.errors import Incomprehensible, PermissionMissing
from tests.platforms.cast import ACCOUNTS, APP, NUMBER, PAGE, PROFILE, SUBSCRIPTIONS, Meta, refusal

PLATFORM_WORDS = ["MESSENGER", "INSTAGRAM", "WHATSAPP"]


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_subscribing_and_its_end(platform: str) -> None:
    path = SUBSCRIPTIONS[platform]
    done = {"success": True}
    answers: dict[str, JSON] = {f"GET {path}": {"data": []}, f"POST {path}": done, f"DELETE {path}": done}
    meta = Meta(answers | {f"POST /{NUMBER.account_id}": done})
    adapter = meta.adapter(platform)
    adapter.subscribe(ACCOUNTS[platform])
    adapter.unsubscribe(ACCOUNTS[platform])
    token = ACCOUNTS[platform].token.reveal()
    assert {request.headers["authorization"] for request in meta.requests} == {f"Bearer {token}"}
    subscribed = [request.method for request in meta.requests if request.url.path.endswith(path)]
    assert subscribed[-2:] == ["POST", "DELETE"]


def test_messenger_takes_every_field_and_keeps_what_was_there() -> None:
    path = SUBSCRIPTIONS["MESSENGER"]
    present = {"id": APP.app_id, "subscribed_fields": ["feed", "messages"]}
    stranger = {"id": "9", "subscribed_fields": ["calls"]}
    meta = Meta({f"GET {path}": {"data": [stranger, present]}, f"POST {path}": {"success": True}})
    meta.adapter("MESSENGER").subscribe(PAGE)
    fields = set(meta.form()["subscribed_fields"].split(","))
    assert {"messages", "message_echoes", "message_deliveries", "message_reads", "standby", "feed"} <= fields
    assert "calls" not in fields


def test_instagram_names_only_fields_that_pages_have() -> None:
    path = SUBSCRIPTIONS["INSTAGRAM"]
    meta = Meta({f"GET {path}": refusal(200), f"POST {path}": {"success": True}})
    meta.adapter("INSTAGRAM").subscribe(PROFILE)
    assert meta.form()["subscribed_fields"] == "messages,messaging_postbacks"


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_a_subscription_that_is_not_confirmed_is_none(platform: str) -> None:
    path = SUBSCRIPTIONS[platform]
    meta = Meta({f"GET {path}": {"data": []}, f"POST {path}": {"success": False}})
    with pytest.raises(Incomprehensible):
        meta.adapter(platform).subscribe(ACCOUNTS[platform])


def test_a_refused_subscription_is_raised() -> None:
    path = SUBSCRIPTIONS["MESSENGER"]
    meta = Meta({f"GET {path}": {"data": []}, f"POST {path}": refusal(200)})
    with pytest.raises(PermissionMissing):
        meta.adapter("MESSENGER").subscribe(PAGE)


def test_ending_what_never_was_is_fine() -> None:
    done = {"success": True}
    meta = Meta(
        {f"POST /{NUMBER.account_id}": done, f"DELETE {SUBSCRIPTIONS['WHATSAPP']}": refusal(803, status=404)}
    )
    meta.adapter("WHATSAPP").unsubscribe(NUMBER)
    assert len(meta.requests) == 2


@pytest.mark.parametrize("platform", PLATFORM_WORDS)
def test_what_another_account_shares_stays(platform: str) -> None:
    meta = Meta({f"POST /{NUMBER.account_id}": {"success": True}})
    meta.adapter(platform).unsubscribe(ACCOUNTS[platform], shared=True)
    assert "DELETE" not in [request.method for request in meta.requests]
