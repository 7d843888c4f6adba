from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from backend.api import examples_outgoing as examples
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor, checked
from backend.api.integrations import PLATFORM_SAYS
from backend.api.pagination import newest_first, page_of
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import filter_by, operation, paging
from backend.api.serializers import NoBody
from backend.api.template_shapes import TemplateList, TemplatesSynced
from backend.businesses.actors import Scope
from backend.integrations import templates
from backend.integrations.models import ChannelIntegration, TemplateSync
from backend.integrations.vault import VaultUnreadable
from backend.platforms.port import SendType
from backend.platforms.registry import PLATFORMS
from backend.sending.errors import NotConnected, Unsupported

TAG = "Integrations"
ORDER = newest_first("created_at")
STATUSES = ["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"]
WRONG_STATUS = ValidationError({"status": [f"Choose one of: {', '.join(STATUSES)}."]})
NONE_HERE = Unsupported("This platform has no templates.", resolution="Templates are for WhatsApp.")


class TemplateViewSet(FrontDoor):
    """The templates of an integration; for owners and admins."""

    reads = Scope.INTEGRATIONS_READ
    writes = Scope.INTEGRATIONS_WRITE
    permission_classes = (IsMember, ManagesIntegrations)

    def find(self, request: MemberRequest, id: UUID) -> ChannelIntegration:
        """The integration, if it is of the request's business and has templates."""
        found = get_object_or_404(ChannelIntegration.objects.of(request.business.pk), pk=id)
        if SendType.TEMPLATE not in PLATFORMS[found.platform].capabilities.message_types:
            raise NONE_HERE
        return found

    @operation(
        "listTemplates",
        TAG,
        "The message templates of an account",
        answer=TemplateList,
        examples={"Templates": examples.TEMPLATES},
        parameters=(*paging(ORDER), filter_by("status", STATUSES, "Only those of this status.")),
        refuses=(NONE_HERE, WRONG_STATUS),
    )
    def list(self, request: MemberRequest, id: UUID) -> Response:
        """
        As they were read last: when the account was connected, daily, and whenever the platform says that they
        changed. `components` tell what has to be filled in; send it in the same parts, see `sendMessage`.
        """
        integration = self.find(request, id)
        rows = templates.templates_of(integration)
        status = request.query_params.get("status", "")
        if status and status not in STATUSES:
            raise WRONG_STATUS
        rows = rows.filter(**({"status": status} if status else {}))
        page = page_of(rows, ORDER, request.query_params, of=f"templates of {id} {status}")
        sync = TemplateSync.objects.filter(pk=integration.pk).first()
        body = {
            "templates": page.rows,
            "next_cursor": page.next_cursor,
            "synced_at": sync.synced_at if sync else None,
            "sync_error": sync.error_message if sync else None,
        }
        return Response(TemplateList(body).data)

    @operation(
        "syncTemplates",
        TAG,
        "Read the message templates now",
        answer=TemplatesSynced,
        examples={"Synced": {"success": True, "count": 12, "syncedAt": "2025-06-19T10:30:00Z"}},
        refuses=(NONE_HERE, NotConnected, VaultUnreadable, *PLATFORM_SAYS),
        body=True,
    )
    def sync(self, request: MemberRequest, id: UUID) -> Response:
        """They are read by themselves; this is for whoever has just changed one and does not want to wait."""
        integration = self.find(request, id)
        checked(NoBody, request)
        if not integration.is_connected:
            raise NotConnected
        count = templates.sync(integration)
        synced_at = TemplateSync.objects.values_list("synced_at", flat=True).get(pk=integration.pk)
        return Response(TemplatesSynced({"count": count, "synced_at": synced_at}).data)
