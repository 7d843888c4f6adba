"""How messages travel."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.api import words
from backend.api.replies import ReplyTargets, message_context
from backend.api.row_parts import shown_reaction
from backend.api.serializers import (
    Answer,
    CamelCase,
    Choice,
    Emoji,
    Flag,
    FreeObject,
    Shape,
    TextOrNull,
)
from backend.conversations.models import Message
from backend.lib.emoji import MOST
from backend.lib.json_types import JSONObject


class OfMessage(CamelCase):
    """A part of a message that travels as an object of its own."""

    def get_attribute(self, instance: Message) -> Any:
        return instance


@extend_schema_serializer(component_name="Author")
class AuthorOut(OfMessage):
    """Who wrote it. EXTERNAL: somebody in the platform's own app, or other software."""

    kind = Choice(words.AUTHOR_KINDS, source="author_kind")
    id = TextOrNull(source="author_id")
    name = TextOrNull(source="author_name")


@extend_schema_serializer(component_name="MessageError")
class MessageErrorOut(OfMessage):
    """Why it failed. `outcome_unknown`: nobody knows whether it arrived."""

    code = serializers.CharField(source="error_code")
    message = serializers.CharField(source="error_message")
    resolution = TextOrNull(source="error_resolution")
    platform_code = serializers.IntegerField(source="error_platform_code", allow_null=True)

    def get_attribute(self, instance: Message) -> Message | None:
        return instance if instance.error_code else None


@extend_schema_serializer(component_name="AttachmentError")
class AttachmentErrorOut(CamelCase):
    """Why a file cannot be had."""

    code = serializers.CharField()
    message = serializers.CharField()
    resolution = TextOrNull()


@extend_schema_serializer(component_name="Attachment")
class AttachmentOut(CamelCase):
    """A file of a message. While it is `STORED`, `url` shows it for an hour, without a login."""

    id = serializers.CharField()
    type = Choice(words.ATTACHMENT_TYPES)
    mime_type = TextOrNull(help_text="What its bytes say; until they are here, what was said of them.")
    size = serializers.IntegerField(allow_null=True)
    url = TextOrNull()
    state = Choice(words.ATTACHMENT_STATES)
    name = TextOrNull()
    error = AttachmentErrorOut(allow_null=True)


@extend_schema_serializer(component_name="ReactionError")
class ReactionErrorOut(CamelCase):
    """Why a reaction of the business failed; the same words as at a message."""

    code = serializers.CharField()
    message = serializers.CharField()
    resolution = TextOrNull()
    platform_code = serializers.IntegerField(allow_null=True)


@extend_schema_serializer(component_name="Reaction")
class ReactionOut(CamelCase):
    """
    An emoji on a message; `by` is the platform's id of who put it there: the contact's, or the account's own.

    RECEIVED: of the contact. FAILED: the contact does not see it, or sees it still where it was to be
    taken off; `error` says why.
    """

    emoji = serializers.CharField()
    by = serializers.CharField()
    by_business = serializers.BooleanField()
    state = Choice(words.REACTION_STATES)
    error = ReactionErrorOut(allow_null=True)


@extend_schema_serializer(component_name="Edit")
class EditOut(CamelCase):
    """A text that the message had, until `at`."""

    text = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class Attachments(serializers.ListSerializer[Any]):
    """The files of a message, as they were looked up for all messages of the answer."""

    def get_attribute(self, instance: Message) -> Any:
        attachments: dict[UUID, list[JSONObject]] = self.context.get("attachments", {})
        return attachments.get(instance.pk, [])

    def to_representation(self, data: Any) -> list[Any]:
        return list(data)


class Reactions(serializers.ListSerializer[Any]):
    """Who reacted how."""

    def get_attribute(self, instance: Message) -> Any:
        return [shown_reaction(each, instance.account_id) for each in instance.reactions]


class ReplyTo(serializers.UUIDField):
    """Our id of the message that is replied to, where we hold it."""

    def get_attribute(self, instance: Message) -> UUID | None:
        targets: ReplyTargets = self.context.get("reply_targets", {})
        return targets.get((instance.conversation_id, instance.reply_to_external_id))


@extend_schema_serializer(component_name="LastMessage")
class LastMessageOut(CamelCase):
    """The newest message of a conversation, as far as a list needs it."""

    id = serializers.UUIDField()
    direction = Choice(words.DIRECTIONS)
    type = Choice(words.MESSAGE_TYPES)
    text = serializers.CharField(allow_blank=True)
    status = Choice(words.DELIVERY_STATUSES, source="delivery_status")
    error = MessageErrorOut(allow_null=True)
    author = AuthorOut()
    sent_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="Message")
class MessageOut(CamelCase):
    """One thing that was said. `sentAt` is the platform's time; lists are sorted by it."""

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    direction = Choice(words.DIRECTIONS)
    type = Choice(words.MESSAGE_TYPES)
    text = serializers.CharField(allow_blank=True)
    attachments = Attachments(child=AttachmentOut())
    reply_to_id = ReplyTo(allow_null=True)
    reactions = Reactions(child=ReactionOut())
    status = Choice(words.DELIVERY_STATUSES, source="delivery_status")
    error = MessageErrorOut(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    author = AuthorOut()
    sent_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    edits = EditOut(many=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    referral = FreeObject(allow_null=True, help_text="The ad or link that the customer came by.")
    payload = FreeObject(
        help_text="What `text` does not hold, in the platform's own words. Beside them ours: `event` (what happened, of"
        " SYSTEM and CALL), `story` (`kind` REPLY or MENTION, `id`, `url`), `form` (the answers), `standby` (somebody"
        " else answers here), `placeholder` (`text` is not the contact's: `open_app`, `ask` or `new_kind`)."
    )
    created_at = serializers.DateTimeField()


class MessageList(Answer):
    """Newest first; `nextCursor` is null at the end."""

    messages = MessageOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MessageAnswer(Answer):
    """One message."""

    message = MessageOut()


class QueuedAnswer(Answer):
    """One row for each message that the platform needs; `message` is the first of `messages`."""

    message = MessageOut()
    messages = MessageOut(many=True)


class React(Shape):
    """One emoji, or null to take it off."""

    emoji = Emoji(allow_null=True, max_length=MOST)


class Retry(Shape):
    """`confirm` is needed where nobody knows whether the first attempt arrived."""

    confirm = Flag(required=False)


def show_messages(answer: type[Answer], messages: list[Message], **values: Any) -> dict[str, Any]:
    """The body of an answer that holds messages; `message` is the first of them."""
    body = {"messages": messages, "message": messages[0] if messages else None, **values}
    return dict(answer(body, context=message_context(messages)).data)
