from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.authentication import MemberRequest
from backend.api.codes import ErrorCode
from backend.api.door import FrontDoor
from backend.api.failures import Failure
from backend.api.media_files import answer_with
from backend.api.media_shapes import ONE_MEDIA, MediaAnswer, NewMedia, show_media
from backend.api.permissions import IsMember
from backend.api.schema import EVERYWHERE, FOR_MEMBERS, RESPONSE_HEADERS, X_BUSINESS_ID, failures
from backend.api.uploads import FIELD, FormWithFile, NotAForm, UploadTooLarge, UploadUnreadable, arrived
from backend.businesses.actors import Scope
from backend.conversations.models import Attachment, AttachmentState
from backend.files.links import is_signed
from backend.files.models import StoredFile
from backend.files.uploads import keep_upload
from backend.lib.ranges import Unsatisfiable
from backend.lib.refusal import Refusal

TAG = "Media"


class NotHere(Refusal):
    """The bytes of this file are not here."""

    code = "not_found"
    message = "This file is not here."


class LinkOver(Refusal):
    """The time of a signed link is over, or it was changed on its way."""

    code = "not_authenticated"
    message = "The time of this link is over, or it was changed."
    resolution = "Read the message again: its attachment has a link that works for an hour."


class OutOfRange(Refusal):
    """The range lies outside of the file."""

    code = "range_not_satisfiable"
    message = "The file has no such part."
    resolution = "`Content-Range` says how large it is."


# Why there are no bytes to an attachment.
NOT_HERE = {
    AttachmentState.PENDING: "It is still being fetched from the platform; the feed tells when it is here.",
    AttachmentState.FAILED: "It could not be fetched; the message says why.",
    AttachmentState.REMOVED: "It was taken back, or its time is over.",
}
SIGNED = (
    OpenApiParameter("expires", {"type": "string"}, description="Of a signed address: until when it works."),
    OpenApiParameter("signature", {"type": "string"}, description="Of a signed address: its proof."),
    OpenApiParameter(
        "Range",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description="One range of bytes, as in `bytes=0-1023`.",
    ),
)
BYTES = OpenApiExample("Bytes", value="(the bytes)", response_only=True, media_type="*/*")


class MaySee(IsMember):
    """Whoever has an address that we signed, for as long as it lives; else a member or a key of the business."""

    def has_permission(self, request: Request, view: object) -> bool:
        media_id = getattr(view, "kwargs", {}).get("id")
        if request.auth is None and media_id and "signature" in request.query_params:
            if is_signed(media_id, request.query_params):
                return True
            raise LinkOver
        return super().has_permission(request, view)  # type: ignore[arg-type]


class MediaViewSet(FrontDoor):
    """The files of messages, and those that are to be sent; for every member."""

    reads = Scope.CONVERSATIONS_READ
    writes = Scope.MESSAGES_SEND

    def get_permissions(self) -> Sequence[BasePermission]:
        return [MaySee() if self.action == "retrieve" else IsMember()]

    def get_parsers(self) -> list[BaseParser]:
        return [FormWithFile()]

    @extend_schema(
        operation_id="getMedia",
        tags=[TAG],
        summary="The bytes of a file",
        parameters=[*SIGNED, X_BUSINESS_ID, *RESPONSE_HEADERS],
        responses={
            (200, "*/*"): OpenApiResponse(
                OpenApiTypes.BINARY, description="The file, with its own type.", examples=[BYTES]
            ),
            (206, "*/*"): OpenApiResponse(
                OpenApiTypes.BINARY, description="The part that was asked for.", examples=[BYTES]
            ),
            304: OpenApiResponse(description="The caller has it already (`If-None-Match`)."),
            **failures((*FOR_MEMBERS, LinkOver, NotHere, OutOfRange, *EVERYWHERE)),
        },
    )
    def retrieve(self, request: Request, id: UUID) -> HttpResponseBase:
        """
        The id of an attachment, or of a file that was handed in. With a login of the business; or, for `<img>` and its
        like, by the `url` that answers carry, which works for an hour without one. Pictures, films and sounds are shown
        inline, all else is a download; nothing in it is run.
        """
        row, name = _find(id, _business_of(request))
        try:
            return answer_with(row, name, request)
        except Unsatisfiable:
            refused = OutOfRange()
            failure = Failure(
                code=ErrorCode.RANGE_NOT_SATISFIABLE, message=refused.message, resolution=refused.resolution
            )
            headers = {"Content-Range": f"bytes */{row.size}"}
            return Response(failure.envelope(), status=failure.code.status, headers=headers)
        except FileNotFoundError as error:
            raise NotHere from error

    @extend_schema(
        operation_id="uploadMedia",
        tags=[TAG],
        summary="Hand in a file that is to be sent",
        request={"multipart/form-data": NewMedia},
        parameters=[X_BUSINESS_ID, *RESPONSE_HEADERS],
        examples=[
            OpenApiExample(
                "File", value={FIELD: "(the bytes)"}, request_only=True, media_type="multipart/form-data"
            )
        ],
        responses={
            201: OpenApiResponse(
                MediaAnswer,
                description="The file",
                examples=[OpenApiExample("Media", value=ONE_MEDIA, response_only=True)],
            ),
            **failures(
                (
                    *(problem for problem in FOR_MEMBERS if problem is not NotFound),
                    NotFound,
                    ValidationError({FIELD: ["Give a file that is not empty."]}),
                    UploadTooLarge,
                    UploadUnreadable,
                    NotAForm,
                    *EVERYWHERE,
                )
            ),
        },
    )
    def create(self, request: MemberRequest) -> Response:
        """
        A form with the field `file`. Its bytes tell what it is; what a platform takes is checked when it is sent.
        The same bytes again give the same id. What nobody sends within a day is removed.
        """
        with arrived(request) as (file, incoming):
            row = keep_upload(
                request.business.pk, incoming, told_type=file.content_type or "", name=file.name or ""
            )
        return Response(show_media(row), status=201)


def _business_of(request: Request) -> str | None:
    """Whose files the caller sees; None: those of the address that we signed."""
    business = getattr(request, "business", None)
    return business.pk if business else None


def _find(id: UUID, business_id: str | None) -> tuple[StoredFile, str]:
    """The file behind an id, with its name. Raises NotFound, NotHere."""
    mine = {"business_id": business_id} if business_id else {}
    attachment = Attachment.objects.select_related("file").filter(pk=id, **mine).first()
    if attachment is None:
        row = StoredFile.objects.stored().filter(pk=id, **mine).first()
        if row is None:
            raise NotFound
        return row, row.name
    if attachment.file is None:
        raise NotHere(resolution=NOT_HERE.get(AttachmentState(attachment.state)))
    return attachment.file, attachment.name
