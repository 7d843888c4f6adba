"""Our own mark of a message, which platforms give back: whose it is, and of which attempt. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Mark:
    """A message of ours, and how often it had been sent again by then."""

    message_id: UUID
    resends: int = 0


def mark_of(message_id: UUID, resends: int) -> str:
    """What goes along with the message: each time that somebody sends it again, another one."""
    return f"{message_id}.{resends}" if resends else str(message_id)


def read_mark(text: str) -> Mark | None:
    """The mark, as the platform gave it back; None where it is not one of ours."""
    own_id, _, resends = text.partition(".")
    try:
        return Mark(UUID(own_id), int(resends or 0)) if own_id else None
    except ValueError:
        return None
