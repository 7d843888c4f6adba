"""Connecting goes on by itself after an outage or a crash, until others come in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.db import connection
from django.db.models.signals import pre_save

from backend.connecting import resume
from backend.connecting.attempts import forget_expired
from backend.connecting.deauthorize import deauthorize
from backend.connecting.finish import finish
from backend.connecting.later import CLAIM_FOR
from backend.connecting.leave import disconnect
from backend.connecting.models import ConnectionAttempt, ConnectionStep
from backend.connecting.state import ATTEMPT_FOR
from backend.connecting.steps import PROBLEMS, shown_steps
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.errors import Unavailable
from tests.conftest import Cast
from tests.connecting.asking import asks
from tests.connecting.conftest import Granted, Graph, row
from tests.connecting.signing_up import Killed, die_at, meta, paste, pins, popup, states, unregistered
from tests.platforms.cast import refusal

__all__ = ["meta", "unregistered"]

Later = Callable[[timedelta], None]
AFTER_A_KILL = CLAIM_FOR + timedelta(seconds=1)
AWAY = refusal(2, status=503, is_transient=True)


@pytest.mark.parametrize("way", [popup, paste])
def test_an_outage_is_waited_for(cast: Cast, meta: Graph, later: Later, way: Any) -> None:
    meta.answers["POST /102/subscribed_apps"] = AWAY
    with pytest.raises(Unavailable):
        way(cast)
    assert ChannelIntegration.objects.get().status == "PENDING"
    meta.takes_subscriptions_of("102")
    later(timedelta(minutes=2))
    assert resume.drain() is False
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.account_id, kept.last_error) == ("CONNECTED", "555", None)
    assert way(cast).status == "CONNECTED"  # Whoever asks again finds it done.


CONNECTING = ("GET /debug_token", "GET /102/phone_numbers", "POST /102/subscribed_apps")


@pytest.mark.parametrize("request_", CONNECTING)
@pytest.mark.parametrize("way", [popup, paste])
def test_what_meta_refused_is_not_asked_again_by_itself(
    cast: Cast, meta: Graph, later: Later, way: Any, request_: str
) -> None:
    well, meta.answers[request_] = meta.answers[request_], refusal(100, 33)
    with pytest.raises(PROBLEMS):
        way(cast)
    asked, refused_at = len(meta.meta.requests), ChannelIntegration.objects.get().last_error_at
    for pause in (timedelta(0), timedelta(minutes=1), timedelta(minutes=30)):
        later(pause)
        resume.drain()
    assert len(meta.meta.requests) == asked
    assert ChannelIntegration.objects.get().last_error_at == refused_at
    meta.answers[request_] = well
    assert way(cast, **({"code": "code-2"} if way is popup else {})).status == "CONNECTED"


@pytest.mark.parametrize("request_", CONNECTING)
def test_an_outage_is_given_its_pause(cast: Cast, meta: Graph, later: Later, request_: str) -> None:
    well, meta.answers[request_] = meta.answers[request_], AWAY
    with pytest.raises(Unavailable):
        paste(cast)
    asked = len(meta.meta.requests)
    resume.drain()
    assert len(meta.meta.requests) == asked
    meta.answers[request_] = well
    later(timedelta(minutes=2))
    resume.drain()
    assert ChannelIntegration.objects.get().status == "CONNECTED"


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["verify_grant", "check_number", "subscribe", "override_webhook"])
def test_a_process_that_dies_before_it_says_what_it_did(
    cast: Cast, meta: Graph, later: Later, name: str
) -> None:
    def die(instance: ConnectionStep, **_: Any) -> None:
        if (instance.name, instance.state) == (name, "done") and not connection.in_atomic_block:
            pre_save.disconnect(die, sender=ConnectionStep)
            raise Killed

    pre_save.connect(die, sender=ConnectionStep)
    with pytest.raises(Killed):
        popup(cast)
    later(AFTER_A_KILL)
    resume.drain()
    assert ChannelIntegration.objects.get().status == "CONNECTED"
    assert set(states().values()) == {"done", "skipped"}
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


def test_access_that_is_taken_back_ends_what_waits(
    cast: Cast, unregistered: Graph, later: Later, settings: Any
) -> None:
    unregistered.answers["POST /555/register"] = AWAY
    kept = popup(cast)
    person = unregistered.answers["GET /debug_token"]["data"]["user_id"]
    deauthorize(asks(settings.META_APP_SECRET, person))
    asked = len(unregistered.meta.requests)
    later(timedelta(days=1))
    resume.drain()
    kept.refresh_from_db()
    assert (kept.status, kept.last_error_code) == ("ERROR", "reconnect_required")
    assert states()["register"] == "skipped"
    assert len(unregistered.meta.requests) == asked


@pytest.mark.parametrize("way", [popup, paste])
def test_access_that_is_taken_back_in_the_middle_connects_nothing(
    cast: Cast, meta: Graph, later: Later, settings: Any, way: Any
) -> None:
    meta.answers["POST /102/subscribed_apps"] = AWAY
    with pytest.raises(Unavailable):
        way(cast)
    deauthorize(asks(settings.META_APP_SECRET, meta.answers["GET /debug_token"]["data"]["user_id"]))
    meta.takes_subscriptions_of("102")
    later(timedelta(hours=2))
    resume.drain()
    assert ChannelIntegration.objects.get().status == "PENDING"
    assert not ConnectionAttempt.objects.due(now()).exists()


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
