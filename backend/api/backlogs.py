"""How much work waits in each lane, and for how long: counted up to a limit, so that looking never costs much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, QuerySet
from django.db.models.functions import Coalesce, Least

from backend.connecting.models import OPEN_STATES, ConnectionStep, Farewell, Watch
from backend.conversations.models import Attachment, Contact, Conversation, DueReaction, DueSignal, Message
from backend.files.models import FileState, StoredFile
from backend.integrations import templates
from backend.platforms.port import DeliveryStatus
from backend.receiving.loads import Load
from backend.receiving.models import ErasureSearch, WebhookEvent
from backend.sending import uploads
from backend.sending.deliver import LEASE
from backend.syncing.models import HistoryImport

COUNTED = 10_000  # Whoever has more waiting knows enough.


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in one lane at a moment."""

    waiting: int  # COUNTED means that many or more.
    oldest_seconds: float  # How long the oldest of these has been due; 0 where nothing waits.


# The rows that a lane has to take up now, each with `since`: when it became due. All are found by an index.
Waiting = Callable[[datetime], QuerySet[Any, Any]]


def _inbox(at: datetime) -> QuerySet[Any, Any]:
    return _events(at, Load.LIVE)


def _bulk(at: datetime) -> QuerySet[Any, Any]:
    return _events(at, Load.BULK)


def _events(at: datetime, load: Load) -> QuerySet[Any, Any]:
    return WebhookEvent.objects.waiting(at).filter(lane=load).values(since=F("due_at"))


def _outbox(at: datetime) -> QuerySet[Any, Any]:
    queued = Message.objects.filter(delivery_status=DeliveryStatus.QUEUED, due_at__lte=at)
    return queued.order_by("due_at", "id").values(since=F("due_at"))


def _signals(at: datetime) -> QuerySet[Any, Any]:
    return DueSignal.objects.filter(due_at__lte=at).order_by("due_at").values(since=F("due_at"))


def _reactions(at: datetime) -> QuerySet[Any, Any]:
    return DueReaction.objects.filter(due_at__lte=at).order_by("due_at").values(since=F("due_at"))


def _rescue(at: datetime) -> QuerySet[Any, Any]:
    return Message.objects.abandoned(at - LEASE).values(since=F("claimed_at"))


def _media(at: datetime) -> QuerySet[Any, Any]:
    return Attachment.objects.due(at).values(since=F("due_at"))


def _files(_at: datetime) -> QuerySet[Any, Any]:
    return StoredFile.objects.filter(state=FileState.LEAVING).values(since=F("kept_until"))


def _steps(at: datetime) -> QuerySet[Any, Any]:
    return ConnectionStep.objects.filter(state__in=OPEN_STATES, due_at__lte=at).values(since=F("due_at"))


def _tokens(at: datetime) -> QuerySet[Any, Any]:
    earlier = Least(Coalesce("renew_at", "inspect_at"), "inspect_at")
    return Watch.objects.due(at).values(since=earlier)


def _farewells(at: datetime) -> QuerySet[Any, Any]:
    return Farewell.objects.due(at).values(since=F("due_at"))


def _turns(at: datetime) -> QuerySet[Any, Any]:
    return Conversation.objects.filter(turn_due_at__lte=at).values(since=F("turn_due_at"))


def _imports(at: datetime) -> QuerySet[Any, Any]:
    return HistoryImport.objects.due(at).order_by().values(since=F("due_at"))


def _erasures(_at: datetime) -> QuerySet[Any, Any]:
    return ErasureSearch.objects.filter(done_at__isnull=True).values(since=F("erasure__erased_at"))


def _templates(at: datetime) -> QuerySet[Any, Any]:
    return templates.due(at).values(since=F("due_at"))


def _profiles(at: datetime) -> QuerySet[Any, Any]:
    return Contact.objects.profile_due(at).values(since=F("profile_due_at"))


def _uploads(at: datetime) -> QuerySet[Any, Any]:
    return uploads.is_due(at).values(since=F("created_at"))


LANES: dict[str, Waiting] = {
    "inbox": _inbox,
    "bulk": _bulk,
    "outbox": _outbox,
    "signals": _signals,
    "reactions": _reactions,
    "rescue": _rescue,
    "media": _media,
    "files": _files,
    "steps": _steps,
    "tokens": _tokens,
    "farewells": _farewells,
    "turns": _turns,
    "imports": _imports,
    "erasures": _erasures,
    "templates": _templates,
    "uploads": _uploads,
    "profiles": _profiles,
}
# They look for what is old by now, or has a place now, whenever they get to it.
WITHOUT_BACKLOG = frozenset({"unrouted", "parked", "attempts", "retention"})


def backlogs(at: datetime) -> dict[str, Backlog]:
    """What waits in every lane; one bounded statement for each."""
    return {lane: _measured(waiting(at), at) for lane, waiting in LANES.items()}


def _measured(rows: QuerySet[Any, Any], at: datetime) -> Backlog:
    found = rows[:COUNTED].aggregate(waiting=Count("*"), oldest=Min("since"))
    oldest = found["oldest"]
    return Backlog(found["waiting"], max(0.0, (at - oldest).total_seconds()) if oldest else 0.0)


def count_up_to(rows: QuerySet[Any, Any], limit: int = COUNTED) -> int:
    """How many rows there are; the limit means that many or more."""
    return rows.order_by()[:limit].count()
