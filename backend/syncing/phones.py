"""
What a WhatsApp number's phone hands over when it is connected: filed a few messages at a time.

The import begins by itself with the first part, and is done with the part that says 100 %. A step takes a moment, and
between two it rests for longer, so that the lanes that people wait for do not feel it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from itertools import takewhile
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from backend.conversations.models import Conversation, HistoryPart, Message
from backend.conversations.record import Arrival, record_notices
from backend.engine.moments import PRECEDENCE, next_count, rest_after
from backend.feed.publish import publish
from backend.integrations.adapters import app
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.platforms.port import ContactCard
from backend.platforms.whatsapp.threads import messages_of, read_thread
from backend.syncing.holding import Hold
from backend.syncing.models import HistoryImport, ImportOrigin, ImportState
from backend.syncing.progress import end, fail, forget_trouble, import_changed, note_trouble

logger = structlog.get_logger(__name__)

A_WHILE = 2.0  # Seconds that one claim is worked under.
FIRST, MOST = 2, 40  # Parts of one transaction: of the first one, and at most.
MESSAGES = 200  # Of one transaction at most, where a part holds more.
# A phone that says nothing for so long hands over no more: Meta repeats a delivery for a week.
SILENT_FOR = timedelta(days=7)
COMPLETE = 100
STOPPED = "The phone stopped before it had handed everything over."
NOT_SHARED = "The business does not share the history on its phone."
SHARE_AGAIN = "To share it after all, take the number off in the WhatsApp Business app and connect it again."


def wake_phones() -> None:
    """Let the imports go on of which parts have come; the first part begins one."""
    waiting = set(HistoryPart.objects.order_by().values_list("integration", flat=True).distinct())
    if not waiting:
        return
    phones = HistoryImport.objects.running().filter(origin=ImportOrigin.PHONE, integration__in=waiting)
    phones.filter(due_at__gt=now() + timedelta(hours=1)).update(due_at=now())
    for integration_id in waiting - set(phones.values_list("integration", flat=True)):
        _begin(integration_id)


def _begin(integration_id: UUID) -> None:
    """Begin the import, or go on with the one of this account that was thought to be over."""
    integration = ChannelIntegration.objects.get(pk=integration_id)
    account_id = integration.account_id or ""
    latest = HistoryImport.objects.filter(integration=integration).order_by("-started_at").first()
    if latest is None or (latest.origin, latest.account_id) != (ImportOrigin.PHONE, account_id):
        latest = HistoryImport(
            business_id=integration.business_id,
            integration=integration,
            account_id=account_id,
            origin=ImportOrigin.PHONE,
            progress=0,
        )
    latest.state, latest.finished_at, latest.due_at = ImportState.RUNNING, None, now()
    forget_trouble(latest)
    try:
        with transaction.atomic():
            latest.save()
            publish([import_changed(latest)])
    except IntegrityError:
        return  # Somebody else was first.


def file_parts(hold: Hold, *, pause: Callable[[float], None]) -> None:
    """File the oldest parts, a moment at a time and with rests, for a while; then let go of the import."""
    until = time.monotonic() + A_WHILE
    while (took := _file_after_others(hold)) is not None and time.monotonic() < until:
        pause(rest_after(took))
    hold.write_last(_note_nothing_left if took is None else partial(_note_rest, took=took))


def _file_after_others(hold: Hold) -> float | None:
    PRECEDENCE.let_others_first()
    return hold.write(_file_some)


def _file_some(job: HistoryImport) -> float | None:
    """File as many parts as fit into a moment; how long it took, in seconds. None: there is nothing to be filed."""
    began = time.monotonic()
    some = list(_parts_of(job)[: job.page_size or FIRST])
    if not some or some[0].failure is not None or not _is_connected(job):
        return None
    job.messages += _file(job, some)
    forget_trouble(job)
    job.is_second_look = False
    took = time.monotonic() - began
    job.page_size = min(MOST, next_count(len(some), took))
    return took


def _note_rest(job: HistoryImport, *, took: float) -> None:
    job.due_at = now() + timedelta(seconds=rest_after(took))


def _note_nothing_left(job: HistoryImport) -> None:
    """Nothing is to be filed: the number was disconnected, the business refuses, or it is all here."""
    oldest = _parts_of(job).first()
    if not _is_connected(job):
        _parts_of(job).filter(account_id=job.account_id).delete()
        _fail_unconnected(job)
    elif oldest is None:
        _rest_or_end(job)
    elif oldest.failure is not None:
        _note_refusal(job, oldest)


def _parts_of(job: HistoryImport) -> QuerySet[HistoryPart]:
    return HistoryPart.objects.filter(integration=job.integration).order_by("id")


def _is_connected(job: HistoryImport) -> bool:
    return job.integration.is_connected and job.integration.account_id == job.account_id


def _file(job: HistoryImport, parts: Iterable[HistoryPart]) -> int:
    """File the next messages of the parts, as many as a step takes; how many were not here yet."""
    arrivals: list[Arrival] = []
    filed: list[int] = []
    left = MESSAGES
    for part in takewhile(lambda each: each.failure is None, parts):
        if left <= 0:
            break
        messages = messages_of(part.content)
        some = messages[part.filed : part.filed + left]
        if part.contact is not None:
            notices = read_thread(part.account_id, ContactCard(**part.contact), some)
            arrivals += [Arrival(job.integration, notice) for notice in notices]
        left -= max(1, len(some))
        part.filed += len(some)
        if part.filed < len(messages):
            part.save(update_fields=["filed"])
            break
        filed.append(part.pk)
        job.progress = max(job.progress or 0, min(part.progress or 0, COMPLETE))
    HistoryPart.objects.filter(pk__in=filed).delete()
    return record_notices(arrivals, own_app_id=app().app_id)


def _rest_or_end(job: HistoryImport) -> None:
    """Everything that came is filed: done, or the phone hands over more later."""
    job.conversations = _count_conversations(job)
    if job.progress == COMPLETE:
        end(job)
        logger.info("imports.done", integration_id=str(job.integration_id), messages=job.messages)
    elif job.is_second_look:
        note_trouble(job, code="platform_refused", message=STOPPED, resolution=None)
        end(job)
    else:
        job.due_at, job.is_second_look = now() + SILENT_FOR, True


def _count_conversations(job: HistoryImport) -> int:
    told = Message.objects.filter(conversation=OuterRef("pk"), is_history=True)
    rows = Conversation.objects.filter(integration=job.integration, account_id=job.account_id)
    return rows.filter(Exists(told)).count()


def _note_refusal(job: HistoryImport, part: HistoryPart) -> None:
    said = str((part.failure or {}).get("message") or "")
    message = f"{NOT_SHARED} WhatsApp says: {said}" if said else NOT_SHARED
    fail(job, code="platform_refused", message=message, resolution=SHARE_AGAIN)
    HistoryPart.objects.filter(integration=job.integration).delete()


def _fail_unconnected(job: HistoryImport) -> None:
    message = "The number is not connected any more."
    fail(job, code="not_connected", message=message, resolution="Connect it again in the settings.")
