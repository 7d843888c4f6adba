"""The one place where what went wrong becomes the envelope of the contract."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from backend.api.codes import CODES, ErrorCode
from backend.integrations.vault import VaultUnreadable
from backend.lib.json_types import JSONObject
from backend.lib.refusal import Refusal
from backend.platforms.errors import Incomprehensible, PlatformError, PlatformWords, Refused

logger = structlog.get_logger(__name__)

COME_BACK_LATER = frozenset({429, 503})
ASK_AGAIN_AFTER = 30  # Seconds, where nobody said how long it takes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Everything an unsuccessful answer says."""

    code: ErrorCode
    message: str
    resolution: str | None = None
    fields: dict[str, list[str]] | None = None
    extra: JSONObject = field(default_factory=dict)
    retry_after: float | None = None
    unexpected: bool = False  # A person should look at it: it is logged with its trace.

    def envelope(self) -> JSONObject:
        """The body of the answer."""
        return {
            "success": False,
            "code": str(self.code),
            "message": self.message,
            "resolution": self.resolution,
            "fields": self.fields,
            **self.extra,
        }

    def headers(self) -> dict[str, str]:
        """The headers that belong to its status."""
        headers = {}
        if self.retry_after is not None or self.code.status in COME_BACK_LATER:
            wait = ASK_AGAIN_AFTER if self.retry_after is None else self.retry_after
            headers["Retry-After"] = str(max(1, math.ceil(wait)))
        if self.code.status == ErrorCode.NOT_AUTHENTICATED.status:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to an exception of a view; nothing escapes it."""
    failure = read(error)
    if failure.unexpected:
        logger.error("api.crashed", code=str(failure.code), exc_info=error)
    return Response(failure.envelope(), status=failure.code.status, headers=failure.headers())


def read(error: Exception) -> Failure:
    """What an exception says to the caller."""
    for kind, reader in READERS:
        if isinstance(error, kind):
            return reader(error)
    return CRASHED


def _from_refusal(refusal: Refusal) -> Failure:
    return Failure(
        code=CODES[refusal.code],
        message=refusal.message,
        resolution=refusal.resolution,
        fields=refusal.fields,
        extra=refusal.extra,
        retry_after=refusal.retry_after,
    )


def _from_refused(error: Refused) -> Failure:
    return Failure(
        code=CODES[error.code],
        message=error.words.user_message or error.message,
        resolution=error.resolution,
        extra=_said(error.words),
    )


def _said(words: PlatformWords) -> JSONObject:
    """What the platform itself said, to ride along."""
    return {
        "platformCode": words.code,
        "platformSubcode": words.subcode,
        "platformMessage": words.message or None,
        "traceId": words.trace_id or None,
    }


def _from_incomprehensible(error: Incomprehensible) -> Failure:
    return Failure(
        code=ErrorCode.PLATFORM_ERROR,
        message=error.message,
        resolution=error.resolution,
        extra=_said(error.words),
        unexpected=True,
    )


def _from_platform(error: PlatformError) -> Failure:
    """It could not answer, or its answer was lost; to the caller of a command that is the same."""
    return Failure(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=error.message,
        resolution=error.resolution,
        extra=_said(error.words),
        retry_after=getattr(error, "retry_after", None),
    )


def _from_vault(error: VaultUnreadable) -> Failure:
    return Failure(
        code=CODES[error.code], message=error.message, resolution=error.resolution, unexpected=True
    )


def _from_validation(error: exceptions.ValidationError) -> Failure:
    fields = _flatten(error.detail)
    loose = fields.pop("", [])
    return Failure(
        code=ErrorCode.VALIDATION_ERROR,
        message=" ".join(loose) or "The request is not as it should be.",
        resolution="Correct what `fields` names and send the request again." if fields else None,
        fields=fields or None,
    )


def _flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested details as dotted paths; what belongs to no field stands under the empty path."""
    if isinstance(detail, Mapping):
        inner = {}
        for name, value in detail.items():
            own = name != "non_field_errors"
            inner.update(_flatten(value, ".".join(filter(None, [path, str(name)])) if own else path))
        return inner
    if isinstance(detail, (list, tuple)):
        return {path: [str(item) for item in detail]}
    return {path: [str(detail)]}


def _from_parse(error: exceptions.ParseError) -> Failure:
    return Failure(
        code=ErrorCode.VALIDATION_ERROR,
        message=str(error.detail),
        resolution="Send one JSON object, encoded in UTF-8.",
    )


def _from_throttled(error: exceptions.Throttled) -> Failure:
    return Failure(
        code=ErrorCode.RATE_LIMITED,
        message="Your business sends more requests than are allowed in a minute.",
        resolution="Wait as long as `Retry-After` says.",
        retry_after=getattr(error, "wait", None) or 1,
    )


def _from_unauthenticated(error: exceptions.APIException) -> Failure:
    return Failure(
        code=ErrorCode.NOT_AUTHENTICATED,
        message=str(error.detail),
        resolution="Log in at POST /api/auth/token and send `Authorization: Bearer` with the access token.",
    )


def always(failure: Failure) -> Callable[[Any], Failure]:
    """A reader for what says the same whatever the exception holds."""
    return lambda _error: failure


CRASHED = Failure(
    code=ErrorCode.INTERNAL_ERROR,
    message="Something went wrong on our side.",
    resolution="Try again; if it stays, tell support the X-Request-Id of this answer.",
    unexpected=True,
)
NOT_FOUND = Failure(
    code=ErrorCode.NOT_FOUND, message="There is nothing at this address that your business may see."
)
ROLE_REQUIRED = Failure(
    code=ErrorCode.ROLE_REQUIRED,
    message="Your role does not allow this.",
    resolution="Ask an owner or an admin of the business.",
)
METHOD_NOT_ALLOWED = Failure(
    code=ErrorCode.METHOD_NOT_ALLOWED,
    message="This method is not answered here.",
    resolution="The header Allow names those that are.",
)
UNSUPPORTED_MEDIA_TYPE = Failure(
    code=ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    message="The body is not JSON.",
    resolution="Send `Content-Type: application/json`.",
)
TOO_LARGE = Failure(code=ErrorCode.TOO_LARGE, message="The body is larger than this service takes.")
CONFLICT = Failure(
    code=ErrorCode.CONFLICT,
    message="Somebody else changed this at the same moment.",
    resolution="Read it again, then repeat the change if it is still wanted.",
)
SERVICE_UNAVAILABLE = Failure(
    code=ErrorCode.SERVICE_UNAVAILABLE,
    message="Our database cannot answer right now.",
    resolution="Nothing was changed; try again in a moment.",
    retry_after=5,
    unexpected=True,
)

# The first line that fits is taken.
READERS: tuple[tuple[type[Exception], Callable[[Any], Failure]], ...] = (
    (Refusal, _from_refusal),
    (Refused, _from_refused),
    (Incomprehensible, _from_incomprehensible),
    (PlatformError, _from_platform),
    (VaultUnreadable, _from_vault),
    (exceptions.ValidationError, _from_validation),
    (exceptions.ParseError, _from_parse),
    (exceptions.NotAuthenticated, _from_unauthenticated),
    (exceptions.AuthenticationFailed, _from_unauthenticated),
    (exceptions.Throttled, _from_throttled),
    (exceptions.PermissionDenied, always(ROLE_REQUIRED)),
    (PermissionDenied, always(ROLE_REQUIRED)),
    (exceptions.NotFound, always(NOT_FOUND)),
    (Http404, always(NOT_FOUND)),
    (exceptions.MethodNotAllowed, always(METHOD_NOT_ALLOWED)),
    (exceptions.UnsupportedMediaType, always(UNSUPPORTED_MEDIA_TYPE)),
    (RequestDataTooBig, always(TOO_LARGE)),
    (IntegrityError, always(CONFLICT)),
    (OperationalError, always(SERVICE_UNAVAILABLE)),
    (InterfaceError, always(SERVICE_UNAVAILABLE)),
)
