"""Connecting is a row with steps: each says what became of it, is repeated alone, and goes on after a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backend.connecting import errors, health, resume
from backend.connecting.attempts import forget_expired
from backend.connecting.finish import finish
from backend.connecting.later import CLAIM_FOR
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt
from backend.connecting.state import ATTEMPT_FOR
from backend.connecting.steps import shown_steps
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.secret import Secret
from backend.platforms.errors import Unavailable
from tests.conftest import Cast
from tests.connecting.conftest import Granted, Graph, row
from tests.connecting.signing_up import Killed, die_at, meta, paste, popup, states, step
from tests.platforms.cast import refusal

__all__ = ["meta"]

Later = Callable[[timedelta], None]
HOUR = timedelta(hours=1)
AFTER_A_KILL = CLAIM_FOR + timedelta(seconds=1)
AWAY = refusal(2, status=503, is_transient=True)
NAMELESS = refusal(2388001)
PIN = Secret("482913")


@pytest.fixture
def unregistered(meta: Graph) -> Graph:
    """A Meta whose number is not registered yet."""
    meta.has_number("555", status="PENDING")
    return meta


def pins(graph: Graph) -> list[str]:
    """The PINs that the number was registered with."""
    return [json.loads(each.content)["pin"] for each in graph.asked("POST /555/register")]


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


# ---- an outage, and a process that dies


@pytest.mark.parametrize("way", [popup, paste])
def test_an_outage_is_waited_for(cast: Cast, meta: Graph, later: Later, way: Any) -> None:
    meta.answers["POST /102/subscribed_apps"] = AWAY
    with pytest.raises(Unavailable):
        way(cast)
    assert ChannelIntegration.objects.get().status == "PENDING"
    meta.takes_subscriptions_of("102")
    later(2 * HOUR / 60)
    assert resume.drain() is False
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.account_id, kept.last_error) == ("CONNECTED", "555", None)
    assert way(cast).status == "CONNECTED"  # Whoever asks again finds it done.


REQUESTS = (
    "GET /debug_token",
    "GET /102/phone_numbers",
    "POST /102/subscribed_apps",
    "POST /555",
    "GET /555",
    "POST /555/register",
)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_process_that_dies_is_gone_on_for(
    cast: Cast, unregistered: Graph, settings: Any, later: Later, request_: str, after: bool
) -> None:
    die_at(unregistered, settings, request_, after=after)
    with pytest.raises(Killed):
        paste(cast)
    assert resume.drain() is False  # It may still be at work.
    assert ConnectionAttempt.objects.get().claimed_until
    later(AFTER_A_KILL)
    resume.drain()
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.last_error) == ("CONNECTED", None)
    assert set(states().values()) == {"done"}
    assert len(set(pins(unregistered))) == 1


@pytest.mark.parametrize("request_", ["GET /102/phone_numbers", "POST /102/subscribed_apps"])
def test_a_code_that_was_exchanged_is_enough(
    cast: Cast, meta: Graph, settings: Any, later: Later, request_: str
) -> None:
    die_at(meta, settings, request_, after=True)
    with pytest.raises(Killed):
        popup(cast)
    later(AFTER_A_KILL)
    resume.drain()
    assert ChannelIntegration.objects.get().status == "CONNECTED"
    assert meta.codes() == ["code-1"]


def test_a_code_that_was_lost_needs_a_new_one(cast: Cast, meta: Graph, settings: Any, later: Later) -> None:
    die_at(meta, settings, "POST /oauth/access_token", after=True)
    with pytest.raises(Killed):
        popup(cast)
    later(AFTER_A_KILL)
    resume.drain()
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.last_error_code) == ("PENDING", "state_expired")
    assert "popup" in (kept.last_error_resolution or "")
    assert states()["verify_grant"] == "failed"
    assert popup(cast, code="code-2").status == "CONNECTED"


def test_what_nobody_finished_is_over(cast: Cast, meta: Graph, later: Later) -> None:
    meta.answers["POST /102/subscribed_apps"] = AWAY
    with pytest.raises(Unavailable):
        popup(cast)
    later(ATTEMPT_FOR + timedelta(seconds=1))
    forget_expired()
    meta.takes_subscriptions_of("102")
    resume.drain()
    assert ChannelIntegration.objects.get().status == "PENDING"
    assert (states()["subscribe"], ConnectionAttempt.objects.get().grant) == ("failed", "")


# ---- others come in between


def test_a_disconnect_ends_what_waits(cast: Cast, unregistered: Graph, later: Later) -> None:
    unregistered.answers["POST /555/register"] = AWAY
    disconnect(popup(cast))
    assert states()["register"] == "skipped"
    asked = len(unregistered.meta.requests)
    later(timedelta(days=1))
    resume.drain()
    assert len(unregistered.meta.requests) == asked
    assert shown_steps(ChannelIntegration.objects.get()) == []


def test_a_disconnect_in_the_middle_undoes_what_was_set(cast: Cast, meta: Graph, settings: Any) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if (
            request.method == "POST"
            and request.url.path.endswith("/555")
            and b"verify_token" in request.content
        ):
            disconnect(ChannelIntegration.objects.get())
        return meta.meta(request)

    settings.META_TRANSPORT = httpx2.MockTransport(answer)
    assert popup(cast).status == "DISCONNECTED"
    last = json.loads(meta.asked("POST /555")[-1].content)
    assert last["webhook_configuration"] == {"override_callback_uri": ""}
    assert ChannelIntegration.objects.get().access_token is None


def test_a_later_attempt_takes_over(cast: Cast, unregistered: Graph, later: Later) -> None:
    unregistered.answers["POST /555/register"] = AWAY
    paste(cast)
    first = ConnectionAttempt.objects.get()
    unregistered.has_number("555", status="PENDING")
    popup(cast)
    assert first.steps.get(name="register").state == "skipped"
    later(timedelta(days=1))
    resume.drain()
    assert len(pins(unregistered)) == 2


@pytest.mark.parametrize("platform", ["INSTAGRAM", "MESSENGER"])
def test_the_dialog_leaves_its_steps_too(cast: Cast, granted: Granted, graph: Graph, platform: str) -> None:
    landing = granted(cast.owner, platform)
    finish(cast.owner, row(landing), landing.ticket)
    assert states() == {"verify_grant": "done", "check_account": "done", "subscribe": "done"}
    assert all(each["at"] <= now() for each in shown_steps(row(landing)))
