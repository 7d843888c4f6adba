"""Meta's way in: 200 means that it is on disk, and nothing unsigned is."""

from __future__ import annotations

import asyncio
import json

import pytest

from backend.lib.secret import Secret
from backend.receiving.bodies import MAX_BODY_BYTES, MAX_DISCARDED_BYTES, Bodies
from backend.receiving.door import Door
from tests.receiving.asgi import SECRET, call, deliver, signed, whole
from tests.receiving.doors import PREVIOUS, Disk, assert_refused, make_door

OF_ANOTHER_APP = Secret("secret of another app")
HELLO = json.dumps({"object": "page", "entry": [], "text": "häßlich 👍"}).encode()


# ---- signatures


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS], ids=["the secret", "the one before"])
def test_signed_with_a_secret_of_ours(door: Door, disk: Disk, secret: Secret) -> None:
    answer = asyncio.run(deliver(door, HELLO, secret=secret))
    assert (answer.status, disk.bodies) == (200, [HELLO])


def test_a_body_in_pieces_is_one_body(door: Door, disk: Disk) -> None:
    arriving = whole(HELLO[:3], b"", HELLO[3:])
    answer = asyncio.run(call(door, "POST", headers=signed(HELLO), arriving=arriving))
    assert (answer.status, disk.bodies) == (200, [HELLO])


RE_ENCODED = json.dumps(json.loads(HELLO), separators=(",", ":")).encode()
FORGED: dict[str, tuple[bytes, dict[str, str]]] = {
    "no signature": (HELLO, {}),
    "an empty one": (HELLO, {"X-Hub-Signature-256": ""}),
    "signed with another app's secret": (HELLO, signed(HELLO, OF_ANOTHER_APP)),
    "signed with an empty secret": (HELLO, signed(HELLO, Secret(""))),
    "of another body": (HELLO, signed(HELLO + b" ")),
    "a body that was encoded anew": (RE_ENCODED, signed(HELLO)),
    "the old SHA-1 kind": (HELLO, {"X-Hub-Signature": signed(HELLO)["X-Hub-Signature-256"]}),
    "without its prefix": (HELLO, {"X-Hub-Signature-256": signed(HELLO)["X-Hub-Signature-256"][7:]}),
    "in upper case": (HELLO, {"X-Hub-Signature-256": signed(HELLO)["X-Hub-Signature-256"].upper()}),
}


@pytest.mark.parametrize(("body", "headers"), FORGED.values(), ids=FORGED)
def test_nothing_unsigned_is_stored(door: Door, disk: Disk, body: bytes, headers: dict[str, str]) -> None:
    answer = asyncio.run(call(door, "POST", headers=headers, arriving=whole(body)))
    assert_refused(answer, 403, "signature_invalid")
    assert not disk.bodies
    for spoken in (signed(body)["X-Hub-Signature-256"], "proxy", "secret"):
        assert spoken not in answer.body.decode()  # An answer that explains would help to forge.


# ---- deliveries that are handed in whole


def hand_in(door: Door, body: bytes, headers: dict[str, str]) -> tuple[bool, list[tuple[int, str]]]:
    """Whether it is taken at once, and what is answered later."""

    async def story() -> tuple[bool, list[tuple[int, str]]]:
        replies: list[tuple[int, str]] = []
        named = {name.lower().encode(): value.encode() for name, value in headers.items()}
        taken = door.take(named, body, lambda answer, request_id: replies.append((answer.status, request_id)))
        assert replies == []
        if door.inbox.flushing:
            await door.inbox.flushing
        return taken, replies

    return asyncio.run(story())


def test_taken_and_answered_after_the_commit(door: Door, disk: Disk) -> None:
    taken, replies = hand_in(door, HELLO, {**signed(HELLO), "X-Request-Id": "given-by-the-proxy"})
    assert (taken, replies, disk.bodies) == (True, [(200, "given-by-the-proxy")], [HELLO])
    assert door.counts.answers == {200: 1}


def test_what_could_not_be_stored_is_not_acknowledged(door: Door, disk: Disk) -> None:
    disk.broken = True
    taken, ((status, request_id),) = hand_in(door, HELLO, signed(HELLO))
    assert (taken, status, disk.bodies) == (True, 503, [])
    assert request_id


@pytest.mark.parametrize(("body", "headers"), FORGED.values(), ids=FORGED)
def test_nothing_unsigned_is_taken(door: Door, disk: Disk, body: bytes, headers: dict[str, str]) -> None:
    assert hand_in(door, body, headers) == (False, [])
    assert (disk.bodies, door.counts.answers) == ([], {})


def test_a_full_inbox_takes_nothing(disk: Disk) -> None:
    assert hand_in(make_door(disk, max_waiting=0), HELLO, signed(HELLO)) == (False, [])


# ---- bodies that do not come as they should


def test_the_largest_body_is_taken(door: Door, disk: Disk) -> None:
    body = b" " * MAX_BODY_BYTES
    assert asyncio.run(deliver(door, body)).status == 200
    assert [len(stored) for stored in disk.bodies] == [3 * 1024 * 1024]


def test_far_too_large_by_its_own_word(door: Door) -> None:
    """Nothing of it is waited for: the sender here is silent."""
    headers = signed(b"") | {"Content-Length": str(MAX_DISCARDED_BYTES + 1)}
    assert_refused(asyncio.run(call(door, "POST", headers=headers)), 413, "too_large")


def test_too_large_by_its_own_word(disk: Disk) -> None:
    headers = signed(b"") | {"Content-Length": str(MAX_BODY_BYTES + 1)}
    answer = asyncio.run(call(make_door(disk, bodies=Bodies(read_for=0.01)), "POST", headers=headers))
    assert_refused(answer, 413, "too_large")


def test_far_too_large_without_a_word(door: Door, disk: Disk) -> None:
    """It is read on, so that the sender sees the answer, but not for ever."""
    chunk = b" " * MAX_BODY_BYTES
    arriving = whole(*[chunk] * (MAX_DISCARDED_BYTES // MAX_BODY_BYTES + 2))[:-1]
    answer = asyncio.run(call(door, "POST", headers=signed(b""), arriving=arriving))
    assert_refused(answer, 413, "too_large")
    assert not disk.bodies


@pytest.mark.parametrize("length", [None, "12", "many"], ids=["no length", "a lie", "nonsense"])
def test_too_large_in_the_end(door: Door, disk: Disk, length: str | None) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)
    headers = signed(body) | ({"Content-Length": length} if length else {})
    answer = asyncio.run(call(door, "POST", headers=headers, arriving=whole(body[:-1], body[-1:])))
    assert_refused(answer, 413, "too_large")
    assert not disk.bodies


def test_a_body_that_never_ends_arriving(disk: Disk) -> None:
    door = make_door(disk, bodies=Bodies(read_for=0.01))
    arriving = whole(HELLO, b"")[:1]  # More was announced and does not come.
    answer = asyncio.run(call(door, "POST", headers=signed(HELLO), arriving=arriving))
    assert_refused(answer, 408, "request_timeout")
    assert not disk.bodies


def test_a_sender_that_goes_away(door: Door, disk: Disk) -> None:
    arriving = [*whole(HELLO, b"")[:1], {"type": "http.disconnect"}]
    answer = asyncio.run(call(door, "POST", headers=signed(HELLO), arriving=arriving))
    assert_refused(answer, 400, "validation_error")
    assert not disk.bodies


# ---- the group commit


def test_200_only_after_the_commit(door: Door, disk: Disk) -> None:
    async def story() -> None:
        disk.free.clear()
        delivery = asyncio.create_task(deliver(door, HELLO))
        others = [asyncio.create_task(deliver(door, HELLO)) for _ in range(3)]
        done, _ = await asyncio.wait([delivery, *others], timeout=0.05)
        assert not done
        disk.free.set()
        answers = await asyncio.gather(delivery, *others)
        assert [answer.status for answer in answers] == [200] * 4

    asyncio.run(story())
    assert disk.bodies == [HELLO] * 4


def test_503_while_the_disk_is_gone_and_200_when_it_is_back(door: Door, disk: Disk) -> None:
    async def story() -> None:
        disk.broken = True
        refused = await asyncio.gather(*(deliver(door, HELLO) for _ in range(3)))
        for answer in refused:
            assert_refused(answer, 503, "service_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        disk.broken = False
        assert (await deliver(door, HELLO)).status == 200

    asyncio.run(story())
    assert disk.bodies == [HELLO]


def test_503_when_too_many_wait(disk: Disk) -> None:
    async def story() -> None:
        door = make_door(disk, max_waiting=2)
        disk.free.clear()
        writing = asyncio.create_task(deliver(door, HELLO))
        await asyncio.wait([writing], timeout=0.05)  # It is on its way to the disk and waits no more.
        waiting = [asyncio.create_task(deliver(door, HELLO)) for _ in range(2)]
        await asyncio.wait(waiting, timeout=0.05)
        assert_refused(await deliver(door, b"{}"), 503, "service_unavailable")
        disk.free.set()
        assert [answer.status for answer in await asyncio.gather(writing, *waiting)] == [200] * 3
        assert (await deliver(door, HELLO)).status == 200

    asyncio.run(story())
    assert disk.bodies == [HELLO] * 4


def test_a_sender_that_left_keeps_nobody_waiting(door: Door, disk: Disk) -> None:
    async def story() -> None:
        disk.free.clear()
        leaving, staying = (asyncio.create_task(deliver(door, HELLO)) for _ in range(2))
        await asyncio.wait([leaving, staying], timeout=0.05)
        leaving.cancel()
        disk.free.set()
        assert (await staying).status == 200

    asyncio.run(story())
    assert disk.bodies == [HELLO] * 2  # What was taken is kept, whether somebody hears of it or not.


def test_many_deliveries_share_few_commits(door: Door, disk: Disk) -> None:
    async def sender(count: int) -> list[int]:
        return [(await deliver(door, HELLO)).status for _ in range(count)]

    async def story() -> None:
        counts = [1000 // 64 + (1 if task < 1000 % 64 else 0) for task in range(64)]
        answers = await asyncio.gather(*map(sender, counts))
        assert [status for statuses in answers for status in statuses] == [200] * 1000

    asyncio.run(story())
    assert len(disk.bodies) == 1000
    assert disk.commits <= 50
