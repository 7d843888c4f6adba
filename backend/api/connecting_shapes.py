"""How connecting travels, and looking after what is connected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.api import words
from backend.api.integration_shapes import IntegrationOut
from backend.api.serializers import Answer, CamelCase, Choice, Flag, Shape, Text, TextOrNull
from backend.connecting.rerequest import Shortfall
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.platforms.port import Account, Check


class Connect(Shape):
    """Which platform to connect, and where the browser goes afterwards."""

    platform = Choice(words.PLATFORM_NAMES)
    flow = Choice(words.FLOWS, required=False, help_text="`mock` exists in the sandbox only.")
    login = Choice(
        words.LOGINS,
        required=False,
        help_text="INSTAGRAM only: where the person logs in. `instagram` needs no Facebook Page.",
    )
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


class MissingNames(serializers.ListField):
    child = serializers.CharField()

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text="Permissions that are needed and that the dialog did not give.", **options)


class RerequestUrl(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        told = "Send the browser here to be asked for just these again; null: nothing is missing."
        super().__init__(allow_null=True, help_text=told, **options)


class FinishAnswer(Answer):
    """`choose`: list the accounts and select one. `missingPermissions` may be asked for again at `rerequestUrl`."""

    outcome = Choice(words.FINISH_OUTCOMES)
    integration = IntegrationOut()
    missing_permissions = MissingNames()
    rerequest_url = RerequestUrl()
    message = serializers.CharField(allow_null=True, help_text="What is missing, for a person.")
    resolution = serializers.CharField(allow_null=True, help_text="What to do about it.")


class Select(Shape):
    """The account to connect."""

    account_id = Text(max_length=64)
    replace = Flag(required=False, help_text="Take it in place of another account that is connected now.")


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
    connected_here = serializers.BooleanField(
        help_text="It is the account that is connected now; selecting it renews the access."
    )


class AccountList(Answer):
    """The accounts to choose from, and those that cannot be chosen."""

    accounts = AccountOut(many=True)
    missing_permissions = MissingNames()
    rerequest_url = RerequestUrl()
    message = serializers.CharField(allow_null=True, help_text="What is missing, for a person.")
    resolution = serializers.CharField(allow_null=True, help_text="What to do about it.")


def told_of(shortfall: Shortfall) -> JSONObject:
    """What is missing, in the fields of an answer."""
    return {
        "missing_permissions": list(shortfall.permissions),
        "rerequest_url": shortfall.url,
        "message": shortfall.message,
        "resolution": shortfall.resolution,
    }


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


@extend_schema_serializer(component_name="NotedCheck")
class NotedCheckOut(CamelCase):
    """One thing that was looked at on the platform, and when."""

    code = serializers.CharField()
    ok = serializers.BooleanField()
    message = serializers.CharField()
    resolution = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()


class HealthAnswer(Answer):
    """How the integration stands, and what the last look found; accounts are looked at daily and by each test."""

    state = Choice(words.HEALTH_STATES)
    checks = NotedCheckOut(many=True)


class RefreshAnswer(Answer):
    """The access token is renewed, or too young for that: `message` says so, and from when it can be."""

    message = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Null: it does not expire.")


class Done(Answer):
    """It is done; `message` says what, for a person."""

    message = serializers.CharField()


class WebhookSecretAnswer(Answer):
    """For setting the webhook by hand at the platform. The secret is shown this once."""

    webhook_url = serializers.CharField()
    webhook_secret = serializers.CharField()
