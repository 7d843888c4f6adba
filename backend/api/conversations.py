from __future__ import annotations

import re
from functools import partial
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import examples, words
from backend.api.authentication import MemberRequest
from backend.api.conversation_rows import CONDITIONS, ORDER, Chosen, fetch, place_of, show
from backend.api.conversation_shapes import (
    ConversationAnswer,
    ConversationChange,
    ConversationList,
    Typing,
    show_conversation,
)
from backend.api.door import FrontDoor, checked
from backend.api.pagination import paged
from backend.api.schema import filter_by, operation, paging
from backend.api.serializers import NoBody
from backend.businesses.actors import Scope
from backend.conversations.models import Conversation
from backend.conversations.record import change_conversation
from backend.integrations.models import SEALED_FIELDS
from backend.lib.clock import now
from backend.lib.storable import storable_text
from backend.sending import errors, receipts
from backend.sending.answering import check_may_hand_over

TAG = "Conversations"
MAX_SEARCH = 200

FILTERS = (
    filter_by("platform", words.PLATFORM_NAMES, "Of this platform."),
    filter_by("status", words.CONVERSATION_STATUSES, "In this status."),
    filter_by("handler", words.HANDLERS, "Answered by the AI or by people."),
    filter_by("unread", ["true", "false"], "With or without unread messages."),
    OpenApiParameter(
        "q",
        {"type": "string", "maxLength": MAX_SEARCH, "pattern": r"^[^\u0000]*$"},
        description="A part of the contact's name, username or number, in any of its spellings.",
    ),
)


class ConversationViewSet(FrontDoor):
    """What the inbox of the frontend does; for every member."""

    reads = Scope.CONVERSATIONS_READ
    writes = Scope.CONVERSATIONS_WRITE

    def find(self, request: MemberRequest, id: UUID) -> Conversation:
        """The conversation with all that is shown of it, if it is of the request's business; a merged one by either id.

        Sealed columns stay behind.
        """
        rows = Conversation.objects.of(request.business.pk).called(id)
        rows = rows.select_related("contact", "integration", "last_message")
        found: Conversation = get_object_or_404(
            rows.defer(*(f"integration__{column}" for column in SEALED_FIELDS))
        )
        return found

    @operation(
        "listConversations",
        TAG,
        "Conversations, newest activity first",
        answer=ConversationList,
        examples={"Conversations": examples.CONVERSATIONS},
        parameters=(*FILTERS, *paging(ORDER)),
        refuses=(ValidationError({"limit": ["Give a whole number from 1 to 200."]}),),
    )
    def list(self, request: MemberRequest) -> Response:
        """Filters add up; an empty one is none."""
        chosen, search = chosen_by(request), search_for(request)
        page = paged(
            partial(fetch, request.business.pk, chosen, search),
            ORDER,
            request.query_params,
            of=f"conversations of {request.business.pk} {chosen} {search}",
            place_of=place_of,
        )
        present = now()
        shown = [show(row, present) for row in page.rows]
        return Response({"success": True, "conversations": shown, "nextCursor": page.next_cursor})

    @operation(
        "getConversation",
        TAG,
        "One conversation",
        answer=ConversationAnswer,
        examples={"Conversation": examples.ONE_CONVERSATION},
    )
    def retrieve(self, request: MemberRequest, id: UUID) -> Response:
        """With its reply window as it is now. The id of one that was merged (`conversation.merged`) finds the one that
        it went into, here and wherever a path names a conversation; the answer has the present id.
        """
        return Response(show_conversation(self.find(request, id)))

    @operation(
        "changeConversation",
        TAG,
        "Open, close or hand over",
        request=ConversationChange,
        requests={"Close": {"status": "CLOSED"}, "Hand over": {"handler": "HUMAN"}},
        answer=ConversationAnswer,
        examples={"Conversation": examples.ONE_CONVERSATION},
        refuses=(errors.HandledByHuman,),
    )
    def partial_update(self, request: MemberRequest, id: UUID) -> Response:
        """What is not given stays. A message of the contact opens it again. An AI may give it away, and take none."""
        found = self.find(request, id)
        change = checked(ConversationChange, request).validated_data
        check_may_hand_over(found, change.get("handler"), request.caller)
        conversation = change_conversation(found, status=change.get("status"), handler=change.get("handler"))
        return Response(show_conversation(conversation))

    @operation(
        "markConversationRead",
        TAG,
        "Mark read",
        answer=ConversationAnswer,
        examples={"Conversation": examples.ONE_CONVERSATION},
        body=True,
    )
    def read(self, request: MemberRequest, id: UUID) -> Response:
        """
        Nothing is unread here any more. The customer is shown it, soon after, where the account's `readPolicy` is
        ON_OPEN; where it is ON_REPLY, the next reply shows it.
        """
        found = self.find(request, id)
        checked(NoBody, request)
        return Response(show_conversation(receipts.mark_read(found, by=request.caller)))

    @operation(
        "setTyping",
        TAG,
        "Say that somebody is typing",
        request=Typing,
        requests={"On": {"on": True}},
        answer=ConversationAnswer,
        examples={"Conversation": examples.ONE_CONVERSATION},
        refuses=(errors.HandledByHuman,),
    )
    def typing(self, request: MemberRequest, id: UUID) -> Response:
        """
        The customer sees it for as long as the platform shows it (`typingSeconds` of its capabilities), or until the
        next message: say it again while it lasts. WhatsApp shows reading with it, so it shows neither where the
        `readPolicy` is NEVER, and it has no sign for the end.
        """
        found = self.find(request, id)
        on: bool = checked(Typing, request).validated_data["on"]
        return Response(show_conversation(receipts.set_typing(found, on, by=request.caller)))


def chosen_by(request: Request) -> Chosen:
    """What the filters ask for; an empty one asks for nothing. Raises ValidationError."""
    chosen = tuple((name, word) for name in CONDITIONS if (word := request.query_params.get(name, "")))
    for name, word in chosen:
        if word not in CONDITIONS[name]:
            raise ValidationError({name: [f"Choose one of: {', '.join(CONDITIONS[name])}."]})
    return chosen


def search_for(request: Request) -> Q:
    """What `q` asks for. Raises ValidationError."""
    text = request.query_params.get("q", "").strip()
    if len(text) > MAX_SEARCH or storable_text(text) != text:
        raise ValidationError({"q": [f"Give at most {MAX_SEARCH} characters that can be stored."]})
    if not text:
        return Q()
    found = Q()
    # SQLite folds the case of English letters only.
    for spelling in {text, text.lower(), text.upper(), text.title()} if not text.isascii() else {text}:
        found |= Q(contact__name__icontains=spelling) | Q(contact__book_name__icontains=spelling)
        found |= Q(contact__username__icontains=spelling.removeprefix("@") or spelling)
    digits = re.sub(r"[\s+()./-]", "", text)
    if digits.isascii() and digits.isdigit():
        found |= Q(contact__phone__contains=digits) | Q(contact__external_id__contains=digits)
        found |= Q(contact__aliases__icontains=digits)
    return found
