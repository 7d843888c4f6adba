"""Which account of a platform belongs to which business, and its sealed tokens."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from backend.businesses.models import ApiKey
from backend.lib.clock import now
from backend.lib.ids import new_id
from backend.platforms.port import Login


class IntegrationStatus(models.TextChoices):
    """Where an integration stands."""

    CONNECTED = "CONNECTED"  # It receives and sends.
    DISCONNECTED = "DISCONNECTED"  # The member ended it; its tokens are gone, its conversations stay.
    ERROR = "ERROR"  # It was connected and the platform no longer lets us act; see last_error.
    PENDING = "PENDING"  # Connecting has begun and is not finished.


LIVE = (IntegrationStatus.CONNECTED, IntegrationStatus.ERROR)

# The sealed columns; clear text of them never leaves the vault and the adapters.
SEALED_FIELDS = ("access_token", "refresh_token", "page_access_token", "webhook_secret")


class ChannelIntegrationQuerySet(models.QuerySet["ChannelIntegration"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def live(self) -> Self:
        """Those that hold their account: connected, or waiting for a reconnect."""
        return self.filter(status__in=LIVE)

    def with_ai(self) -> Self:
        """With it the answer whether the business has an AI that answers, in the same statement."""
        keys = ApiKey.objects.live().of_ai().filter(business=OuterRef("business"))
        return self.annotate(ai_answers=Exists(keys))


class ChannelIntegration(models.Model):
    """One account connected to one business. The column names are a promise to those who read the table."""

    id = models.UUIDField(primary_key=True, default=new_id)
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="integrations")
    platform = models.CharField(max_length=32)  # No choices: a new platform needs no migration.
    login = models.CharField(
        max_length=16, default=Login.FACEBOOK.value
    )  # Whose token is kept, and host called.
    status = models.CharField(
        max_length=16, choices=IntegrationStatus.choices, default=IntegrationStatus.PENDING
    )

    access_token = models.TextField(null=True)
    refresh_token = models.TextField(null=True)
    page_access_token = models.TextField(null=True)
    webhook_secret = models.TextField(null=True)
    token_expires_at = models.DateTimeField(null=True)

    # What webhooks and the API know the account by. Only for WhatsApp it differs from platform_account_id.
    account_id = models.CharField(max_length=64, null=True)
    platform_account_id = models.CharField(max_length=64, null=True)
    app_scoped_id = models.CharField(
        max_length=64, null=True
    )  # Instagram Login: webhooks may name it as well.
    platform_account_name = models.CharField(max_length=255, null=True)
    platform_page_id = models.CharField(max_length=64, null=True)
    platform_page_name = models.CharField(max_length=255, null=True)

    webhook_url = models.URLField(max_length=500, null=True)
    webhook_subscribed = models.BooleanField(default=False)
    permissions = models.JSONField(default=list)
    features = models.JSONField(default=list)
    metadata = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    reconnecting = models.BooleanField(default=False)
    connected_at = models.DateTimeField(null=True)  # When access was granted last.
    last_tested_at = models.DateTimeField(null=True)
    last_webhook_at = models.DateTimeField(null=True)  # Of the last delivery, to within minutes.
    last_error = models.TextField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error_code = models.CharField(max_length=64, null=True)
    last_error_resolution = models.TextField(null=True)
    connection_attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    ai_answers: bool | None = None  # Whether the business has a live key of an AI; None: it was not asked.

    objects: ClassVar = ChannelIntegrationQuerySet.as_manager()

    class Meta:
        db_table = "channel_integrations"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["business", "platform"], name="one_integration_per_business_and_platform"
            ),
            models.UniqueConstraint(
                fields=["platform", "account_id"],
                condition=Q(status__in=LIVE),
                name="one_live_integration_per_account",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=LIVE) | Q(account_id__isnull=False),
                name="a_live_integration_has_an_account",
            ),
            models.CheckConstraint(
                condition=Q(status__in=IntegrationStatus.values), name="integration_status_is_known"
            ),
        ]
        # WhatsApp's WABA-wide events find every number of the WABA by this one.
        indexes: ClassVar = [
            models.Index(fields=["platform", "platform_account_id"], name="integrations_by_wide_account"),
            models.Index(
                fields=["app_scoped_id"],
                condition=Q(app_scoped_id__isnull=False),
                name="integrations_by_scoped_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.account_id or '-'} of {self.business_id}"

    @property
    def is_connected(self) -> bool:
        return self.status == IntegrationStatus.CONNECTED

    @property
    def has_human_agent(self) -> bool:
        """Whether the platform lets its people answer late, with a tag: so the owner says in the settings."""
        return self.settings.get("humanAgent") is True


class AccountNews(models.Model):
    """What the platform said last of one topic of an account, by itself and in no conversation."""

    integration = models.ForeignKey(ChannelIntegration, on_delete=models.CASCADE, related_name="news")
    account_id = models.CharField(max_length=64)  # An integration may be given another account.
    topic = models.CharField(max_length=32)
    word = models.CharField(max_length=64)  # The platform's.
    ok = models.BooleanField()
    message = models.TextField()
    resolution = models.TextField(null=True)
    until = models.DateTimeField(null=True)  # When it ends by itself.
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "account_id", "topic"], name="one_word_per_account_and_topic"
            ),
        ]


class MessageTemplate(models.Model):
    """A message that the platform approves beforehand, as the last sync found it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    integration = models.ForeignKey(
        ChannelIntegration, on_delete=models.CASCADE, related_name="templates", db_index=False
    )
    business_account_id = models.CharField(max_length=64)  # The WABA; of a former account nothing is sent.
    external_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=32)
    status = models.CharField(max_length=32)  # The platform's word.
    category = models.CharField(max_length=32, blank=True)
    quality = models.CharField(max_length=16, blank=True)
    rejected_reason = models.TextField(blank=True)
    named = models.BooleanField(default=False)  # Its parameters have names; else they are counted.
    components = models.JSONField(default=list)  # In the platform's words.
    created_at = models.DateTimeField(default=now)  # When we saw it first.
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "name", "language"], name="one_template_per_language"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["integration", "-created_at", "-id"], name="templates_newest_first"),
        ]


class TemplateSync(models.Model):
    """When the templates of an integration are read again, and what became of it last."""

    integration = models.OneToOneField(
        ChannelIntegration, primary_key=True, on_delete=models.CASCADE, related_name="template_sync"
    )
    due_at = models.DateTimeField(default=now, db_index=True)
    synced_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error_message = models.TextField(blank=True)


class PlatformUpload(models.Model):
    """A stored file that the platform holds for one account, until its id ends."""

    id = models.UUIDField(primary_key=True, default=new_id)
    integration = models.ForeignKey(
        ChannelIntegration, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    account_id = models.CharField(max_length=64)
    file_id = models.UUIDField()  # The file may be gone sooner than its upload.
    form = models.CharField(max_length=16, blank=True)  # What was made of it before; empty: nothing.
    external_id = models.CharField(max_length=255)
    made_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "account_id", "file_id", "form"],
                name="one_upload_per_account_and_file",
            ),
        ]


class PersonChanged(models.Model):
    """The platform said that a person's access changed; gone once it was looked into."""

    user_id = models.CharField(primary_key=True, max_length=64)  # As our app at the platform sees the person.
    told_at = models.DateTimeField(default=now)


class VaultCanary(models.Model):
    """A known text sealed with each key, to notice a wrong key before a token is needed."""

    key_name = models.CharField(primary_key=True, max_length=64)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=now)
