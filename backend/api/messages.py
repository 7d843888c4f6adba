from __future__ import annotations

import re
from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import examples
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor, checked
from backend.api.examples_outgoing import OUTGOING
from backend.api.message_rows import ORDER, fetch, place_of, present_id, show_page
from backend.api.message_shapes import (
    MessageAnswer,
    MessageList,
    QueuedAnswer,
    React,
    Retry,
    show_messages,
)
from backend.api.one_of import pick
from backend.api.outgoing_shapes import ANY_NEW_MESSAGE, NEW_MESSAGES
from backend.api.pagination import paged
from backend.api.reaction_examples import REACTED
from backend.api.schema import IDEMPOTENCY_KEY, Problem, operation, paging
from backend.businesses.actors import Scope
from backend.conversations.models import Conversation, Message
from backend.integrations.models import SEALED_FIELDS
from backend.sending import errors, reactions, reply

TAG = "Messages"

SENDING: tuple[Problem, ...] = (
    errors.NotConnected,
    errors.AccountReplaced,
    errors.WindowClosed(extra={"allowed": []}),
    errors.Unsupported(resolution="Send one of these instead: TEXT."),
    errors.HandledByHuman,
)


class MessageViewSet(FrontDoor):
    """What is said in a conversation; for every member."""

    reads = Scope.CONVERSATIONS_READ
    writes = Scope.MESSAGES_SEND

    def find_conversation(self, request: MemberRequest, id: UUID) -> Conversation:
        """The conversation, if it is of the request's business."""
        rows = Conversation.objects.of(request.business.pk).called(id)
        found = _without_secrets(rows.select_related("integration", "contact"), "integration")
        conversation: Conversation = get_object_or_404(found)
        return conversation

    @operation(
        "listMessages",
        TAG,
        "The messages of a conversation, newest first",
        answer=MessageList,
        examples={"Messages": examples.MESSAGES},
        parameters=paging(ORDER),
        refuses=(ValidationError({"cursor": ["This is not a cursor that this list gave out."]}),),
    )
    def list(self, request: MemberRequest, id: UUID) -> Response:
        """By the platform's time, whatever the order in which they came in."""
        present = present_id(request.business.pk, id)
        if present is None:
            raise NotFound
        page = paged(
            partial(fetch, present), ORDER, request.query_params, of=f"messages of {id}", place_of=place_of
        )
        shown = show_page(present, page.rows)
        return Response({"success": True, "messages": shown, "nextCursor": page.next_cursor})

    @operation(
        "sendMessage",
        TAG,
        "Reply to the contact",
        status=202,
        request=ANY_NEW_MESSAGE,
        requests=OUTGOING,
        answer=QueuedAnswer,
        examples={"Queued": examples.QUEUED},
        parameters=(IDEMPOTENCY_KEY,),
        refuses=(
            errors.UnknownReplyTarget,
            errors.Unfitting.of([("interactive.buttons.0.title", "At most 20 characters.")]),
            errors.DuplicateRequest,
            *SENDING,
        ),
    )
    def create(self, request: MemberRequest, id: UUID) -> Response:
        """
        Queued is not sent: `status` tells what becomes of it. A long text becomes several messages; `messages` holds
        them all, `message` the first. Send an `Idempotency-Key` to be able to repeat the request safely.

        What each platform takes stands in its `capabilities` (`GET /api/integrations`). What it lacks is refused with
        409 `unsupported_by_platform` and what to send instead, what is too long or too many with 400 and the field.
        `payload` of the message keeps what was sent.
        """
        conversation = self.find_conversation(request, id)
        draft = pick(NEW_MESSAGES, request.data).draft()
        messages = reply.queue_reply(conversation, draft, by=request.caller, idempotency_key=key_of(request))
        return Response(show_messages(QueuedAnswer, messages), status=202)

    @operation(
        "retryMessage",
        TAG,
        "Try a failed message again",
        status=202,
        request=Retry,
        requests={"Confirmed": {"confirm": True}},
        answer=MessageAnswer,
        examples={"Queued": examples.ONE_MESSAGE},
        refuses=(errors.NotRetryable, errors.ConfirmationNeeded, *SENDING),
    )
    def retry(self, request: MemberRequest, id: UUID) -> Response:
        """A message whose outcome is unknown is sent again only with `confirm`: the contact may see it twice."""
        message = self._find_message(request, id)
        confirm: bool = checked(Retry, request).validated_data.get("confirm", False)
        retried = reply.retry(message, by=request.caller, confirm=confirm)
        return Response(show_messages(MessageAnswer, [retried]), status=202)

    @operation(
        "reactToMessage",
        TAG,
        "React to a message",
        status=202,
        request=React,
        requests={"Thumbs up": {"emoji": "\N{THUMBS UP SIGN}"}, "Take it off": {"emoji": None}},
        answer=MessageAnswer,
        examples={"Reacting": REACTED},
        refuses=(errors.NotReactable, *SENDING),
    )
    def react(self, request: MemberRequest, id: UUID) -> Response:
        """
        One reaction of the business on each message: the latest wish counts, and the same again changes nothing. It
        goes out after the messages that were queued before; `reactions` of the message tells what becomes of it.
        """
        message = self._find_message(request, id)
        emoji: str | None = checked(React, request).validated_data["emoji"]
        reacted = reactions.queue_reaction(message, emoji, by=request.caller)
        return Response(show_messages(MessageAnswer, [reacted]), status=202)

    def _find_message(self, request: MemberRequest, id: UUID) -> Message:
        rows = Message.objects.of(request.business.pk).select_related("conversation__integration")
        message: Message = get_object_or_404(_without_secrets(rows, "conversation__integration"), pk=id)
        return message


def _without_secrets(rows: QuerySet, path: str) -> QuerySet:  # type: ignore[type-arg]
    return rows.defer(*(f"{path}__{column}" for column in SEALED_FIELDS))


def key_of(request: Request) -> str | None:
    """The `Idempotency-Key`; None where none was sent. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(r"[!-~]{1,255}", key):
        raise ValidationError({"Idempotency-Key": ["Give 1 to 255 visible ASCII characters."]})
    return key
