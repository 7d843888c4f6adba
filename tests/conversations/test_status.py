"""The law of delivery statuses, walked through in all pairs."""

from __future__ import annotations

import itertools

import pytest

from backend.conversations.status import OUTCOME_UNKNOWN, UNFINISHED, may_follow, sources_of
from backend.platforms.port import DeliveryStatus as S

# How much is known of a message's fate; what arrived is known to have arrived.
RANK = {S.QUEUED: 0, S.SENDING: 1, S.SENT: 2, S.FAILED: 3, S.DELIVERED: 4, S.READ: 5, S.PLAYED: 6}
PAIRS = list(itertools.product(S, S))


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=str)
def test_a_status_only_moves_up(old: S, new: S) -> None:
    back_to_the_outbox = (old, new) == (S.SENDING, S.QUEUED)
    arrived_after_all = old == S.DELIVERED and new == S.FAILED
    expected = S.RECEIVED not in (old, new) and RANK[new] > RANK[old] and not arrived_after_all
    assert may_follow(old, new) is (expected or back_to_the_outbox)


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=str)
def test_an_unknown_outcome_yields_to_any_proof(old: S, new: S) -> None:
    proof = old == S.FAILED and new in (S.SENT, S.DELIVERED, S.READ, S.PLAYED)
    assert may_follow(old, new, error_code=OUTCOME_UNKNOWN) is (proof or may_follow(old, new))


def test_any_order_of_statuses_ends_at_the_same() -> None:
    for words in itertools.permutations((S.SENT, S.FAILED, S.DELIVERED, S.READ, S.PLAYED)):
        reached = S.SENDING
        for word in words:
            reached = word if may_follow(reached, word) else reached
        assert reached == S.PLAYED


def test_sources_are_the_law_read_backwards() -> None:
    for new in S:
        assert set(sources_of(new)) == {old for old in S if may_follow(old, new)}


def test_only_unfinished_messages_hold_up_later_ones() -> None:
    assert set(UNFINISHED) == {S.QUEUED, S.SENDING}
