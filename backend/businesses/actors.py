"""Who acts, as it is told afterwards, and what a program may be allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices


class ActorKind(TextChoices):
    """What kind of actor did something."""

    MEMBER = "MEMBER"  # A person.
    AI = "AI"  # An API key that answers by itself.
    SERVICE = "SERVICE"  # An API key of any other program.
    SYSTEM = "SYSTEM"  # This service, by itself.


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as it is told afterwards, when the row behind it may have changed."""

    kind: ActorKind
    id: str
    name: str


SYSTEM = Actor(ActorKind.SYSTEM, "", "")


class Scope(StrEnum):
    """What an API key may do. Members have every scope; their role says where it ends."""

    INTEGRATIONS_READ = "integrations:read"
    INTEGRATIONS_WRITE = "integrations:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    MESSAGES_SEND = "messages:send"
    EVENTS_READ = "events:read"
