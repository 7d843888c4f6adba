from __future__ import annotations

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from backend.api import examples, words
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor
from backend.api.pagination import latest_ids, page_of
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import filter_by, operation, paging
from backend.api.serializers import Answer, CamelCase, Choice, FreeObject
from backend.businesses.actors import Scope
from backend.receiving.models import WebhookShare

ORDER = latest_ids()


@extend_schema_serializer(component_name="WebhookItem")
class WebhookItemOut(CamelCase):
    """One fact of a delivery. What could not be read is shown as it came, in `payload`."""

    kind = serializers.CharField(help_text="`message_received`, `delivery_changed`, `unrecognised` …")
    word = serializers.CharField(
        allow_blank=True, help_text="The platform's word for it, where it is unknown to us."
    )
    external_id = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True, help_text="Why it could not be read.")
    error = serializers.CharField(allow_blank=True, help_text="Why processing it failed.")
    payload = FreeObject(allow_null=True)


@extend_schema_serializer(component_name="WebhookEvent")
class WebhookEventOut(CamelCase):
    """What one delivery of the platform held for the business. `failed`: our processing raised."""

    id = serializers.CharField()
    platform = Choice(words.PLATFORM_NAMES, source="integration.platform")
    integration_id = serializers.UUIDField()
    state = Choice(words.EVENT_STATES)
    received_at = serializers.DateTimeField(source="event.received_at")
    processed_at = serializers.DateTimeField(source="event.processed_at", allow_null=True)
    items = WebhookItemOut(many=True)


class WebhookEventList(Answer):
    """Newest first; `nextCursor` is null at the end."""

    webhook_events = WebhookEventOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class WebhookEventViewSet(FrontDoor):
    """What the platforms delivered; for owners and admins."""

    reads = Scope.EVENTS_READ
    writes = Scope.INTEGRATIONS_WRITE
    permission_classes = (IsMember, ManagesIntegrations)

    @operation(
        "listWebhookEvents",
        "Webhook events",
        "What the platforms delivered, newest first",
        answer=WebhookEventList,
        examples={"Events": examples.EVENTS},
        parameters=(filter_by("state", words.EVENT_STATES, "In this state."), *paging(ORDER)),
        refuses=(ValidationError({"state": ["Choose one of: received, done, failed, unrouted."]}),),
    )
    def list(self, request: MemberRequest) -> Response:
        """The business's own share of each delivery, once it was looked at; never what it held for others."""
        state = request.query_params.get("state", "")
        if state and state not in words.EVENT_STATES:
            raise ValidationError({"state": [f"Choose one of: {', '.join(words.EVENT_STATES)}."]})
        rows = WebhookShare.objects.filter(
            business_id=request.business.pk, **({"state": state} if state else {})
        )
        rows = rows.select_related("event", "integration").only(
            "state", "items", "event__received_at", "event__processed_at", "integration__platform"
        )
        page = page_of(rows, ORDER, request.query_params)
        return Response(WebhookEventList({"webhook_events": page.rows, "next_cursor": page.next_cursor}).data)
