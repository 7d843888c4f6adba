"""One message is handed to the platform, and what that came to. Writes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from backend.conversations.marks import mark_of
from backend.conversations.models import AuthorKind, Message
from backend.conversations.record import Outcome, Postponed, Refused, Sent
from backend.conversations.window import WindowState
from backend.engine.lookups import rows_of
from backend.integrations.adapters import account_of, adapter_for
from backend.integrations.models import ChannelIntegration
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.refusal import Refusal
from backend.platforms.errors import NotSentInTime, OutcomeUnknown, PlatformError
from backend.platforms.port import Account, Adapter, ContactCard, MessageType, OutboundMedia, OutboundMessage
from backend.sending import uploads
from backend.sending.allowed import check_allowed
from backend.sending.answering import check_may_answer
from backend.sending.backoff import next_attempt
from backend.sending.claimed import claimed_messages
from backend.sending.media import media_in

logger = structlog.get_logger(__name__)

# A claim as old as this is near the end of its lease: what it holds is not tried any more.
CALL_WITHIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that is ours to send, and by what; or why it cannot be."""

    message: Message
    adapter: Adapter
    account: Account | None
    hindrance: PlatformError | None = None
    media: Mapping[str, OutboundMedia] = field(default_factory=dict)  # The files that the platform holds.

    @property
    def lacks_files(self) -> bool:
        """Whether the platform holds not all that the message names."""
        return bool(media_in(self.message.payload).keys() - self.media.keys())

    def give_back(self) -> Postponed:
        """It was not tried after all."""
        return Postponed(self.message.pk, now(), counts=False, claimed_at=self.message.claimed_at)


@dataclass(frozen=True, slots=True)
class Tried:
    """What an attempt came to: what to write, what the platform said. No answer: it was never asked."""

    outcome: Outcome
    error: PlatformError | None = None
    was_asked: bool = True
    unknown_files: bool = False  # The platform does not know the ids of the message's files any more.


def load(message_ids: Iterable[UUID]) -> list[Attempt]:
    """The claimed messages, ready to be sent; those that were erased since are not among them."""
    messages = claimed_messages(message_ids)
    accounts = {message.integration_id for message in messages}
    integrations = {each.pk: each for each in rows_of(ChannelIntegration, accounts)}
    means = {pk: _means_of(integration) for pk, integration in integrations.items()}
    held = uploads.held_for(messages)
    attempts = []
    for message in messages:
        message.conversation.integration = integrations[message.integration_id]
        own = means[message.integration_id]
        takes_uploads = own[0].info.uploads_last is not None
        media = held[message.pk] if takes_uploads else uploads.links_to(message)
        attempts.append(Attempt(message, *own, media=media))
    return attempts


def _means_of(integration: ChannelIntegration) -> tuple[Adapter, Account | None, PlatformError | None]:
    """By what the account's messages are sent; or why they cannot be."""
    adapter = adapter_for(integration)
    try:
        return adapter, account_of(integration), None
    except VaultUnreadable as error:
        return adapter, None, _as_platform_error(error)


def make(attempt: Attempt) -> Tried:
    """Send the message, at most once. Never raises."""
    message = attempt.message
    present = now()
    if message.claimed_at and present - message.claimed_at > CALL_WITHIN:
        return Tried(attempt.give_back(), was_asked=False)
    try:
        human_agent = _check(attempt)
    except PlatformError as error:
        return Tried(Refused(message.pk, error, message.claimed_at), was_asked=False)
    assert attempt.account is not None
    if attempt.lacks_files:
        return Tried(
            Postponed(message.pk, None, counts=False, claimed_at=message.claimed_at), was_asked=False
        )
    said = outbound(message, human_agent=human_agent, media=attempt.media)
    try:
        external_id = attempt.adapter.send(attempt.account, said)
    except PlatformError as error:
        if uploads.may_be_unknown(error, attempt.media.values()):
            again = Postponed(message.pk, None, claimed_at=message.claimed_at)
            return Tried(again, unknown_files=True)
        return Tried(_after(message, error), error)
    except Exception:  # Ours: it may have happened after the call, so it is not repeated.
        logger.exception("outbox.failed", message_id=str(message.pk))
        unknown = OutcomeUnknown("Our service failed while this message was being sent.")
        return Tried(Refused(message.pk, unknown, message.claimed_at), was_asked=False)
    return Tried(Sent(message.pk, external_id, called_at=present, resends=message.resends))


def _check(attempt: Attempt) -> bool:
    """Whether it goes out with the tag for a person's own answer. Raises why it may not go out at all."""
    message = attempt.message
    if attempt.hindrance:
        raise attempt.hindrance
    by_person = message.author_kind == AuthorKind.MEMBER
    try:
        check_may_answer(message.conversation, message.author_kind)  # A person may have taken over meanwhile.
        state = check_allowed(
            message.conversation, message.type, human_agent=message.human_agent, by_person=by_person
        )
    except Refusal as refusal:
        raise _as_platform_error(refusal) from refusal
    if message.send_by and now() >= message.send_by:
        raise NotSentInTime
    return state == WindowState.HUMAN_AGENT


def _after(message: Message, error: PlatformError) -> Outcome:
    again = next_attempt(message.attempts, error, now(), chance=random.random())  # noqa: S311 - jitter
    if again is None:
        return Refused(message.pk, error, message.claimed_at)
    return Postponed(message.pk, again, claimed_at=message.claimed_at)


def outbound(
    message: Message, *, human_agent: bool = False, media: Mapping[str, OutboundMedia] | None = None
) -> OutboundMessage:
    """The row in the platforms' words."""
    contact = message.conversation.contact
    return OutboundMessage(
        to=ContactCard(external_id=contact.external_id, phone=contact.phone, user_id=contact.user_id),
        type=MessageType(message.type),
        text=message.text,
        correlation_id=mark_of(message.pk, message.resends),
        reply_to_external_id=message.reply_to_external_id,
        payload=message.payload,
        human_agent=human_agent,
        media=media or {},
    )


def _as_platform_error(refusal: Refusal | VaultUnreadable) -> PlatformError:
    error = PlatformError(refusal.message, resolution=refusal.resolution)
    error.code = refusal.code
    return error
