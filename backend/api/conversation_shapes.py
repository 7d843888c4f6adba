"""How conversations and contacts travel."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from backend.api import words
from backend.api.message_shapes import LastMessageOut
from backend.api.serializers import Answer, CamelCase, Choice, Flag, Shape, TextOrNull
from backend.api.standing import Marketing, ThreadOwnerOut
from backend.conversations.models import Contact, Conversation
from backend.conversations.window import Window, reply_window
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.platforms.registry import PLATFORMS


@extend_schema_serializer(component_name="Contact")
class ContactOut(CamelCase):
    """The person on the other side, as one account of the business sees them."""

    id = serializers.UUIDField()
    external_id = serializers.CharField(
        help_text="The platform's id of the person, by which they are answered now; it may change."
    )
    name = TextOrNull(
        source="shown_name",
        help_text="The person's own name, that of the business's address book, or `@` and the username.",
    )
    username = TextOrNull()
    phone = TextOrNull()
    picture_url = TextOrNull()


@extend_schema_serializer(component_name="ContactProfile")
class ProfileOut(CamelCase):
    """What came of asking the platform who the person is; a refusal is no error."""

    state = Choice(words.PROFILE_STATES)
    reason = TextOrNull(help_text="A word of why nothing is shown, or why the last look failed.")
    message = TextOrNull(help_text="The same for a person, in the platform's words.")
    looked_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the platform answered last; `pictureUrl` is good for some days from then.",
    )
    next_look_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When it is asked again. Null: when the person writes again, or not at all.",
    )

    def get_attribute(self, instance: Contact) -> dict[str, Any]:
        return {
            "state": instance.profile_state or words.NO_PROFILES,
            "reason": instance.profile_reason,
            "message": instance.profile_message,
            "looked_at": instance.profile_looked_at,
            "next_look_at": instance.profile_due_at,
        }


@extend_schema_serializer(component_name="ContactDetails")
class ContactDetailsOut(ContactOut):
    """All that is known of a person, with every id that they were ever called by."""

    user_id = TextOrNull(help_text="WhatsApp's id of the person for this business, which needs no number.")
    aliases = serializers.ListField(
        child=serializers.CharField(),
        source="names",
        help_text="Every id of the person, former ones and other spellings of a number too.",
    )
    profile = ProfileOut()
    conversation_id = serializers.UUIDField(
        allow_null=True, help_text="Null where nothing was said yet, as with people of an address book."
    )
    created_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Window")
class WindowOut(CamelCase):
    """Until when the platform lets the business answer freely, and what may be sent now."""

    state = Choice(words.WINDOW_STATES)
    closes_at = serializers.DateTimeField(allow_null=True)
    allowed = serializers.ListField(child=Choice(words.SEND_TYPES))

    def get_attribute(self, instance: Conversation) -> Window:
        account = instance.integration.account_id
        return reply_window(
            PLATFORMS[instance.platform].capabilities,
            last_inbound_at=instance.last_inbound_at,
            at=now(),
            account_is_current=not account or account == instance.account_id,
            refused_at=instance.refused_at,
            human_agent=instance.integration.has_human_agent,
        )


@extend_schema_serializer(component_name="Channel")
class ChannelOut(CamelCase):
    """The integration behind a conversation, as far as its list needs it."""

    status = Choice(words.INTEGRATION_STATUSES)
    account_name = serializers.CharField(source="platform_account_name", allow_null=True)

    def get_attribute(self, instance: Conversation) -> ChannelIntegration:
        account = instance.integration.account_id
        if not account or account == instance.account_id:
            return instance.integration
        # The account was replaced: what stands on the row is said of another one.
        return ChannelIntegration(status=IntegrationStatus.DISCONNECTED)


@extend_schema_serializer(component_name="Conversation")
class ConversationOut(CamelCase):
    """All messages with a contact. `accountId` is the account it belongs to, also when that was replaced."""

    id = serializers.UUIDField()
    platform = Choice(words.PLATFORM_NAMES)
    integration_id = serializers.UUIDField()
    account_id = serializers.CharField()
    contact = ContactOut()
    status = Choice(words.CONVERSATION_STATUSES)
    handler = Choice(words.HANDLERS)
    unread_count = serializers.IntegerField()
    last_message = LastMessageOut(allow_null=True)
    last_message_at = serializers.DateTimeField()
    window = WindowOut()
    channel = ChannelOut()
    marketing = Marketing(words.MARKETING_STATES, help_text="What the contact says of marketing messages.")
    thread_owner = ThreadOwnerOut(allow_null=True)
    created_at = serializers.DateTimeField()


class ConversationList(Answer):
    """Newest activity first; `nextCursor` is null at the end."""

    conversations = ConversationOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ConversationAnswer(Answer):
    """One conversation."""

    conversation = ConversationOut()


class ContactAnswer(Answer):
    """One contact."""

    contact = ContactDetailsOut()


class ConversationChange(Shape):
    """What a member changes; at least one of them."""

    also: ClassVar = {"minProperties": 1}

    status = Choice(words.CONVERSATION_STATUSES, required=False)
    handler = Choice(words.HANDLERS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError("Give `status` or `handler`.")
        return attrs


class Typing(Shape):
    """Whether somebody of the business is typing."""

    on = Flag()


def show_conversation(conversation: Conversation) -> dict[str, Any]:
    """The body of an answer that holds one conversation."""
    return dict(ConversationAnswer({"conversation": conversation}).data)
