"""How integrations and platforms travel. Sealed columns are shown as a mask; nothing here opens the vault."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.api import words
from backend.api.serializers import (
    Answer,
    CamelCase,
    Choice,
    Flag,
    FreeObject,
    Masked,
    Shape,
    Text,
    TextOrNull,
)
from backend.connecting.connect import default_flow
from backend.integrations import vault
from backend.integrations.adapters import is_configured
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.platforms.port import Account, Check, PlatformInfo

HEALTH_BY_STATUS = {
    IntegrationStatus.CONNECTED: "ok",
    IntegrationStatus.ERROR: "reconnect",
    IntegrationStatus.DISCONNECTED: "disconnected",
    IntegrationStatus.PENDING: "disconnected",
}


def health_of(integration: ChannelIntegration, unreadable: set[str]) -> str:
    """One word for the settings page."""
    health = HEALTH_BY_STATUS[IntegrationStatus(integration.status)]
    if health == "ok" and not vault.is_readable(integration, unreadable):
        return "reconnect"
    return "degraded" if health == "ok" and integration.last_error else health


class Health(Choice):
    """`ok`; `degraded`: it works, and something went wrong; `reconnect`: connect it again; `disconnected`."""

    def get_attribute(self, instance: ChannelIntegration) -> str:
        return health_of(instance, self.context["unreadable"])


@extend_schema_serializer(component_name="Integration")
class IntegrationOut(CamelCase):
    """
    One account of a platform that is, was, or is being connected to the business.

    Tokens are never shown: where one is kept the field holds `***masked***`, else null.
    """

    id = serializers.UUIDField()
    business_id = serializers.CharField()
    platform = Choice(words.PLATFORM_NAMES)
    status = Choice(words.INTEGRATION_STATUSES)
    access_token = Masked(allow_null=True)
    refresh_token = Masked(allow_null=True)
    token_expires_at = serializers.DateTimeField(
        allow_null=True, help_text="When `accessToken` ends; null: it does not expire."
    )
    platform_account_id = serializers.CharField(allow_null=True)
    platform_account_name = serializers.CharField(allow_null=True)
    platform_page_id = serializers.CharField(allow_null=True)
    platform_page_name = serializers.CharField(allow_null=True)
    page_access_token = Masked(allow_null=True)
    webhook_secret = Masked(allow_null=True)
    webhook_url = serializers.CharField(allow_null=True)
    webhook_subscribed = serializers.BooleanField()
    permissions = serializers.ListField(child=serializers.CharField(), help_text="Those that were granted.")
    features = serializers.ListField(child=serializers.CharField(), help_text="What works now.")
    metadata = FreeObject(help_text="WHATSAPP: `phoneNumberId`, `displayPhoneNumber`; INSTAGRAM: `username`.")
    settings = FreeObject()
    reconnecting = serializers.BooleanField(
        help_text="A new attempt is under way; the old access still works."
    )
    last_tested_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField(allow_null=True, help_text="What went wrong last, for a person.")
    last_error_at = serializers.DateTimeField(allow_null=True)
    last_error_code = serializers.CharField(allow_null=True)
    last_error_resolution = serializers.CharField(allow_null=True, help_text="What to do about it.")
    connection_attempts = serializers.IntegerField()
    health = Health(words.HEALTH_STATES)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Capabilities")
class CapabilitiesOut(CamelCase):
    """What can be done on a platform; hide what is not."""

    text_limit = serializers.IntegerField(help_text="Longer texts are sent as several messages.")
    text_unit = Choice(words.TEXT_UNITS)
    window_hours = serializers.IntegerField(help_text="How long an answer is free after the customer wrote.")
    typing = serializers.BooleanField()
    read_receipts = serializers.BooleanField()
    reply_to = serializers.BooleanField()
    message_types = serializers.ListField(child=serializers.CharField())


class Configured(serializers.BooleanField):
    def get_attribute(self, instance: PlatformInfo) -> bool:
        return is_configured(instance.platform)


class ConnectFlow(Choice):
    def get_attribute(self, instance: PlatformInfo) -> str:
        return default_flow()


@extend_schema_serializer(component_name="Platform")
class PlatformOut(CamelCase):
    """What the settings page says about a platform before anything is connected."""

    name = serializers.CharField()
    description = serializers.CharField()
    color = serializers.CharField()
    configured = Configured(help_text="Whether this server can connect it.")
    connect_flow = ConnectFlow(
        words.FLOWS, help_text="The flow that `connect` takes where the request names none."
    )
    requirements = serializers.ListField(child=serializers.CharField(), help_text="In words, for a person.")
    required_permissions = serializers.ListField(child=serializers.CharField())
    features = serializers.ListField(child=serializers.CharField())
    capabilities = CapabilitiesOut()


class IntegrationList(Answer):
    """Every integration of the business, and every platform there is, by its name."""

    integrations = IntegrationOut(many=True)
    platforms = serializers.DictField(child=PlatformOut())


class IntegrationAnswer(Answer):
    """One integration."""

    integration = IntegrationOut()


# --- connecting ---


class Connect(Shape):
    """Which platform to connect, and where the browser goes afterwards."""

    platform = Choice(words.PLATFORM_NAMES)
    flow = Choice(words.FLOWS, required=False, help_text="`mock` exists in the sandbox only.")
    return_to = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=1000,
        help_text="A page of one of the frontend's origins. Without it the browser lands on a page of this service.",
    )


class ConnectAnswer(Answer):
    """Send the browser to `authorizationUrl`; where it is missing, the account is connected already."""

    message = serializers.CharField()
    authorization_url = serializers.CharField(required=False)
    integration = IntegrationOut()


class Finish(Shape):
    """The ticket that the browser brought back from the platform's dialog."""

    ticket = Text(max_length=500)


class FinishAnswer(Answer):
    """`choose`: list the accounts and select one."""

    outcome = Choice(words.FINISH_OUTCOMES)
    integration = IntegrationOut()


class Select(Shape):
    """The account to connect."""

    account_id = Text(max_length=64)
    replace = Flag(
        required=False, default=False, help_text="Take it in place of another account that is connected now."
    )


class Selectable(serializers.BooleanField):
    def get_attribute(self, instance: Account) -> bool:
        return instance.reason is None


@extend_schema_serializer(component_name="Account")
class AccountOut(CamelCase):
    """An account that the granted access reaches; where it cannot be selected, `reason` says why."""

    account_id = serializers.CharField()
    name = serializers.CharField()
    username = TextOrNull()
    page_id = TextOrNull()
    page_name = TextOrNull()
    business_account_id = TextOrNull()
    picture_url = TextOrNull()
    selectable = Selectable()
    reason = TextOrNull()


class AccountList(Answer):
    """The accounts to choose from, and those that cannot be chosen."""

    accounts = AccountOut(many=True)


# --- looking after it ---


class CheckTime(serializers.DateTimeField):
    def get_attribute(self, instance: Check) -> datetime:
        return now()


@extend_schema_serializer(component_name="Check")
class CheckOut(CamelCase):
    """One thing that was looked at on the platform."""

    code = serializers.CharField()
    ok = serializers.BooleanField()
    message = serializers.CharField()
    resolution = TextOrNull()
    at = CheckTime()


class TestDetails(CamelCase):
    """What the test found."""

    platform = Choice(words.PLATFORM_NAMES)
    account_name = serializers.CharField()
    webhook_active = serializers.BooleanField()
    token_valid = serializers.BooleanField()


@extend_schema_serializer(many=False)
class TestAnswer(CamelCase):
    """A failing test is an answer too: 200 with `success` false, and `checks` says what to do."""

    __test__ = False  # Not a test case, whatever its name says.

    success = serializers.BooleanField()
    message = serializers.CharField()
    details = TestDetails()
    checks = CheckOut(many=True)


class RefreshAnswer(Answer):
    """The access token is renewed."""

    message = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Null: it does not expire.")


class Done(Answer):
    """It is done; `message` says what, for a person."""

    message = serializers.CharField()


class WebhookSecretAnswer(Answer):
    """For setting the webhook by hand at the platform. The secret is shown this once."""

    webhook_url = serializers.CharField()
    webhook_secret = serializers.CharField()


class ShowContext(TypedDict):
    """What an integration is shown with."""

    unreadable: set[str]


def show_context() -> ShowContext:
    """Looked up once for an answer, however many integrations it holds."""
    return {"unreadable": vault.unreadable_keys()}


def show(answer: type[Answer], **values: Any) -> dict[str, Any]:
    """The body of an answer that holds integrations."""
    return dict(answer(values, context=dict(show_context())).data)
