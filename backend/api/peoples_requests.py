"""What Meta passes on from people who connected an account: that our access ends, or that we forget them."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.connecting_shapes import Done
from backend.api.door import PublicDoor
from backend.api.page import Page
from backend.api.parsers import BodyTooLarge, FormParser
from backend.api.schema import EVERYWHERE, RESPONSE_HEADERS, Problem, failures
from backend.connecting.addresses import deletion_url
from backend.connecting.deauthorize import deauthorize
from backend.connecting.errors import SignatureInvalid
from backend.connecting.forget import forget_person
from backend.connecting.models import DeletionRequest
from backend.lib.refusal import Refusal
from backend.platforms.registry import PLATFORMS

TAG = "Webhooks"
FIELD = "signed_request"


class FormExpected(Refusal):
    """Meta sends a form here."""

    code = "unsupported_media_type"
    message = "The body is not a form."
    resolution = "Send `Content-Type: application/x-www-form-urlencoded`."


# Meta's own words, so they do not travel in camelCase.
@extend_schema_serializer(many=False)
class DeletionAnswer(serializers.Serializer[DeletionRequest]):
    """Where the person can look, and the code to ask with."""

    url = serializers.URLField()
    confirmation_code = serializers.CharField()


REFUSES: tuple[Problem, ...] = (
    ParseError("The body did not arrive."),
    SignatureInvalid,
    BodyTooLarge,
    FormExpected,
    *EVERYWHERE,
)
CODE = "5f0c1e7a9b3d2846a1c7"
SIGNED_FORM = {
    FormParser.media_type: {
        "type": "object",
        "properties": {FIELD: {"type": "string", "description": "Signed with the app's secret."}},
        "required": [FIELD],
    }
}
FORM_EXAMPLE = OpenApiExample(
    "SignedRequest",
    value={FIELD: "<signature>.<payload>"},
    request_only=True,
    media_type=FormParser.media_type,
)
DEAUTHORIZED = OpenApiExample("Deauthorized", value={"success": True, "message": "Access ended"})
DELETED = OpenApiExample(
    "Deleted",
    value={"url": f"https://gateway.example.com/api/data-deletion/{CODE}", "confirmation_code": CODE},
)
STATUS_PAGE = OpenApiExample("StatusPage", value="<!doctype html><title>Your data was deleted.</title>…")
UNKNOWN_PAGE = OpenApiExample(
    "UnknownPage", value="<!doctype html><title>No request to be forgotten has this code.</title>…"
)


class UnknownCode(Refusal):
    """Nobody asked to be forgotten under this code."""

    code = "not_found"
    message = "No request to be forgotten has this code."
    resolution = "Open the address again, whole, as Facebook or Instagram showed it to you."


class PeoplesRequests(PublicDoor):
    """Signed by Meta; anything else changes nothing."""

    parser_classes = (FormParser,)

    @extend_schema(
        operation_id="receiveDeauthorization",
        tags=[TAG],
        summary="A person took our access away at Meta",
        request=SIGNED_FORM,
        responses={
            200: OpenApiResponse(
                Done, description="Done, or there was nothing to end.", examples=[DEAUTHORIZED]
            ),
            **failures(REFUSES),
        },
        parameters=list(RESPONSE_HEADERS),
        examples=[FORM_EXAMPLE],
    )
    def deauthorize(self, request: Request) -> Response:
        """Every account that the person connected waits for a reconnect; its tokens are wiped."""
        deauthorize(_signed_request(request))
        return Response(Done({"message": "Access ended"}).data)

    @extend_schema(
        operation_id="receiveDataDeletionRequest",
        tags=[TAG],
        summary="A person asked Meta that we forget them",
        request=SIGNED_FORM,
        responses={
            200: OpenApiResponse(DeletionAnswer, description="As Meta wants it.", examples=[DELETED]),
            **failures(REFUSES),
        },
        parameters=list(RESPONSE_HEADERS),
        examples=[FORM_EXAMPLE],
    )
    def delete_data(self, request: Request) -> Response:
        """The person's accounts are disconnected and their access deleted. The same request gets the same code."""
        kept = forget_person(_signed_request(request))
        return Response({"url": deletion_url(kept.code), "confirmation_code": kept.code})


class DeletionStatus(PublicDoor):
    """For the person who asked."""

    @extend_schema(
        operation_id="showDataDeletion",
        tags=[TAG],
        summary="What became of a request to be forgotten",
        parameters=list(RESPONSE_HEADERS),
        responses={
            (200, "text/html"): OpenApiResponse(
                OpenApiTypes.STR, description="A page in plain words.", examples=[STATUS_PAGE]
            ),
            **failures((UnknownCode, *EVERYWHERE)),
            # The same, for a browser.
            (404, "text/html"): OpenApiResponse(OpenApiTypes.STR, examples=[UNKNOWN_PAGE]),
        },
    )
    def show(self, request: Request, code: str) -> HttpResponseBase:
        """By the code that Meta showed to the person."""
        is_possible = code.isascii() and code.isalnum()  # Databases refuse some characters.
        found = DeletionRequest.objects.filter(code=code).first() if is_possible else None
        if found is not None:
            names = [PLATFORMS[each].name for each in found.platforms if each in PLATFORMS]
            return Page("deletion.html", {"request": found, "names": names})
        if "text/html" not in request.headers.get("Accept", ""):
            raise UnknownCode
        return Page("problem.html", {"failure": UnknownCode()}, status=404)


def _signed_request(request: Request) -> str:
    """The one field. Raises FormExpected, ParseError, BodyTooLarge."""
    try:
        form = request.data
    except UnsupportedMediaType:
        raise FormExpected from None
    return str(form.get(FIELD, "")) if isinstance(form, Mapping) else ""
