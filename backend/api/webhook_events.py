from __future__ import annotations

import re

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from backend.api import examples, words
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor, checked
from backend.api.pagination import latest_ids, page_of
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import filter_by, operation, paging
from backend.api.serializers import Answer, CamelCase, Choice, FreeObject, NoBody, Shape
from backend.businesses.actors import Scope
from backend.receiving import replaying
from backend.receiving.models import EventState, WebhookShare

TAG = "Webhook events"
ORDER = latest_ids()
ID = r"[0-9]{1,18}"


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


class WebhookEventAnswer(Answer):
    """One delivery, as the business sees it."""

    webhook_event = WebhookEventOut()


class WhatToReplay(Shape):
    """Which deliveries are processed again."""

    state = Choice([str(EventState.FAILED)])


class ReplayedAnswer(Answer):
    """`more`: there are others; send the request again."""

    replayed = serializers.IntegerField(help_text="How many deliveries are processed again.")
    more = serializers.BooleanField()


class WebhookEventViewSet(FrontDoor):
    """What the platforms delivered; for owners and admins."""

    reads = Scope.EVENTS_READ
    writes = Scope.INTEGRATIONS_WRITE
    permission_classes = (IsMember, ManagesIntegrations)

    def rows(self, request: MemberRequest) -> QuerySet[WebhookShare]:
        """The shares of the request's business with all that is shown of them; the bodies stay behind."""
        rows = WebhookShare.objects.filter(business_id=request.business.pk)
        return rows.select_related("event", "integration").only(
            "state", "items", "business", "event__received_at", "event__processed_at", "integration__platform"
        )

    @operation(
        "listWebhookEvents",
        TAG,
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
        rows = self.rows(request).filter(**({"state": state} if state else {}))
        of = f"webhook events of {request.business.pk} {state}"
        page = page_of(rows, ORDER, request.query_params, of=of)
        return Response(WebhookEventList({"webhook_events": page.rows, "next_cursor": page.next_cursor}).data)

    @operation(
        "replayWebhookEvent",
        TAG,
        "Process one delivery again",
        status=202,
        answer=WebhookEventAnswer,
        examples={"Received": examples.REPLAYED_EVENT},
        body=True,
    )
    def replay(self, request: MemberRequest, id: str) -> Response:
        """Whatever its state. What is recorded already stays as it is, so it does no harm; the list shows what became
        of it."""
        share = self.rows(request).filter(pk=int(id)).first() if re.fullmatch(ID, id, re.ASCII) else None
        if share is None:
            raise NotFound
        checked(NoBody, request)
        share = replaying.replay_share(share, by=request.caller)
        return Response(WebhookEventAnswer({"webhook_event": share}).data, status=202)

    @operation(
        "replayWebhookEvents",
        TAG,
        "Process what failed again",
        status=202,
        request=WhatToReplay,
        requests={"Failed": {"state": "failed"}},
        answer=ReplayedAnswer,
        examples={"Replayed": {"success": True, "replayed": 500, "more": True}},
    )
    def replay_many(self, request: MemberRequest) -> Response:
        """The oldest first and in their order, at most 500 with one request. For instance after an upgrade."""
        checked(WhatToReplay, request)
        replayed = replaying.replay_failed(request.business.pk, by=request.caller)
        return Response(ReplayedAnswer({"replayed": replayed.count, "more": replayed.more}).data, status=202)
