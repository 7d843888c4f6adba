from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from backend.api import examples, words
from backend.api.authentication import MemberRequest
from backend.api.connecting_shapes import Done
from backend.api.door import FrontDoor, checked
from backend.api.pagination import newest_first, page_of
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import FOR_PEOPLE_OF_A_BUSINESS, operation, paging
from backend.api.serializers import VISIBLE, Answer, CamelCase, Choice, Shape, Text
from backend.businesses import keys
from backend.businesses.models import ApiKey

TAG = "API keys"
ORDER = newest_first("created_at")
REVOKED = {"success": True, "message": "API key revoked"}


class NewApiKey(Shape):
    """`actor` is what the key's messages are signed with: an AI, or a service of any other kind."""

    name = Text(
        max_length=100, pattern=VISIBLE, help_text="What people call it; authors of messages show it."
    )
    scopes = serializers.ListField(
        child=Choice(words.SCOPES), min_length=1, max_length=len(words.SCOPES), help_text="What it may do."
    )
    actor = Choice(words.KEY_KINDS)


@extend_schema_serializer(component_name="ApiKey")
class ApiKeyOut(CamelCase):
    """A key, by which nobody can log in: only the hash of its secret part is kept."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the key begins, to know one again.")
    scopes = serializers.ListField(child=Choice(words.SCOPES))
    actor: Any = Choice(words.KEY_KINDS, source="kind")
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    created_at = serializers.DateTimeField()


class ApiKeyList(Answer):
    """Newest first; `nextCursor` is null at the end. Revoked ones are gone."""

    api_keys = ApiKeyOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ApiKeyMade(Answer):
    """`key` is shown this once; keep it where secrets are kept."""

    key = serializers.CharField()
    api_key = ApiKeyOut()


class ApiKeyViewSet(FrontDoor):
    """Keys for programs; managed by owners and admins, never by a key."""

    permission_classes = (IsMember, ManagesIntegrations)

    @operation(
        "listApiKeys",
        TAG,
        "The API keys of the business, newest first",
        answer=ApiKeyList,
        examples={"Keys": examples.API_KEYS},
        parameters=paging(ORDER),
        refuses=(ValidationError({"limit": ["Give a whole number from 1 to 200."]}),),
        takes=FOR_PEOPLE_OF_A_BUSINESS,
    )
    def list(self, request: MemberRequest) -> Response:
        """With what they may do and when they were last used; never the keys themselves."""
        page = page_of(
            ApiKey.objects.of(request.business.pk).live(),
            ORDER,
            request.query_params,
            of=f"API keys of {request.business.pk}",
        )
        return Response(ApiKeyList({"api_keys": page.rows, "next_cursor": page.next_cursor}).data)

    @operation(
        "makeApiKey",
        TAG,
        "Make an API key",
        status=201,
        request=NewApiKey,
        requests={"Key": examples.NEW_API_KEY},
        answer=ApiKeyMade,
        examples={"Made": examples.API_KEY_MADE},
        takes=FOR_PEOPLE_OF_A_BUSINESS,
    )
    def create(self, request: MemberRequest) -> Response:
        """Send it as `Authorization: Bearer`. It acts inside this business alone, and only as its scopes allow."""
        new = checked(NewApiKey, request).validated_data
        key, clear = keys.make_key(
            request.caller, name=new["name"].strip(), kind=new["actor"], scopes=new["scopes"]
        )
        return Response(ApiKeyMade({"key": clear.reveal(), "api_key": key}).data, status=201)

    @operation(
        "revokeApiKey",
        TAG,
        "Revoke an API key",
        answer=Done,
        examples={"Revoked": REVOKED},
        takes=FOR_PEOPLE_OF_A_BUSINESS,
    )
    def destroy(self, request: MemberRequest, id: UUID) -> Response:
        """It opens nothing from now on. What it did stays."""
        if not keys.revoke_key(request.caller, id):
            raise NotFound
        return Response(Done({"message": REVOKED["message"]}).data)
