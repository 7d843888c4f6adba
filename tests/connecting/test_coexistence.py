"""A number that stays on a phone: never registered, and asked for what the phone has once, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.connecting import resume
from backend.connecting.later import CLAIM_FOR
from backend.lib.clock import now
from tests.conftest import Cast
from tests.connecting.conftest import Graph
from tests.connecting.signing_up import Killed, die_at, meta, popup, states, step
from tests.platforms.cast import refusal

__all__ = ["meta"]

Later = Callable[[timedelta], None]
SYNCS = ("sync_contacts", "sync_history")


@pytest.fixture
def on_phone(meta: Graph) -> Graph:
    """A Meta whose number stays in the WhatsApp Business app."""
    meta.has_number("555", is_on_biz_app=True, status="PENDING")
    return meta


def requests(graph: Graph) -> list[str]:
    """What the phone was asked for."""
    return [json.loads(each.content)["sync_type"] for each in graph.asked("POST /555/smb_app_data")]


def coexist(cast: Cast, code: str = "code-1") -> Any:
    return popup(cast, code=code, number_id="", coexistence=True)


def test_the_phone_is_asked_once_for_each(cast: Cast, on_phone: Graph) -> None:
    assert coexist(cast).status == "CONNECTED"
    assert requests(on_phone) == ["smb_app_state_sync", "history"]
    assert states()["register"] == "skipped"
    assert not on_phone.asked("POST /555/register")


def test_neither_a_repeat_nor_a_new_popup_asks_again(cast: Cast, on_phone: Graph) -> None:
    on_phone.answers["POST /555"] = refusal(2200)  # Something is left to go on with.
    coexist(cast)
    coexist(cast)
    coexist(cast, "code-2")
    assert len(requests(on_phone)) == 2
    assert {states()[name] for name in SYNCS} == {"skipped"}


def test_a_phone_that_was_brought_in_anew_is_asked_again(cast: Cast, on_phone: Graph, later: Later) -> None:
    coexist(cast)
    onboarded = (now() + timedelta(hours=1)).isoformat()
    on_phone.has_number("555", is_on_biz_app=True, last_onboarded_time=onboarded)
    later(timedelta(hours=2))
    coexist(cast, "code-2")
    assert len(requests(on_phone)) == 4


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_dies_while_asking_never_asks_again(
    cast: Cast, on_phone: Graph, settings: Any, later: Later, after: bool
) -> None:
    die_at(on_phone, settings, "POST /555/smb_app_data", after=after)
    with pytest.raises(Killed):
        coexist(cast)
    later(CLAIM_FOR + timedelta(seconds=1))
    resume.drain()
    assert requests(on_phone).count("smb_app_state_sync") == int(after)
    assert (states()["sync_contacts"], states()["sync_history"]) == ("failed", "done")
    coexist(cast)
    assert requests(on_phone).count("smb_app_state_sync") == int(after)
    assert "Business Platform" in step("sync_contacts").resolution


def test_an_answer_that_was_lost_is_never_asked_for_again(cast: Cast, on_phone: Graph) -> None:
    on_phone.answers["POST /555/smb_app_data"] = httpx2.ReadTimeout("lost")
    coexist(cast)
    on_phone.has_number("555", is_on_biz_app=True)
    coexist(cast)
    assert len(requests(on_phone)) == 2
    assert {states()[name] for name in SYNCS} == {"failed"}


def test_a_request_that_surely_was_not_taken_is_repeated_by_a_person_only(
    cast: Cast, on_phone: Graph, later: Later
) -> None:
    on_phone.answers["POST /555/smb_app_data"] = refusal(2, status=503, is_transient=True)
    kept = coexist(cast)
    assert (kept.status, kept.last_error_code) == ("CONNECTED", "sync_contacts")
    on_phone.has_number("555", is_on_biz_app=True)
    later(timedelta(hours=1))
    resume.drain()
    assert len(requests(on_phone)) == 2
    assert coexist(cast).last_error is None
    assert len(requests(on_phone)) == 4


@pytest.mark.parametrize(("code", "state"), [(2593107, "skipped"), (2593109, "skipped"), (2593108, "failed")])
def test_what_whatsapp_says_to_it(cast: Cast, on_phone: Graph, code: int, state: str) -> None:
    on_phone.answers["POST /555/smb_app_data"] = refusal(code)
    coexist(cast)
    assert {states()[name] for name in SYNCS} == {state}


def test_a_claim_alone_asks_nothing(cast: Cast, meta: Graph) -> None:
    coexist(cast)
    assert (requests(meta), {states()[name] for name in SYNCS}) == ([], {"skipped"})


def test_a_number_on_a_phone_is_not_registered_though_nobody_said_so(cast: Cast, on_phone: Graph) -> None:
    popup(cast)
    assert not on_phone.asked("POST /555/register")
    assert requests(on_phone) == []


def test_an_outage_before_asking_is_waited_for(cast: Cast, on_phone: Graph, later: Later) -> None:
    look = on_phone.answers["GET /555"]
    on_phone.answers["GET /555"] = refusal(2, status=503, is_transient=True)
    coexist(cast)
    assert {states()[name] for name in SYNCS} == {"pending"}
    on_phone.answers["GET /555"] = look
    later(timedelta(hours=1))
    resume.drain()
    assert requests(on_phone) == ["smb_app_state_sync", "history"]
    assert {states()[name] for name in SYNCS} == {"done"}
