"""The one place where what went wrong becomes the envelope of the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from backend.api import failures
from backend.api.codes import CODES, ErrorCode
from backend.api.failures import Failure
from backend.integrations.vault import VaultUnreadable
from backend.lib.json_types import JSONObject
from backend.lib.refusal import Refusal
from backend.platforms.errors import Incomprehensible, PlatformError, PlatformWords, Refused, Unavailable

logger = structlog.get_logger(__name__)

ASK_AGAIN = "Nothing is lost. Wait as long as `Retry-After` says, then do the same again."


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
    return failures.CRASHED


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
    """It could not answer, or its answer was lost; to the caller of a command that is the same.

    What an error says of work in the background, that it goes on by itself, is not true of a request.
    """
    return Failure(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=error.message,
        resolution=ASK_AGAIN if isinstance(error, Unavailable) else error.resolution,
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
    (exceptions.PermissionDenied, always(failures.ROLE_REQUIRED)),
    (PermissionDenied, always(failures.ROLE_REQUIRED)),
    (exceptions.NotFound, always(failures.NOT_FOUND)),
    (Http404, always(failures.NOT_FOUND)),
    (exceptions.MethodNotAllowed, always(failures.METHOD_NOT_ALLOWED)),
    (exceptions.UnsupportedMediaType, always(failures.UNSUPPORTED_MEDIA_TYPE)),
    (RequestDataTooBig, always(failures.TOO_LARGE)),
    (IntegrityError, always(failures.CONFLICT)),
    (OperationalError, always(failures.SERVICE_UNAVAILABLE)),
    (InterfaceError, always(failures.SERVICE_UNAVAILABLE)),
)
