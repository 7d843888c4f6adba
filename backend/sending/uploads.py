"""
Files go to the platform before the message that names them.

A message with files is queued without a time. The lane `uploads` hands its files in and gives it one, so that nobody
who sends waits for a file, and what fails here leaves no doubt whether it was sent. The platform's ids are kept
for each account until they end; a message that finds none goes back to this lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import lru_cache
from typing import IO
from uuid import UUID

import structlog
from django.db import close_old_connections
from django.db.models import Min, QuerySet

from backend.conversations.models import Message
from backend.conversations.record import record_prepared, record_preparing, record_refused
from backend.engine.lanes import ring
from backend.files.links import link_to
from backend.files.models import StoredFile
from backend.files.store import open_file
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import PlatformUpload
from backend.integrations.state import note_error
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import CredentialRejected, Malformed, PlatformError, RateLimited
from backend.platforms.port import (
    Account,
    Adapter,
    DeliveryStatus,
    MessageType,
    OutboundMedia,
    UploadFile,
)
from backend.sending import sound
from backend.sending.allowed import check_allowed
from backend.sending.backoff import next_attempt
from backend.sending.media import files_of, media_in

logger = structlog.get_logger(__name__)

LANE = "uploads"
AT_ONCE = 4
# Longer than handing in a file may take: then the message is due, finds none, and comes back here.
LEASE = timedelta(minutes=5)
PAUSE, THROTTLED = (
    timedelta(seconds=1),
    30.0,
)  # At least, between two tries; seconds where Meta slows us down.
MOST_ENDED = 100  # Rows that are forgotten at once.
# Refusals that an id which ended, or is not known any more, may be behind.
UNKNOWN_FILE = frozenset({100, 131009, 131052, 131053, 2018074})
AS_IT_IS = "By this login the platform fetches files as they are; this one would have to be converted."
GONE = "This file is not kept any more."

Run = Callable[[Callable[[UUID], None], Iterable[UUID]], Iterable[None]]


def waiting() -> QuerySet[Message]:
    """Messages whose files are to be handed in."""
    return Message.objects.filter(delivery_status=DeliveryStatus.QUEUED, due_at__isnull=True)


def drain(run: Run | None = None) -> bool:
    """Hand in the files of some messages, of every business first; whether there may be more."""
    longest = waiting().values("business_id").annotate(since=Min("created_at")).order_by("since")
    firsts = [_first_of(row["business_id"]) for row in longest[:AT_ONCE]]
    ids = [each for each in firsts if each]
    if 0 < len(ids) < AT_ONCE:
        others = waiting().exclude(pk__in=ids).order_by("id").values_list("pk", flat=True)
        ids += list(others[: AT_ONCE - len(ids)])
    for _ in (run or at_once)(prepare, ids):
        pass
    return bool(firsts)


def _first_of(business_id: str) -> UUID | None:
    """The first message of the business that waits; None where somebody was faster."""
    return waiting().filter(business_id=business_id).order_by("id").values_list("pk", flat=True).first()


def at_once(work: Callable[[UUID], None], ids: Iterable[UUID]) -> Iterable[None]:
    """Several at the same time, each in a thread."""

    def in_thread(message_id: UUID) -> None:
        try:
            work(message_id)
        finally:
            close_old_connections()

    return _pool().map(in_thread, ids)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="upload")


def prepare(message_id: UUID) -> None:
    """Hand in the files of one message that waits for it; then it is due."""
    if not record_preparing(message_id, until=now() + LEASE):
        return  # Somebody else has it.
    message = Message.objects.select_related("conversation__integration").filter(pk=message_id).first()
    if message is None:
        return  # Erased since.
    try:
        _hand_in(message)
    except PlatformError as error:
        _put_off(message, error)
    else:
        record_prepared(message_id, due_at=now(), attempts=message.attempts)
    ring("outbox")


def _hand_in(message: Message) -> None:
    integration = message.conversation.integration
    try:
        check_allowed(message.conversation, message.type, human_agent=message.human_agent, by_person=True)
        adapter, account = adapter_for(integration), account_of(integration)
    except (Refusal, VaultUnreadable):
        return  # Sending says why.
    wanted = media_in(message.payload)
    if adapter.info.uploads_last is None:
        if any(wanted.values()):
            raise Malformed(AS_IT_IS, resolution="Record it in one of the types that `capabilities` list.")
        return  # It fetches files.
    held = held_for([message])[message.pk]
    files = files_of(message.business_id, wanted)
    for media_id, form in wanted.items():
        if media_id in held:
            continue
        if media_id not in files:
            raise Malformed(GONE, resolution="Upload it again and send a new message.")
        kind = MessageType(message.type)
        external_id = _upload(adapter, account, files[media_id], kind, form)
        _keep(message, media_id, form, external_id, adapter.info.uploads_last)


def _upload(adapter: Adapter, account: Account, file: StoredFile, kind: MessageType, form: str) -> str:
    limits = adapter.info.capabilities.media.get(kind)
    mime_type = sound.FORMS[form][0] if form else file.mime_type
    try:
        with open_file(file) as content, _in_form(content, form, limits.max_bytes if limits else 0) as bytes_:
            return adapter.upload(
                account, UploadFile(mime_type=mime_type, name=_name_of(file, mime_type), content=bytes_)
            )
    except FileNotFoundError:
        raise Malformed(GONE, resolution="Upload it again and send a new message.") from None


def _in_form(content: IO[bytes], form: str, most_bytes: int) -> AbstractContextManager[IO[bytes]]:
    return sound.converted(content, form, most_bytes) if form else nullcontext(content)


def _name_of(file: StoredFile, mime_type: str) -> str:
    return file.name if file.name and mime_type == file.mime_type else f"file.{mime_type.partition('/')[2]}"


def _keep(message: Message, media_id: str, form: str, external_id: str, lasts: timedelta) -> None:
    present = now()
    ended = PlatformUpload.objects.filter(ends_at__lte=present).values("pk")[:MOST_ENDED]
    PlatformUpload.objects.filter(pk__in=list(ended.values_list("pk", flat=True))).delete()
    PlatformUpload.objects.update_or_create(
        integration_id=message.integration_id,
        account_id=message.account_id,
        file_id=UUID(media_id),
        form=form,
        defaults={"external_id": external_id, "made_at": present, "ends_at": present + lasts},
    )


def _put_off(message: Message, error: PlatformError) -> None:
    """Nothing was sent: it is tried again, or given up with the reason."""
    attempts = message.attempts + 1
    again = next_attempt(attempts, error, now())
    if again:
        rest = (
            timedelta(seconds=max(error.retry_after or 0, THROTTLED))
            if isinstance(error, RateLimited)
            else PAUSE
        )
        record_prepared(message.pk, due_at=max(again, now() + rest), attempts=attempts)
        return
    if isinstance(error, CredentialRejected):
        note_error(
            message.conversation.integration,
            code=error.code,
            message=error.message,
            resolution=error.resolution,
            fatal=True,
        )
    logger.info("uploads.given_up", message_id=str(message.pk), code=error.code)
    if Message.objects.claim(message.pk, now()):
        record_refused(message.pk, error)


# --- for whoever sends ---


def held_for(messages: Sequence[Message]) -> dict[UUID, dict[str, OutboundMedia]]:
    """Of each message the files that the platform holds, by our ids. No file, no statement."""
    wanted = {message.pk: media_in(message.payload) for message in messages}
    ids = {UUID(media_id) for each in wanted.values() for media_id in each}
    rows = PlatformUpload.objects.filter(file_id__in=ids, ends_at__gt=now()) if ids else ()
    uploads = {(row.integration_id, row.account_id, str(row.file_id), row.form): row for row in rows}
    return {message.pk: _held(message, wanted[message.pk], uploads) for message in messages}


def _held(
    message: Message, wanted: Mapping[str, str], uploads: Mapping[tuple[UUID, str, str, str], PlatformUpload]
) -> dict[str, OutboundMedia]:
    own = message.payload.get("media") or {}
    found = {}
    for media_id, form in wanted.items():
        row = uploads.get((message.integration_id, message.account_id, media_id, form))
        if row:
            found[media_id] = OutboundMedia(
                name=str(own.get("name", "")),
                external_id=row.external_id,
                voice=bool(own.get("voice")),
                reused=row.made_at < message.created_at,
            )
    return found


def links_to(message: Message) -> dict[str, OutboundMedia]:
    """The files of a message by addresses from which the platform can fetch them, for an hour."""
    own = message.payload.get("media") or {}
    name = str(own.get("name", ""))
    return {
        media_id: OutboundMedia(name=name, url=link_to(UUID(media_id)))
        for media_id in media_in(message.payload)
    }


def may_be_unknown(error: PlatformError, media: Iterable[OutboundMedia]) -> bool:
    """Whether the platform refused because an id that was kept from before is none to it any more."""
    told = {error.words.code, error.words.subcode}
    return bool(told & UNKNOWN_FILE) and any(each.reused for each in media)


def forget(message: Message) -> None:
    """The ids of the message's files are not to be used any more."""
    PlatformUpload.objects.filter(
        integration_id=message.integration_id,
        account_id=message.account_id,
        file_id__in=[UUID(media_id) for media_id in media_in(message.payload)],
    ).delete()


def is_due(at: datetime) -> QuerySet[Message]:
    """What the lane has to take up now."""
    return waiting().filter(created_at__lte=at)
