"""One file is fetched: from the link that came with it, or from a fresh one. Safe to repeat, and to be killed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings

from backend.conversations.models import Attachment
from backend.conversations.record import record_fetch_postponed, record_stored, record_unavailable
from backend.files import store
from backend.files.incoming import MEGABYTE, Incoming
from backend.integrations.adapters import account_of, adapter_for, downloads
from backend.integrations.state import note_error
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.platforms.errors import (
    CredentialRejected,
    Incomprehensible,
    PermissionMissing,
    PlatformError,
    Refused,
    Unavailable,
)
from backend.platforms.meta.download import FileTooLarge, LinkDead, LinkForbidden
from backend.platforms.port import Account, AttachmentType, FileLink, WantedFile

logger = structlog.get_logger(__name__)

# Longer than one try may take: whoever holds a claim for so long has died.
LEASE = timedelta(minutes=8)
# WhatsApp's links live for five minutes.
LINK_LIVES_FOR = timedelta(minutes=4)
# A blip costs seconds; an outage of a day, or an account that must be connected again, loses no file: the platforms
# keep them for a week.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 48 * 3600)
)
TRIES = len(PAUSES) + 1
MISMATCHES = 3  # Tries that may bring other bytes than were told.

SEND_AGAIN = "Ask the customer to send it again."


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Why a file will not be had."""

    code: str
    message: str
    resolution: str | None


FAILED_HERE = GivenUp("media_unavailable", "Our service failed while it fetched the file.", SEND_AGAIN)


class Mismatch(Exception):
    """Other bytes came than those that the platform told of."""


def fetch(attachment_id: UUID) -> None:
    """Fetch one file, if it is still wanted; whatever happens is written down."""
    present = now()
    if not Attachment.objects.claim(attachment_id, at=present, until=present + LEASE):
        return  # Somebody else has it, or it was taken back.
    rows = Attachment.objects.select_related("message__integration")
    row = rows.filter(pk=attachment_id).first()
    if row is None:
        return  # Erased since.
    try:
        reason = FAILED_HERE if row.attempts > TRIES else _try(row)  # Whoever tried died, each time.
    except Exception:  # Ours. It comes again, as often as any other failure.
        logger.exception("media.failed", attachment_id=str(attachment_id))
        reason = _later(row, FAILED_HERE)
    if reason:
        record_unavailable(row.pk, code=reason.code, message=reason.message, resolution=reason.resolution)


def _try(row: Attachment) -> GivenUp | None:
    """Fetch the file and record it, or say when to try again; why not, where it is given up."""
    integration = row.message.integration
    if (integration.account_id or "") != row.message.account_id:
        return GivenUp("media_unavailable", "It came to an account that was replaced by another one.", None)
    try:
        account = account_of(integration)
        with Incoming(settings.MEDIA_MAX_MB * MEGABYTE) as incoming:
            _download(row, account, incoming)
            _keep(row, incoming)
    except Mismatch:
        told = "What came was not what the platform had told of; the file may be broken."
        return _later(row, GivenUp("media_changed", told, SEND_AGAIN), tries=MISMATCHES)
    except VaultUnreadable as error:
        return _later(row, GivenUp(error.code, error.message, error.resolution))
    except PlatformError as error:
        return _read(row, error)
    return None


def _download(row: Attachment, account: Account, incoming: Incoming) -> None:
    """The first link that works, into an empty file. Raises Mismatch, PlatformError."""
    last: Exception = Refused("The platform told of no place where this file is.")
    for find in _links(row, account):
        incoming.start_over()
        try:
            link = find()
            token = account.token if link.wants_token else None
            downloads().fetch(link.url, token=token, most=incoming.most, into=incoming.write)
            _compare(incoming, link.sha256 or row.sha256, link.size)
        except (LinkDead, LinkForbidden, Mismatch) as error:
            last = error  # Perhaps only this link.
        else:
            return
    raise last


def _links(row: Attachment, account: Account) -> Iterator[Callable[[], FileLink]]:
    """The link that came along, while it may live; then one that is asked for."""
    told = FileLink(url=row.url, wants_token=bool(row.media_id))
    is_young = not row.media_id or now() - row.created_at < LINK_LIVES_FOR
    if row.url and row.attempts == 1 and is_young:
        yield lambda: told
    wanted = WantedFile(
        message_id=row.message.external_id or "",
        media_id=row.media_id,
        type=AttachmentType(row.type),
        position=row.position,
    )
    yield lambda: adapter_for(row.message.integration).find_file(account, wanted)


def _compare(incoming: Incoming, sha256: str, size: int | None) -> None:
    digest = digest_in(sha256)
    wrong_size = digest is None and size is not None and size != incoming.size
    if wrong_size or (digest is not None and digest != bytes.fromhex(incoming.sha256)):
        raise Mismatch


def digest_in(text: str) -> bytes | None:
    """The checksum, which platforms write in hex or in base64; None where it is neither."""
    text = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    try:
        digest = base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == 32 else None


def _keep(row: Attachment, incoming: Incoming) -> None:
    while True:
        written = store.write(row.business_id, incoming, told_type=row.mime_type)
        try:
            record_stored(row.pk, written)
        except store.FileGone:  # The business let go of the same bytes at this moment.
            continue
        return


def _read(row: Attachment, error: PlatformError) -> GivenUp | None:
    """What an error of the platform means for this file."""
    if isinstance(error, CredentialRejected):
        note_error(
            row.message.integration,
            code=error.code,
            message=error.message,
            resolution=error.resolution,
            fatal=True,
        )
    code = next((code for kind, code in CODES if isinstance(error, kind)), "media_unavailable")
    reason = GivenUp(code, error.told, error.resolution)
    return _later(row, reason, error) if isinstance(error, PASSING) else reason


# The first line that fits is taken.
CODES: tuple[tuple[type[PlatformError], str], ...] = (
    (LinkForbidden, "media_forbidden"),
    (FileTooLarge, "media_too_large"),
    (CredentialRejected, "reconnect_required"),
    (PermissionMissing, "permission_missing"),
)
# What may be over by the next try.
PASSING = (Unavailable, Incomprehensible, CredentialRejected, PermissionMissing)


def _later(
    row: Attachment, reason: GivenUp, error: Exception | None = None, *, tries: int = TRIES
) -> GivenUp | None:
    """Try again after a while; the reason comes back where it was tried often enough."""
    if row.attempts >= tries:
        return reason
    pause = PAUSES[row.attempts - 1]
    asked = getattr(error, "retry_after", None)
    if asked:
        pause = max(pause, min(timedelta(seconds=asked), PAUSES[-1]))
    due_at: datetime = now() + pause
    record_fetch_postponed(row.pk, due_at=due_at)
    return None
