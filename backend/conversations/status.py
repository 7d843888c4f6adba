"""Which delivery status may follow which: webhooks come late and out of order, and a status never moves back."""

from __future__ import annotations

from backend.platforms.port import DeliveryStatus as S

FOLLOWERS: dict[str, frozenset[str]] = {
    S.RECEIVED: frozenset(),
    # Past sending: our mark came back from a try that we took for void.
    S.QUEUED: frozenset({S.SENDING, S.SENT, S.DELIVERED, S.READ, S.PLAYED, S.FAILED}),
    # A webhook may overtake our own answer. Back to queued: the platform could not answer and did nothing.
    S.SENDING: frozenset({S.QUEUED, S.SENT, S.DELIVERED, S.READ, S.PLAYED, S.FAILED}),
    S.SENT: frozenset({S.DELIVERED, S.READ, S.PLAYED, S.FAILED}),
    S.DELIVERED: frozenset({S.READ, S.PLAYED}),
    S.READ: frozenset({S.PLAYED}),
    S.PLAYED: frozenset(),
    # Proof of arrival beats our belief; a late "sent" does not, unless the outcome was unknown (see record).
    S.FAILED: frozenset({S.DELIVERED, S.READ, S.PLAYED}),
}

# Outbound and not yet decided: what holds up later messages of the same conversation.
UNFINISHED = (S.QUEUED, S.SENDING)

# What a contact who reads may still move on; the database keeps an index of these.
NOT_READ = (S.QUEUED, S.SENDING, S.SENT, S.DELIVERED, S.FAILED)

OUTCOME_UNKNOWN = "outcome_unknown"


def may_follow(old: str, new: str, *, error_code: str = "") -> bool:
    """Whether a message may go from the old status to the new one."""
    if old == S.FAILED and error_code == OUTCOME_UNKNOWN and new == S.SENT:
        return True
    return new in FOLLOWERS[old]


def sources_of(new: str) -> list[str]:
    """Every status that the new one may follow."""
    return [old for old, followers in FOLLOWERS.items() if new in followers]
