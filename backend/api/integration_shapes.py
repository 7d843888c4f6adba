"""How integrations and platforms travel. Sealed columns are shown as a mask; nothing here opens the vault."""

from __future__ import annotations

from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.api import words
from backend.api.capability_shapes import CapabilitiesOut
from backend.api.health import health_of
from backend.api.serializers import (
    Answer,
    CamelCase,
    Choice,
    FreeObject,
    Masked,
)
from backend.api.settings_shapes import SettingsOut
from backend.connecting.connect import default_flow
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.integrations.ways import default_login, is_configured
from backend.platforms.port import PlatformInfo
from backend.platforms.registry import INFOS, PLATFORMS, logins_of


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
    login = Choice(words.LOGINS, help_text="By which login its account is, or was, connected.")
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
    metadata = FreeObject(
        help_text="WHATSAPP: `phoneNumberId`, `displayPhoneNumber`, and once the number is read `verifiedName`,"
        " `nameStatus`, `qualityRating`, `status`, `throughput`, `messagingLimit`, `onBusinessApp`;"
        " INSTAGRAM: `username`."
    )
    settings = SettingsOut()
    reconnecting = serializers.BooleanField(
        help_text="A new attempt is under way; the old access still works."
    )
    last_tested_at = serializers.DateTimeField(allow_null=True)
    last_webhook_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the platform last delivered something of this account, to within minutes.",
    )
    last_error = serializers.CharField(allow_null=True, help_text="What went wrong last, for a person.")
    last_error_at = serializers.DateTimeField(allow_null=True)
    last_error_code = serializers.CharField(allow_null=True)
    last_error_resolution = serializers.CharField(allow_null=True, help_text="What to do about it.")
    connection_attempts = serializers.IntegerField()
    health = Health(words.HEALTH_STATES)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Configured(serializers.BooleanField):
    def get_attribute(self, instance: PlatformInfo) -> bool:
        return is_configured(instance.login)


class ConnectFlow(Choice):
    def get_attribute(self, instance: PlatformInfo) -> str:
        return default_flow()


@extend_schema_serializer(component_name="PlatformLogin")
class LoginOut(CamelCase):
    """One way in to a platform: `instagram` is Instagram's own login, which needs no Facebook Page."""

    login = Choice(words.LOGINS)
    configured = Configured(help_text="Whether this server can connect by it.")
    requirements = serializers.ListField(child=serializers.CharField(), help_text="In words, for a person.")
    required_permissions = serializers.ListField(child=serializers.CharField())


class Logins(serializers.ListField):
    child = LoginOut()

    def get_attribute(self, instance: PlatformInfo) -> list[PlatformInfo]:
        return [INFOS[instance.platform, login] for login in logins_of(instance.platform)]


@extend_schema_serializer(component_name="Platform")
class PlatformOut(CamelCase):
    """
    What the settings page says about a platform before anything is connected.

    `configured`, `requirements` and `requiredPermissions` are those of `login`; `logins` says the same of each.
    """

    name = serializers.CharField()
    description = serializers.CharField()
    color = serializers.CharField()
    configured = Configured(help_text="Whether this server can connect it.")
    connect_flow = ConnectFlow(
        words.FLOWS, help_text="The flow that `connect` takes where the request names none."
    )
    login = Choice(words.LOGINS, help_text="The login that `connect` takes where the request names none.")
    logins = Logins(help_text="Every login that `connect` takes for this platform.")
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


def offered_platforms() -> dict[str, PlatformInfo]:
    """Every platform, as it is connected where nobody names a login."""
    return {name: INFOS[name, default_login(name)] for name in PLATFORMS}


class ShowContext(TypedDict):
    """What an integration is shown with."""

    unreadable: set[str]


def show_context() -> ShowContext:
    """Looked up once for an answer, however many integrations it holds."""
    return {"unreadable": vault.unreadable_keys()}


def show(answer: type[Answer], **values: Any) -> dict[str, Any]:
    """The body of an answer that holds integrations."""
    return dict(answer(values, context=dict(show_context())).data)
