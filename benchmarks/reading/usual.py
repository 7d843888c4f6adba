"""The list of conversations as it is usually written: CursorPagination, ModelSerializer, the same fields."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer

from backend.api.permissions import IsMember
from backend.conversations.models import Contact, Conversation, Message
from backend.conversations.window import reply_window
from backend.lib.clock import now
from backend.platforms.registry import PLATFORMS


class UsualContact(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ("id", "external_id", "name", "username", "phone", "picture_url")


class UsualMessage(serializers.ModelSerializer[Message]):
    class Meta:
        model = Message
        fields = (
            "id",
            "direction",
            "type",
            "text",
            "delivery_status",
            "error_code",
            "error_message",
            "author_kind",
            "author_id",
            "author_name",
            "sent_at",
            "deleted_at",
        )


class UsualConversation(serializers.ModelSerializer[Conversation]):
    contact = UsualContact()
    last_message = UsualMessage()
    window = serializers.SerializerMethodField()
    channel_status = serializers.CharField(source="integration.status")
    account_name = serializers.CharField(source="integration.platform_account_name")

    class Meta:
        model = Conversation
        fields = (
            "id",
            "platform",
            "integration_id",
            "account_id",
            "contact",
            "status",
            "handler",
            "unread_count",
            "last_message",
            "last_message_at",
            "window",
            "channel_status",
            "account_name",
            "created_at",
        )

    def get_window(self, row: Conversation) -> dict[str, Any]:
        window = reply_window(
            PLATFORMS[row.platform].capabilities,
            last_inbound_at=row.last_inbound_at,
            at=now(),
            account_is_current=row.integration.account_id == row.account_id,
        )
        return {"state": window.state, "closesAt": window.closes_at, "allowed": window.allowed}


class NewestFirst(CursorPagination):
    page_size = 50
    ordering = ("-last_message_at", "-id")


class UsualConversations(ListAPIView[Conversation]):
    """The same people may ask, and it takes as few statements: what differs is how a page becomes an answer."""

    permission_classes = (IsMember,)
    throttle_classes = ()
    serializer_class = UsualConversation
    pagination_class = NewestFirst
    renderer_classes = (JSONRenderer,)

    def get_queryset(self) -> QuerySet[Conversation]:
        business = self.request.business  # type: ignore[attr-defined]
        return Conversation.objects.of(business.pk).select_related("contact", "integration", "last_message")
