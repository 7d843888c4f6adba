"""
Asks the platforms who the contacts are: the lane `profiles`.

A lane of its own, so that no message waits for it. Each account is asked at its own pace, one person at a time, and
accounts take turns: a slow one, or one with thousands of new people, holds up nobody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef

from backend.conversations.models import Contact
from backend.conversations.profiles import AFTER_DEAD_TOKEN, ProfileState
from backend.conversations.record import record_profile, record_profile_failed
from backend.engine.hands import Hands
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.platforms.errors import CredentialRejected, Incomprehensible, PlatformError, RateLimited
from backend.platforms.port import ContactCard

logger = structlog.get_logger(__name__)

LEASE = timedelta(
    minutes=2
)  # Longer than a call may take: who was claimed by a worker that died is due again.
LOOK_WITHIN = 0.5  # Seconds; while all are busy, or none may be asked yet.
REST_AFTER_THROTTLING = 60.0  # Seconds at least; whoever goes on calling makes it longer.
MOST_ACCOUNTS = 100  # Looked at in one look.

Ask = Callable[[UUID], float]
Run = Callable[[Ask, Iterable[UUID]], Iterable[float]]


def _rest(seconds: float) -> None:
    threading.Event().wait(seconds)


class Crew:
    """Threads that ask, and when each account may be asked again. Looks come from one thread at a time."""

    def __init__(
        self,
        threads: int,
        per_second: float,
        asker: Ask | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = _rest,
    ) -> None:
        self.hands = Hands[float]("profiles", threads)  # Accounts are in hand; what comes back is their rest.
        self.gap = 1 / per_second if per_second > 0 else 0.0
        self.ask = asker or ask
        self.clock = clock
        self.pause = pause
        self.free_at: dict[UUID, float] = {}  # Account -> from when it may be asked again.

    def look(self) -> bool:
        """Ask for those who are due, as far as there are free threads; whether there may be more."""
        for integration_id, rest in self.hands.ended():
            if rest:
                self.free_at[integration_id] = self.clock() + rest
        waiting = _accounts_with_due()
        for integration_id in sorted(waiting, key=lambda each: self.free_at.get(each, 0.0)):
            if self.hands.free and self._is_free(integration_id):
                self._begin(integration_id)
        if self.hands.in_hand:
            self.hands.rest(LOOK_WITHIN)
        elif waiting:
            self.pause(min(LOOK_WITHIN, self._shortest_rest(waiting)))
        return bool(self.hands.in_hand) or any(
            self.free_at.get(each, 0.0) - self.clock() < 1 for each in waiting
        )

    def _is_free(self, integration_id: UUID) -> bool:
        return (
            integration_id not in self.hands.in_hand and self.free_at.get(integration_id, 0.0) <= self.clock()
        )

    def _begin(self, integration_id: UUID) -> None:
        contact_id = _claim_one(integration_id)
        if contact_id:
            self.free_at[integration_id] = self.clock() + self.gap
            self.hands.begin(integration_id, self.ask, contact_id)

    def _shortest_rest(self, waiting: list[UUID]) -> float:
        return max(0.0, min(self.free_at.get(each, 0.0) for each in waiting) - self.clock())


@lru_cache(maxsize=1)
def _crew(threads: int, per_second: float) -> Crew:
    return Crew(threads, per_second)


def drain(run: Run | None = None) -> bool:
    """Ask for profiles that are due; whether there may be more.

    `run` asks for one person of each account in its own way, for instance one after the other (`map`).
    """
    if run is not None:
        claimed = [person for each in _accounts_with_due() if (person := _claim_one(each))]
        for _ in run(ask, claimed):
            pass
        return bool(claimed)
    return _crew(settings.PROFILE_THREADS, settings.PROFILE_CALLS_PER_SECOND).look()


def _accounts_with_due() -> list[UUID]:
    """The connected accounts of whose people some are due; an index tells it of each."""
    due = Contact.objects.profile_due(now()).filter(
        integration=OuterRef("pk"), account_id=OuterRef("account_id")
    )
    connected = ChannelIntegration.objects.filter(Exists(due), status=IntegrationStatus.CONNECTED)
    return list(connected.order_by("pk").values_list("pk", flat=True)[:MOST_ACCOUNTS])


def _claim_one(integration_id: UUID) -> UUID | None:
    """Somebody of the account who is due, ours from now on: who is new goes first, the newest of them before all."""
    account_id = ChannelIntegration.objects.values_list("account_id", flat=True).get(pk=integration_id)
    due = Contact.objects.profile_due(now()).filter(integration=integration_id, account_id=account_id)
    new = due.filter(profile_state=ProfileState.WANTED).order_by("-profile_due_at").first()
    contact = new or due.order_by("profile_due_at").first()
    if contact and Contact.objects.claim_profile(contact, until=now() + LEASE):
        return contact.pk
    return None


def ask(contact_id: UUID) -> float:
    """Ask who this is, and write it; for how many seconds the account is to be left in peace."""
    contact = Contact.objects.select_related("integration").filter(pk=contact_id).first()
    if contact is None:
        return 0.0  # Erased since.
    try:
        adapter, account = adapter_for(contact.integration), account_of(contact.integration)
        profile = adapter.read_profile(account, ContactCard(external_id=contact.external_id))
    except RateLimited as error:
        record_profile_failed(contact_id, error)
        return max(REST_AFTER_THROTTLING, error.retry_after or 0.0)
    except CredentialRejected as error:  # The daily look tells the business; here it is a reason to wait.
        record_profile_failed(contact_id, error, due_at=now() + AFTER_DEAD_TOKEN)
        return REST_AFTER_THROTTLING
    except PlatformError as error:
        record_profile_failed(contact_id, error)
        return 0.0
    except VaultUnreadable as error:
        logger.warning("profiles.no_token", integration_id=str(contact.integration_id))
        record_profile_failed(contact_id, Incomprehensible(error.message), due_at=now() + AFTER_DEAD_TOKEN)
        return REST_AFTER_THROTTLING
    record_profile(contact_id, profile)
    return 0.0
