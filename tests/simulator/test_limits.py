"""Messages that come too fast are refused, and the allowance fills up again by the simulator's clock."""

from __future__ import annotations

import pytest

from backend.simulator.clock import Clock
from backend.simulator.throughput import HEAVY, PAGE, PERSON_AT_ONCE, STANDARD, Bucket
from tests.simulator.conftest import Meta, Shop
from tests.simulator.test_oauth import error_of


class Stopped(Clock):
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at


@pytest.fixture
def stopped(meta: Meta) -> Stopped:
    clock = Stopped()
    meta.app.sim.throughput.clock = clock
    return clock


def test_a_bucket_gives_its_rate_and_no_more() -> None:
    bucket = Bucket(left=80.0, at=0.0)
    taken = sum(bucket.takes(step / 1000, 80.0, 80.0) for step in range(10_000))
    assert taken == 80 + 10 * 80 - 1


def test_one_person_gets_a_burst_and_then_one_in_six_seconds(shop: Shop, stopped: Stopped) -> None:
    shop.hear("WHATSAPP")
    for _ in range(int(PERSON_AT_ONCE)):
        assert "messages" in shop.send("WHATSAPP", "hi")
    assert shop.send("WHATSAPP", "hi")["error"]["code"] == 131056
    stopped.at += 5.9
    assert shop.send("WHATSAPP", "hi")["error"]["code"] == 131056
    stopped.at += 0.2
    assert "messages" in shop.send("WHATSAPP", "hi")


@pytest.mark.parametrize(
    ("platform", "rate", "code"), [("WHATSAPP", STANDARD, 130429), ("MESSENGER", PAGE, 613)]
)
def test_an_account_has_a_rate(
    shop: Shop, meta: Meta, stopped: Stopped, platform: str, rate: float, code: int
) -> None:
    shop.hear(platform)
    shop.send(platform, "hi")
    for bucket in meta.app.sim.throughput.buckets.values():
        bucket.left = min(bucket.left, 0.5)
    assert error_of(shop.send(platform, "hi"))[0] == code
    stopped.at += 60 / rate + 6  # Of the person too.
    assert "error" not in shop.send(platform, "hi")


def test_audio_and_video_of_a_page_have_one_of_their_own(meta: Meta, stopped: Stopped) -> None:
    taken = [meta.app.sim.throughput.takes("page heavy", HEAVY) for _ in range(12)]
    assert taken == [True] * 10 + [False] * 2


def test_messages_use_up_nothing_of_the_allowance_for_calls(shop: Shop, meta: Meta) -> None:
    shop.hear("MESSENGER")
    calls = meta.app.sim.usage.calls
    before = {key: len(made) for key, made in calls.items()}
    shop.send("MESSENGER", "hi")
    assert {key: len(made) for key, made in calls.items()} == before
