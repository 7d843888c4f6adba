"""Deliveries whose signature did not fit: counted, explained to an operator, and to nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from backend.lib.secret import Secret
from backend.platforms.meta.misfit import Reason
from backend.receiving.counts import DoorCounts
from backend.receiving.door import Door
from backend.receiving.models import SignatureRefusal
from backend.receiving.refusals import Refusals
from tests.receiving.asgi import SECRET, Answer, call, signed, whole
from tests.receiving.doors import VERIFY_TOKEN, Disk, Notes, make_door

SAID = {"object": "page", "entry": [], "text": "häßlich"}
BODY = json.dumps(SAID, separators=(",", ":")).encode()
RE_ENCODED = json.dumps(SAID).encode()

SENT: dict[Reason, tuple[bytes, Mapping[str, str]]] = {
    Reason.NO_SIGNATURE: (BODY, {}),
    Reason.SHA1_ONLY: (BODY, {"X-Hub-Signature": "sha1=" + "0" * 40}),
    Reason.NOT_A_SIGNATURE: (BODY, {"X-Hub-Signature-256": "none"}),
    Reason.BODY_CHANGED: (RE_ENCODED, signed(BODY)),
    Reason.OTHER_SECRET: (BODY, signed(BODY, Secret("another app's"))),
}


def make_refusals(counts: DoorCounts, *, write_every: float = 0.0, look_every: float = 0.0) -> Refusals:
    return Refusals(
        secrets=lambda: (SECRET,),
        verify_token=lambda: Secret(VERIFY_TOKEN),
        counts=counts,
        write_every=write_every,
        look_every=look_every,
    )


async def send(door: Door, reason: Reason, *, path: str = "/api/webhooks/meta") -> Answer:
    body, headers = SENT[reason]
    return await call(door, "POST", path, headers=headers, arriving=whole(body))


@pytest.mark.parametrize("reason", SENT)
def test_each_reason_is_told_to_the_operator_alone(disk: Disk, reason: Reason) -> None:
    notes = Notes()
    answer = asyncio.run(send(make_door(disk, notes=notes), reason))
    assert answer.status == 403
    assert len(notes.refused) == 1
    same = asyncio.run(send(make_door(disk), Reason.OTHER_SECRET))
    assert answer.body == same.body, "every reason gets the same words"


def test_who_does_not_claim_to_be_the_platform_is_not_read(disk: Disk) -> None:
    """The sender here is silent after its head: an answer without a wait."""
    answer = asyncio.run(call(make_door(disk), "POST", headers={}))
    assert answer.status == 403


@pytest.mark.django_db(transaction=True)
def test_one_row_for_each_reason(disk: Disk) -> None:
    counts = DoorCounts()

    async def story() -> None:
        door = make_door(disk)
        door.refusals = make_refusals(counts)
        for _ in range(3):
            for reason in SENT:
                await send(door, reason)
        await door.close()

    with capture_logs() as lines:
        asyncio.run(story())
    assert counts.refusals == dict.fromkeys(SENT, 3)
    rows = {row.reason: row for row in SignatureRefusal.objects.all()}
    assert set(rows) == set(SENT)
    for row in rows.values():
        assert (row.times, row.path) == (3, "/api/webhooks/meta")
        assert row.first_at <= row.last_at
        assert row.what
        assert row.resolution
    assert "spaces" in rows[Reason.BODY_CHANGED].what
    told = [line for line in lines if line["event"] == "door.signature_refused"]
    assert {line["reason"] for line in told} == set(SENT)
    assert sum(line["times"] for line in told) == 3 * len(SENT)
    assert SECRET.reveal() not in str(lines)


@pytest.mark.django_db(transaction=True)
def test_a_flood_costs_one_line_and_one_row(disk: Disk) -> None:
    counts = DoorCounts()

    async def story() -> None:
        door = make_door(disk)
        door.refusals = make_refusals(counts, write_every=60.0, look_every=60.0)
        for _ in range(200):
            await send(door, Reason.OTHER_SECRET)
        await door.close()

    with capture_logs() as lines:
        asyncio.run(story())
    assert counts.refusals == {Reason.OTHER_SECRET: 1, Reason.NOT_LOOKED_INTO: 199}
    rows = dict(SignatureRefusal.objects.values_list("reason", "times"))
    assert rows == {Reason.OTHER_SECRET: 1, Reason.NOT_LOOKED_INTO: 199}
    assert len([line for line in lines if line["event"] == "door.signature_refused"]) <= 2 * len(rows)


@pytest.mark.django_db(transaction=True)
def test_a_path_that_no_database_likes(disk: Disk) -> None:
    async def story() -> None:
        door = make_door(disk)
        door.refusals = make_refusals(DoorCounts())
        await send(door, Reason.NO_SIGNATURE, path="/api/webhooks/meta" + "/" * 300)
        await door.close()

    asyncio.run(story())
    assert len(SignatureRefusal.objects.get().path) == 200
