from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from backend.api import examples, words
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor
from backend.api.pagination import latest_ids, page_of
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import FOR_PEOPLE_OF_A_BUSINESS, operation, paging
from backend.api.serializers import Answer, CamelCase, Choice, FreeObject, TextOrNull
from backend.businesses.trail import AuditEntry

ORDER = latest_ids()


@extend_schema_serializer(component_name="Actor")
class ActorOut(CamelCase):
    """Who did it, as they were called then. SYSTEM is this service itself."""

    kind = Choice(words.ACTOR_KINDS, source="actor_kind")
    id = TextOrNull(source="actor_id")
    name = TextOrNull(source="actor_name")


@extend_schema_serializer(component_name="AuditEntry")
class AuditEntryOut(CamelCase):
    """One thing that was done."""

    id = serializers.CharField()
    at = serializers.DateTimeField()
    actor: Any = ActorOut(source="*")
    action = Choice(words.AUDIT_ACTIONS)
    target_type = serializers.CharField(help_text="`integration`, `message`, `api_key`, `member` …")
    target_id = serializers.CharField()
    ip = serializers.CharField(allow_null=True, help_text="The address of the client.")
    detail = FreeObject()


class AuditTrail(Answer):
    """Newest first; `nextCursor` is null at the end."""

    entries = AuditEntryOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class AuditViewSet(FrontDoor):
    """Who did what; for owners and admins."""

    permission_classes = (IsMember, ManagesIntegrations)

    @operation(
        "listAuditEntries",
        "Audit",
        "Who did what, newest first",
        answer=AuditTrail,
        examples={"Entries": examples.AUDIT},
        parameters=paging(ORDER),
        refuses=(ValidationError({"cursor": ["This is not a cursor that this list gave out."]}),),
        takes=FOR_PEOPLE_OF_A_BUSINESS,
    )
    def list(self, request: MemberRequest) -> Response:
        """Connections, API keys, retries. Nothing is ever changed or removed here, and nothing secret is in it."""
        page = page_of(
            AuditEntry.objects.of(request.business.pk),
            ORDER,
            request.query_params,
            of=f"audit of {request.business.pk}",
        )
        return Response(AuditTrail({"entries": page.rows, "next_cursor": page.next_cursor}).data)
