"""The people who write, and their conversations."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from backend.conversations.profiles import ProfileState
from backend.lib.clock import now
from backend.lib.ids import new_id


class ContactQuerySet(models.QuerySet["Contact"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def profile_due(self, at: datetime) -> Self:
        """Those whose profile is to be asked for, of whatever state."""
        return self.filter(profile_state__in=list(ProfileState), profile_due_at__lte=at)

    def claim_profile(self, contact: Contact, *, until: datetime) -> bool:
        """Whether it is ours to ask for this profile; the database decides who won. It is due again then."""
        seen = self.filter(pk=contact.pk, profile_due_at=contact.profile_due_at)
        return bool(seen.update(profile_due_at=until))

    def with_conversation(self) -> Self:
        """Each with the id of the conversation, `conversation_id`; None where nothing was said yet."""
        return self.annotate(conversation_id=models.F("conversation__pk"))


# A foreign key has an index of its own only where none that begins with it is there, and somebody asks by it:
# every index is written with every row.


class Contact(models.Model):
    """The person on the other side, as one account of one integration sees them."""

    id = models.UUIDField(primary_key=True, default=new_id)
    # Its index stands below: one of Django's own would be two, as for any key that is text.
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    account_id = models.CharField(max_length=64)
    external_id = models.CharField(max_length=255)  # What the platform lets us answer by.
    name = models.CharField(max_length=255, blank=True)
    username = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    user_id = models.CharField(max_length=160, blank=True)
    picture_url = models.TextField(blank=True)
    book_name = models.CharField(max_length=255, blank=True)  # In the address book of the business's phone.
    # Every id by which the platform may call the person, where it has several; `ContactAlias` finds by them.
    aliases = models.JSONField(default=list)
    # Column -> when its value was told first; the newest word counts, whenever it comes.
    told_at = models.JSONField(default=dict)
    # Who they are as the platform shows it, where it can be asked; `picture_url` is of the last look that found one.
    profile_state = models.CharField(max_length=16, blank=True, default=ProfileState.NONE.value)
    profile_reason = models.CharField(max_length=32, blank=True)  # Why nothing was shown, or nobody answered.
    profile_message = models.TextField(blank=True)
    profile_tries = models.PositiveSmallIntegerField(default=0)  # Looks in a row that found nothing.
    profile_looked_at = models.DateTimeField(null=True)
    profile_due_at = models.DateTimeField(null=True)  # While somebody looks, it lies ahead.
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = ContactQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "account_id", "external_id"], name="one_contact_per_account_and_id"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["business"], name="contacts_by_business"),
            models.Index(
                fields=["integration", "profile_state", "profile_due_at"],
                condition=models.Q(profile_due_at__isnull=False),
                name="contacts_whose_profile_is_due",
            ),
        ]

    @property
    def names(self) -> list[str]:
        """Every id by which the platform may call the person."""
        return self.aliases or [self.external_id]

    @property
    def shown_name(self) -> str:
        """What people call the contact: the own name, that of the address book, or the name on the platform."""
        return self.name or self.book_name or (f"@{self.username}" if self.username else "")


class ContactAlias(models.Model):
    """One id of a contact who may have several, all of the same account."""

    id = models.BigAutoField(primary_key=True)
    # The contact is held to it.
    integration = models.ForeignKey(
        "integrations.ChannelIntegration",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    account_id = models.CharField(max_length=64)
    external_id = models.CharField(max_length=255)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "account_id", "external_id"], name="one_alias_per_account_and_id"
            ),
        ]


class ConversationStatus(models.TextChoices):
    """Whether anybody still has to look at it."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Handler(models.TextChoices):
    """Who answers."""

    AI = "AI"
    HUMAN = "HUMAN"


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def unread(self) -> Self:
        return self.filter(unread_count__gt=0)

    def called(self, conversation_id: UUID) -> Self:
        """The one with this id; where that one went into another, the other."""
        present = FormerConversation.objects.filter(pk=conversation_id).values("conversation")
        return self.filter(pk=Coalesce(present, Value(conversation_id, models.UUIDField())))


class Conversation(models.Model):
    """All messages with a contact."""

    id = models.UUIDField(primary_key=True, default=new_id)
    # The contact is held to both.
    business = models.ForeignKey(
        "businesses.Business", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    integration = models.ForeignKey(
        "integrations.ChannelIntegration",
        on_delete=models.CASCADE,
        related_name="conversations",
        db_constraint=False,
    )
    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="conversation")
    platform = models.CharField(max_length=32)
    account_id = models.CharField(max_length=64)
    status = models.CharField(
        max_length=16, choices=ConversationStatus.choices, default=ConversationStatus.OPEN
    )
    handler = models.CharField(max_length=16, choices=Handler.choices, default=Handler.HUMAN)
    handed_at = models.DateTimeField(null=True)  # When that was decided last; null: never since it began.
    unread_count = models.PositiveIntegerField(default=0)
    last_message = models.ForeignKey("Message", on_delete=models.SET_NULL, null=True, related_name="+")
    last_message_at = models.DateTimeField(default=now)
    last_inbound_at = models.DateTimeField(null=True)  # What the reply window counts from.
    # When we sent what the platform refused as too late: the window is over, until the contact writes again.
    refused_at = models.DateTimeField(null=True)
    delivered_until = models.DateTimeField(
        null=True
    )  # All that was sent at or before it reached the contact,
    read_until = models.DateTimeField(
        null=True
    )  # ... or was read; kept, because a message may be told of later.
    # The contact wrote since then and an agent was not told yet; it is told at the second of these.
    turn_began_at = models.DateTimeField(null=True)
    turn_due_at = models.DateTimeField(null=True)
    typing_on = models.BooleanField(default=False)
    # What the platform told of it, each with its time: {"marketing": {"is", "at"}, "owner": {"is", "at"}}.
    standing = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["business", "-last_message_at", "-id"], name="conversations_newest_first"),
            models.Index(
                fields=["turn_due_at"], condition=Q(turn_due_at__isnull=False), name="conversations_by_turn"
            ),
        ]


class FormerConversation(models.Model):
    """The id of a conversation that went into another one: whoever still knows it, finds that."""

    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="former")
