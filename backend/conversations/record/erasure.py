"""
Erasing a person: contact, conversation, messages, and whatever names them here. In one transaction: all, or nothing.

What stays are keyed hashes, so that no late delivery brings them back. The stored deliveries are searched by the
flow that keeps them; it finds the erasure's row.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.conversations.models import (
    Contact,
    Conversation,
    ErasedMark,
    Erasure,
    MarkKind,
    Message,
    ParkedNotice,
)
from backend.conversations.record.attachments import erase_attachments
from backend.conversations.record.changes import contact_erased
from backend.conversations.record.erased import digest_of, digest_of_own
from backend.engine.lanes import ring
from backend.feed.publish import publish, withdraw
from backend.lib.clock import now

BATCH = 1_000  # Rows of one statement.


def erase_contact(contact_id: UUID, *, by: Caller | None = None) -> bool:
    """Erase the person with all that was said; whether there was somebody to erase. Rings `erasures`."""
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(of=("self",)).filter(contact_id=contact_id).first()
        )
        contact = Contact.objects.select_related("integration").filter(pk=contact_id).first()
        if contact is None:
            return False
        erasure = Erasure.objects.create(
            platform=contact.integration.platform, account_id=contact.account_id, erased_at=now()
        )
        ids = (contact.external_id, contact.phone, contact.user_id, *contact.aliases)
        _mark(erasure, MarkKind.CONTACT, filter(None, ids))
        _erase_waiting(erasure, contact)
        if conversation:
            _erase_messages(erasure, conversation)
            for conversation_id in (conversation.pk, *conversation.former.values_list("pk", flat=True)):
                withdraw(contact.business_id, "conversationId", str(conversation_id))
            conversation.delete()
        contact.delete()
        publish([contact_erased(contact.business_id, contact_id)])
        audit.note(contact.business_id, Action.CONTACT_ERASED, contact_id, by=by)
        transaction.on_commit(partial(ring, "erasures"))
    return True


def _erase_waiting(erasure: Erasure, contact: Contact) -> None:
    """What this person, or a delivery to them, said of messages that have not come."""
    waiting = ParkedNotice.objects.filter(
        integration_id=contact.integration_id,
        account_id=contact.account_id,
        content__contact__external_id__in=contact.names,
    )
    _mark(erasure, MarkKind.MESSAGE, waiting.values_list("external_id", flat=True))
    waiting.delete()


def _erase_messages(erasure: Erasure, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(last_message=None)
    messages = Message.objects.filter(conversation_id=conversation.pk)
    while rows := list(messages.values_list("pk", "external_id")[:BATCH]):
        external_ids = [external_id for _, external_id in rows if external_id]
        _mark(erasure, MarkKind.MESSAGE, external_ids)
        # The platform has not told its id of these yet; it will call them by ours.
        _keep(
            erasure, MarkKind.MESSAGE, (digest_of_own(str(pk)) for pk, external_id in rows if not external_id)
        )
        ParkedNotice.objects.filter(
            integration_id=conversation.integration_id,
            account_id=conversation.account_id,
            external_id__in=external_ids,
        ).delete()
        erase_attachments([pk for pk, _ in rows])
        Message.objects.filter(pk__in=[pk for pk, _ in rows]).delete()


def _mark(erasure: Erasure, kind: str, external_ids: Iterable[str]) -> None:
    _keep(erasure, kind, (digest_of(erasure.platform, erasure.account_id, each) for each in external_ids))


def _keep(erasure: Erasure, kind: str, digests: Iterable[str]) -> None:
    ErasedMark.objects.bulk_create(
        [ErasedMark(erasure=erasure, kind=kind, digest=digest) for digest in sorted(set(digests))],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def mark_sent(message_id: UUID, external_id: str) -> None:
    """A message was erased while it was being sent: what the platform will say of it is not taken up either."""
    mark = ErasedMark.objects.select_related("erasure").filter(digest=digest_of_own(str(message_id))).first()
    if mark:
        _mark(mark.erasure, MarkKind.MESSAGE, [external_id])
