"""Connecting is a row with steps: each says what became of it, is repeated alone, and goes on after a crash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.connecting import errors, health, resume
from backend.connecting.later import CLAIM_FOR
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt
from backend.connecting.steps import shown_steps
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret
from tests.conftest import Cast
from tests.connecting.conftest import Graph
from tests.connecting.signing_up import meta, paste, pins, popup, states, step, unregistered
from tests.platforms.cast import refusal

__all__ = ["meta", "unregistered"]

Later = Callable[[timedelta], None]
HOUR = timedelta(hours=1)
AFTER_A_KILL = CLAIM_FOR + timedelta(seconds=1)
AWAY = refusal(2, status=503, is_transient=True)
NAMELESS = refusal(2388001)
PIN = Secret("482913")


# ---- a step that failed


def test_a_wrong_pin_leaves_the_account_connected(cast: Cast, unregistered: Graph) -> None:
    unregistered.answers["POST /555/register"] = refusal(133005)
    kept = popup(cast)
    assert (kept.status, kept.last_error_code) == ("CONNECTED", "register")
    assert states()["read_number"] == "done"
    (failed,) = [each for each in shown_steps(kept) if not each["ok"]]
    assert failed["code"] == "register"
    assert failed["message"] == "The PIN is wrong. Meta says: (#133005) No."
    assert "two-step PIN" in failed["resolution"]


@pytest.mark.parametrize("code", ["code-1", "code-2"], ids=["the same code", "a new popup"])
def test_connecting_again_goes_on_at_the_step_that_failed(cast: Cast, unregistered: Graph, code: str) -> None:
    unregistered.answers["POST /555/register"] = refusal(133005)
    popup(cast)
    unregistered.has_number("555", status="PENDING")
    kept = popup(cast, code=code, pin=PIN)
    assert states()["register"] == "done"
    assert (kept.last_error, kept.status) == (None, "CONNECTED")
    assert pins(unregistered)[-1] == PIN.reveal() != pins(unregistered)[0]
    assert len(unregistered.asked("POST /555")) == 1
    assert unregistered.codes() == list(dict.fromkeys(["code-1", code]))


def test_a_step_that_failed_is_not_repeated_by_itself(cast: Cast, unregistered: Graph, later: Later) -> None:
    unregistered.answers["POST /555/register"] = refusal(133005)
    popup(cast)
    later(timedelta(days=2))
    resume.drain()
    assert len(pins(unregistered)) == 1


def test_the_test_and_the_daily_look_keep_it_in_sight(cast: Cast, meta: Graph, settings: Any) -> None:
    meta.answers["POST /555"] = refusal(2200)
    kept = popup(cast)
    app = {"whatsapp_business_api_data": {"id": settings.META_APP_ID}}
    meta.answers["GET /102/subscribed_apps"] = {"data": [app]}
    result = health.test(kept)
    assert (result.ok, result.token_valid, result.webhook_active) == (False, True, True)
    assert ChannelIntegration.objects.get().last_error_code == "override_webhook"


def test_the_same_code_again_changes_nothing(cast: Cast, meta: Graph) -> None:
    popup(cast)
    asked = len(meta.meta.requests)
    assert popup(cast).status == "CONNECTED"
    assert len(meta.meta.requests) == asked
    assert ChannelIntegration.objects.get().connection_attempts == 1


def test_the_same_token_again_is_a_reconnect(cast: Cast, meta: Graph) -> None:
    paste(cast)
    paste(cast)
    assert len(meta.asked("POST /102/subscribed_apps")) == 2
    assert ChannelIntegration.objects.get().connection_attempts == 2


def test_two_at_the_same_moment(cast: Cast, meta: Graph, settings: Any) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/oauth/access_token"):
            with pytest.raises(errors.BeingAnswered):
                popup(cast)
        return meta.meta(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    assert popup(cast).status == "CONNECTED"
    assert ConnectionAttempt.objects.count() == 1


# ---- the PIN


def test_without_a_pin_one_is_made_up_and_kept(cast: Cast, unregistered: Graph, later: Later) -> None:
    unregistered.answers["POST /555/register"] = AWAY
    popup(cast)
    assert states()["register"] == "pending"
    unregistered.has_number("555", status="PENDING")
    later(2 * HOUR)
    resume.drain()
    assert states()["register"] == "done"
    first, second = pins(unregistered)
    assert first == second
    assert len(first) == 6
    assert first.isdigit()


def test_a_number_that_sends_already_is_not_registered_again(cast: Cast, meta: Graph) -> None:
    popup(cast)
    assert (states()["register"], pins(meta)) == ("skipped", [])
    popup(cast, code="code-2", pin=PIN)
    assert (states()["register"], pins(meta)) == ("done", [PIN.reveal()])


def test_a_pin_that_was_wrong_is_not_tried_again(cast: Cast, unregistered: Graph) -> None:
    unregistered.answers["POST /555/register"] = refusal(133005)
    popup(cast, pin=PIN)
    popup(cast, code="code-2")
    assert len(pins(unregistered)) == 2
    assert pins(unregistered)[1] != PIN.reveal()


def test_leaving_forgets_the_pin(cast: Cast, unregistered: Graph) -> None:
    kept = popup(cast)
    assert ConnectionAttempt.objects.get().pin
    disconnect(kept)
    assert not ConnectionAttempt.objects.get().pin


# ---- the display name


def test_a_name_in_review_is_waited_for(cast: Cast, unregistered: Graph, later: Later) -> None:
    unregistered.has_number("555", status="PENDING", name_status="PENDING_REVIEW")
    unregistered.answers["POST /555/register"] = NAMELESS
    kept = popup(cast)
    assert (kept.status, kept.last_error) == ("CONNECTED", None)
    assert (states()["register"], states()["read_number"]) == ("waiting", "waiting")
    later(HOUR + timedelta(minutes=1))
    resume.drain()
    assert len(pins(unregistered)) == 1  # Looked at the name only: tries to register are few.
    unregistered.has_number("555", status="PENDING")
    later(3 * HOUR)
    resume.drain()
    assert (states()["register"], states()["read_number"]) == ("done", "done")
    assert len(pins(unregistered)) == 2


def test_a_name_that_was_declined_is_for_a_person(cast: Cast, unregistered: Graph) -> None:
    unregistered.has_number("555", status="PENDING", name_status="DECLINED")
    unregistered.answers["POST /555/register"] = NAMELESS
    popup(cast)
    assert (step("register").state, "WhatsApp Manager" in step("register").resolution) == ("failed", True)
