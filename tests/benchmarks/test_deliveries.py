"""What the benchmarks send is what the platform sends, so that a figure says something of the product."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from backend.lib.secret import Secret
from backend.platforms.meta.signature import is_signed
from backend.platforms.notices import DeliveryChanged, MessageReceived
from backend.platforms.whatsapp.parse import parse
from benchmarks.deliveries import PHONE_ID, SECRET, STATUSES, message, traffic, write_signed


def test_every_delivery_is_one_notice() -> None:
    kinds = Counter[str]()
    for body in traffic(800):
        (notice,) = parse(json.loads(body))
        assert isinstance(notice, MessageReceived | DeliveryChanged)
        assert notice.account_id == PHONE_ID
        kinds[type(notice).__name__] += 1
    assert 200 <= kinds["MessageReceived"] <= 210
    assert 600 <= kinds["DeliveryChanged"] <= 620


def test_each_message_of_ours_is_told_of_once_in_each_status_and_some_deliveries_come_again() -> None:
    bodies = list(traffic(4000))
    assert len(set(bodies)) == 4000
    assert 4010 < len(bodies) < 4090
    told = Counter((notice.external_id, notice.status) for body in set(bodies) for notice in _statuses(body))
    assert len(told) == 1000 * len(STATUSES)
    assert set(told.values()) == {1}


def _statuses(body: bytes) -> list[DeliveryChanged]:
    return [notice for notice in parse(json.loads(body)) if isinstance(notice, DeliveryChanged)]


def test_every_line_is_a_signature_and_its_body(tmp_path: Path) -> None:
    path = tmp_path / "deliveries"
    assert write_signed(path, map(message, range(3))) == 3
    for number, line in enumerate(path.read_bytes().splitlines()):
        signature, _, body = line.partition(b" ")
        assert body == message(number)
        assert is_signed(body, signature, [Secret(SECRET)])
