from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from tests.simulator.conftest import Meta, Shop, bearer
from tests.simulator.test_oauth import error_of


def test_too_many_calls_count_down(shop: Shop) -> None:
    shop.meta.post("/sim/faults", graph={"rateLimit": 3})
    person = shop.meta.http.get("/me", headers=bearer(shop.page["accessToken"]))
    assert person.status_code == 429
    assert error_of(person.json()) == (4, None)
    assert "estimated_time_to_regain_access" in person.headers["X-Business-Use-Case-Usage"]
    assert error_of(shop.meta.get(f"/{shop.account['id']}", shop.account["accessToken"])) == (80007, None)
    assert error_of(shop.send("WHATSAPP", "hi")) == (130429, None)
    assert "id" in shop.meta.get("/me", shop.page["accessToken"])


def test_an_outage_lasts_until_it_is_cleared_and_does_nothing(shop: Shop) -> None:
    shop.hear("MESSENGER")
    shop.meta.post("/sim/faults", graph={"outage": True})
    for _ in range(2):
        answer = shop.meta.http.post("/me/messages", json={}, headers=bearer(shop.page["accessToken"]))
        assert answer.status_code == 503
        assert answer.json()["error"]["is_transient"] is True
        assert error_of(answer.json()) == (2, None)
    shop.meta.post("/sim/faults")
    assert shop.outbox() == []
    assert "message_id" in shop.send("MESSENGER", "now")


def test_tokens_can_look_expired(shop: Shop) -> None:
    shop.meta.post("/sim/faults", graph={"expireTokens": 1})
    assert error_of(shop.meta.get("/me", shop.page["accessToken"])) == (190, 463)
    assert "id" in shop.meta.get("/me", shop.page["accessToken"])


def test_an_answer_can_get_lost_after_the_work(shop: Shop) -> None:
    shop.hear("MESSENGER")
    shop.meta.post("/sim/faults", graph={"loseAnswer": 1})
    # Looks and signals are not worth losing.
    assert "id" in shop.meta.get("/me", shop.page["accessToken"])
    shop.send("MESSENGER", "", sender_action="mark_seen", message=None)
    with pytest.raises(httpx2.RemoteProtocolError):
        shop.send("MESSENGER", "did it arrive?")
    assert [item["text"] for item in shop.outbox()] == ["did it arrive?"]
    assert "message_id" in shop.send("MESSENGER", "this did")


def test_any_error_can_be_had_for_the_calls_it_names(shop: Shop) -> None:
    shop.hear("MESSENGER")
    error = {"code": 10, "subcode": 2018278, "message": "(#10) too late", "on": "POST messages", "times": 2}
    shop.meta.post("/sim/faults", graph={"error": error})
    assert "id" in shop.meta.get("/me", shop.page["accessToken"])
    for _ in range(2):
        assert error_of(shop.send("MESSENGER", "hi")) == (10, 2018278)
    assert "message_id" in shop.send("MESSENGER", "hi")
    assert [item["text"] for item in shop.outbox()] == ["hi"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subcode": 1},
        {"code": "10"},
        {"code": 1, "times": 0},
        {"code": 1, "status": 200},
        {"code": 1, "x": 1},
    ],
)
def test_an_error_that_makes_no_sense_is_refused(meta: Meta, wrong: dict[str, object]) -> None:
    assert meta.http.post("/sim/faults", json={"graph": {"error": wrong}}).status_code == 400


def test_faults_survive_a_restart(start: Callable[[], Meta]) -> None:
    start().post("/sim/faults", batch=10, delayMs=5, graph={"rateLimit": 2})
    assert start().get("/sim/faults") == {"faults": {"batch": 10, "delayMs": 5, "graph": {"rateLimit": 2}}}


@pytest.mark.parametrize("wrong", [{"explode": True}, {"graph": {"explode": 1}}, {"batch": -1}, {"graph": 3}])
def test_unknown_faults_are_refused(meta: Meta, wrong: dict[str, object]) -> None:
    answer = meta.http.post("/sim/faults", json=wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sim/inbound", "[]"),
        ("/sim/inbound", "{"),
        ("/sim/inbound", '{"platform":"TELEGRAM"}'),
        ("/sim/inbound", '{"platform":"MESSENGER","accountId":"1"}'),
        ("/sim/clock", '{"advanceSeconds":"soon"}'),
        ("/sim/raw", "{}"),
        ("/sim/approve", '{"authorizationUrl":"https://elsewhere.test/"}'),
        ("/sim/nowhere", "{}"),
    ],
)
def test_the_control_door_explains_what_is_wrong(meta: Meta, path: str, body: str) -> None:
    answer = meta.http.post(path, content=body)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"error"}


def test_deny_names_real_permissions(meta: Meta) -> None:
    asked = {"authorizationUrl": meta.dialog_url(), "deny": ["pages_massaging"]}
    answer = meta.http.post("/sim/approve", json=asked)
    assert answer.status_code == 400
    assert "pages_massaging" in answer.json()["error"]


def test_bodies_that_are_no_json_get_metas_envelope(shop: Shop) -> None:
    headers = {**bearer(shop.page["accessToken"]), "Content-Type": "application/json"}
    for body in ("{", "[1]", "[" * 100_000):
        answer = shop.meta.http.post("/me/messages", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == 100
        assert answer.headers["content-type"] == "application/json; charset=UTF-8"
