from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.response import Response

from backend.api import examples
from backend.api.authentication import MemberRequest
from backend.api.connecting_shapes import Done
from backend.api.conversation_shapes import ContactAnswer
from backend.api.door import FrontDoor
from backend.api.permissions import IsMember, IsOwner
from backend.api.schema import operation
from backend.businesses.actors import Scope
from backend.conversations.models import Contact
from backend.conversations.record import erase_contact

ERASED = "Contact erased successfully"


class ContactViewSet(FrontDoor):
    """The people on the other side."""

    reads = Scope.CONVERSATIONS_READ  # Erasing is for people: no key may.

    def get_permissions(self) -> Sequence[BasePermission]:
        """Who owns the business decides whether a person is erased."""
        return [IsMember(), IsOwner()] if self.action == "destroy" else [IsMember()]

    @operation(
        "getContact",
        "Contacts",
        "One contact",
        answer=ContactAnswer,
        examples={"Contact": examples.ONE_CONTACT},
    )
    def retrieve(self, request: MemberRequest, id: UUID) -> Response:
        """What the platform lets us know of the person, with every id that they are or were called by."""
        contact = get_object_or_404(Contact.objects.of(request.business.pk).with_conversation(), pk=id)
        return Response(ContactAnswer({"contact": contact}).data)

    @operation(
        "eraseContact",
        "Contacts",
        "Erase one contact",
        answer=Done,
        examples={"Erased": {"success": True, "message": ERASED}},
    )
    def destroy(self, request: MemberRequest, id: UUID) -> Response:
        """The person, the conversation and all messages are gone for good; for owners. A late delivery of the platform
        brings nothing back, while a message that the person writes from now on begins a new conversation. What is
        stored of former deliveries is searched by the worker, at once."""
        contact = get_object_or_404(Contact.objects.of(request.business.pk), pk=id)
        if not erase_contact(contact.pk, by=request.caller):
            raise NotFound  # Somebody else was faster.
        return Response(Done({"message": ERASED}).data)
