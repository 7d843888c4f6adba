"""What operators see of each table. No token, sealed or not, stands on any page, and nothing that customers wrote."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, Model, Q

from backend.businesses.models import Business
from backend.businesses.trail import AuditEntry
from backend.config.admin.site import ReadOnly, by_id, site, typed, uuid_in
from backend.conversations.models import Contact, Conversation, Message
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration
from backend.lib.secret import MASK
from backend.receiving.models import EventState, SignatureRefusal, WebhookEvent


def columns_of(model: type[Model], *left_out: str) -> tuple[str, ...]:
    """The names of all columns but some; a reference by its id, so that no other row is read."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname not in left_out)


def _account_and_id(**external_id: str) -> Q:
    """Rows of any account of an integration with the platform's own id; by the index that begins with these."""
    accounts = ChannelIntegration.objects.exclude(account_id=None)
    return Q(integration__in=accounts, account_id=F("integration__account_id"), **external_id)


@admin.register(Business, site=site)
class BusinessPages(ReadOnly):
    list_display = ("id", "name", "created_at")
    fields = list_display
    ordering = ("name",)

    def find(self, text: str) -> Q:
        return Q(pk=typed(text))


@admin.register(ChannelIntegration, site=site)
class IntegrationPages(ReadOnly):
    list_display = (
        "id",
        "business_id",
        "platform",
        "account_id",
        "status",
        "last_error_code",
        "connected_at",
    )
    list_filter = ("status",)
    fields = (*columns_of(ChannelIntegration, *SEALED_FIELDS), "tokens")
    readonly_fields = ("business_id", "tokens")
    deferred = SEALED_FIELDS

    def find(self, text: str) -> Q:
        text = typed(text)
        return by_id(text) | Q(business_id=text) | Q(account_id=text) | Q(platform_account_id=text)

    @admin.display(description="Sealed tokens")
    def tokens(self, row: ChannelIntegration) -> str:
        return ", ".join(f"{column}: {MASK}" for column in SEALED_FIELDS if getattr(row, column)) or "none"


@admin.register(WebhookEvent, site=site)
class WebhookEventPages(ReadOnly):
    list_display = ("id", "state", "received_at", "processed_at", "attempts", "due_at", "error")
    list_filter = ("state",)
    fields = (*columns_of(WebhookEvent, "body"), "size", "businesses", "awaited")
    readonly_fields = ("size", "businesses", "awaited")
    deferred = ("body",)

    @admin.display(description="Bytes")
    def size(self, row: WebhookEvent) -> int:
        return len(row.body)

    @admin.display(description="What it held for whom")
    def businesses(self, row: WebhookEvent) -> str:
        shares = row.shares.values_list("business_id", "state", "items")
        told = (
            f"{business_id}: {EventState(state).label.lower()}: {', '.join(_told(item) for item in items)}"
            for business_id, state, items in shares
        )
        return "\n".join(told) or "nothing"

    @admin.display(description="Accounts it waits for")
    def awaited(self, row: WebhookEvent) -> str:
        return "\n".join(sorted(str(account) for account in row.awaits.all())) or "none"


def _told(item: dict[str, Any]) -> str:
    """One item by what it is and by the platform's id of it, never by what it says."""
    return " ".join(filter(None, (item.get("kind"), item.get("external_id"), item.get("error")))) or "?"


@admin.register(SignatureRefusal, site=site)
class SignatureRefusalPages(ReadOnly):
    list_display = ("reason", "times", "last_at", "client", "path")
    list_display_links = ("reason",)
    fields = columns_of(SignatureRefusal)
    search_fields = ()


@admin.register(Conversation, site=site)
class ConversationPages(ReadOnly):
    list_display = (
        "id",
        "business_id",
        "platform",
        "account_id",
        "status",
        "handler",
        "unread_count",
        "last_message_at",
    )
    fields = (*columns_of(Conversation), "contact_external_id")
    readonly_fields = (*columns_of(Conversation), "contact_external_id")

    def find(self, text: str) -> Q:
        found = uuid_in(text)
        if found:
            return Q(pk=found) | Q(contact=found)
        return Q(contact__in=Contact.objects.filter(_account_and_id(external_id=typed(text))).values("pk"))

    @admin.display(description="The platform's id of the contact")
    def contact_external_id(self, row: Conversation) -> str:
        return row.contact.external_id


@admin.register(Message, site=site)
class MessagePages(ReadOnly):
    list_display = ("id", "conversation_id", "direction", "type", "delivery_status", "error_code", "sent_at")
    # What was said, and by whom it was named, is left out.
    hidden = ("text", "payload", "referral", "reactions", "reacted_at", "edits", "author_name")
    fields = columns_of(Message, *hidden)
    readonly_fields = fields
    deferred = hidden

    def find(self, text: str) -> Q:
        found = uuid_in(text)
        return Q(pk=found) if found else _account_and_id(external_id=typed(text))


@admin.register(AuditEntry, site=site)
class AuditPages(ReadOnly):
    list_display = ("id", "at", "business_id", "actor_kind", "actor_name", "action", "target_id", "ip")
    fields = columns_of(AuditEntry)
    readonly_fields = fields

    def find(self, text: str) -> Q:
        return by_id(text) if text.isdecimal() else Q(business_id=typed(text))
