"""Old conversations of an account are imported; for owners and admins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.response import Response

from backend.api import import_examples, words
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor, checked
from backend.api.integrations import TAG
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import operation
from backend.api.serializers import Answer, CamelCase, Choice, NoBody, TextOrNull
from backend.businesses.actors import Scope
from backend.integrations.models import ChannelIntegration
from backend.syncing import errors
from backend.syncing.models import HistoryImport
from backend.syncing.start import latest_import, start_import


@extend_schema_serializer(component_name="HistoryImport")
class HistoryImportOut(CamelCase):
    """One pass through the old conversations of an account."""

    id = serializers.UUIDField()
    origin = Choice(words.IMPORT_ORIGINS, help_text="PHONE: WhatsApp hands over what the phone has.")
    state = Choice(words.IMPORT_STATES, help_text="RUNNING goes on by itself, also after an outage.")
    progress = serializers.IntegerField(
        allow_null=True, help_text="Percent; null where the platform does not tell how much there is."
    )
    conversations = serializers.IntegerField(help_text="Read so far.")
    messages = serializers.IntegerField(help_text="Those that were not here yet.")
    withheld = serializers.IntegerField(
        help_text="Older messages that the platform names and does not show: it opens the 20 newest of a conversation."
    )
    last_error = TextOrNull(help_text="What went wrong last; while it is RUNNING it is tried again.")
    last_error_code = TextOrNull()
    last_error_resolution = TextOrNull()
    last_error_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


IMPORT = "import"


class ImportAnswer(Answer):
    """The import that is running, or was the last one; null where there was none."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`import` is a word of the language, and cannot be written as an attribute."""
        return {**super().get_fields(), IMPORT: HistoryImportOut(allow_null=True)}


def show(job: HistoryImport | None) -> Response:
    return Response(ImportAnswer({IMPORT: job}).data)


class ImportViewSet(FrontDoor):
    """The import of one integration."""

    reads = Scope.INTEGRATIONS_READ
    writes = Scope.INTEGRATIONS_WRITE
    permission_classes = (IsMember, ManagesIntegrations)

    def find(self, request: MemberRequest, id: UUID) -> ChannelIntegration:
        """The integration, if it is of the request's business."""
        return get_object_or_404(ChannelIntegration.objects.of(request.business.pk), pk=id)

    @operation(
        "getImport",
        TAG,
        "How far the import of old conversations is",
        answer=ImportAnswer,
        examples=import_examples.PROGRESS,
    )
    def retrieve(self, request: MemberRequest, id: UUID) -> Response:
        """
        A WhatsApp number in the Business app hands its history over by itself once it is connected; that shows here,
        too.
        """
        return show(latest_import(self.find(request, id)))

    @operation(
        "startImport",
        TAG,
        "Import old conversations",
        answer=ImportAnswer,
        status=202,
        examples={"Started": import_examples.STARTED},
        refuses=(
            errors.NotConnected,
            errors.NoHistory,
            errors.HistoryNotAllowed("To read old conversations, a permission is missing: pages_messaging."),
            errors.ImportRunning,
        ),
        body=True,
    )
    def start(self, request: MemberRequest, id: UUID) -> Response:
        """
        For MESSENGER and INSTAGRAM. It reads the conversations that the platform shows, the latest first, and of each
        the 20 newest messages; the platform opens no more. What is read back is nothing new: it is not unread, opens
        no reply window, reopens no conversation and triggers no agent; conversations that begin with it are CLOSED.

        A later import is a new pass that adds what is missing, for instance after an outage of this service.
        """
        found = self.find(request, id)
        checked(NoBody, request)
        answer = show(start_import(found, by=request.caller))
        answer.status_code = 202
        return answer
