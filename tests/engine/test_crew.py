"""Threads that wait for others: no business and no slow answer holds up the rest."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from uuid import UUID

from backend.engine.crew import LIST_FOR, Crew, FairTurns
from backend.lib.ids import new_id

DEADLINE = 20.0


class Rows:
    """What waits, by business; taken once each."""

    def __init__(self, **counts: int) -> None:
        self.waiting = {name: [new_id() for _ in range(count)] for name, count in counts.items()}
        self.done: list[UUID] = []

    def businesses(self) -> list[str]:
        return [name for name, rows in self.waiting.items() if set(rows) - set(self.done)]

    def due(self, business: str, most: int, in_hand: Sequence[UUID]) -> list[UUID]:
        return [row for row in self.waiting[business] if row not in {*in_hand, *self.done}][:most]

    def turns(self) -> FairTurns:
        return FairTurns(self.businesses, self.due)


def owners(taken: list[tuple[UUID, str]]) -> list[str]:
    return [business for _, business in taken]


def test_a_long_queue_holds_up_nobody() -> None:
    taken = Rows(big=20, small=1).turns().take(4, share=4, in_hand={})
    assert sorted(owners(taken)) == ["big", "big", "big", "small"]


def test_whoever_was_served_last_comes_last() -> None:
    turns = Rows(one=5, two=5, three=5).turns()
    first = owners(turns.take(1, share=1, in_hand={}))
    second = owners(turns.take(1, share=1, in_hand={}))
    third = owners(turns.take(1, share=1, in_hand={}))
    assert {*first, *second, *third} == {"one", "two", "three"}


def test_a_share_is_not_exceeded() -> None:
    rows = Rows(big=20)
    held = dict.fromkeys(rows.waiting["big"][:3], "big")
    assert rows.turns().take(5, share=3, in_hand=held) == []


def test_the_list_of_who_waits_is_made_anew_after_a_while() -> None:
    rows, seconds = Rows(big=2), [10.0]
    turns = FairTurns(rows.businesses, rows.due, clock=lambda: seconds[0])
    (busy,) = turns.take(1, share=1, in_hand={})
    rows.waiting["late"] = [new_id()]
    assert owners(turns.take(1, share=1, in_hand=dict([busy]))) == []
    seconds[0] += 2 * LIST_FOR
    assert owners(turns.take(1, share=1, in_hand=dict([busy]))) == ["late"]


def test_a_slow_one_keeps_only_itself_from_working() -> None:
    rows = Rows(slow=1, quick=5)
    (stuck,) = rows.waiting["slow"]
    released = threading.Event()

    def work(row: UUID) -> None:
        if row == stuck:
            assert released.wait(DEADLINE)
        rows.done.append(row)

    crew = Crew("test", 2, work, rows.turns())
    try:
        while len(rows.done) < 5:
            assert crew.work_on_due()
        assert stuck not in rows.done
    finally:
        released.set()
    while crew.work_on_due():
        pass
    assert set(rows.done) == {stuck, *rows.waiting["quick"]}


def test_one_that_raises_ends_nobody_else() -> None:
    rows = Rows(one=2)
    bad, good = rows.waiting["one"]
    tried: list[UUID] = []

    def work(row: UUID) -> None:
        tried.append(row)
        rows.done.append(row)
        if row == bad:
            raise ValueError("broken")

    crew = Crew("test", 1, work, rows.turns())
    while crew.work_on_due():
        pass
    assert sorted(tried) == sorted([bad, good])
