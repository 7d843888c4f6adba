"""Envelopes for what never reaches a view: unknown addresses, broken requests, crashes outside of the views."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from backend.api import failures
from backend.api.codes import ErrorCode
from backend.api.failures import Failure

BAD_REQUEST = Failure(code=ErrorCode.VALIDATION_ERROR, message="The request could not be read.")
UNAUTHENTICATED = Failure(code=ErrorCode.NOT_AUTHENTICATED, message="Log in first.")
UNAVAILABLE = Failure(
    code=ErrorCode.SERVICE_UNAVAILABLE, message="This cannot be answered right now.", retry_after=5
)

NO_SUCH_ADDRESS = Failure(
    code=ErrorCode.NOT_FOUND,
    message="There is nothing at this address.",
    resolution="/api/docs lists the addresses there are.",
)

BY_STATUS = {
    401: UNAUTHENTICATED,
    403: failures.ROLE_REQUIRED,
    404: NO_SUCH_ADDRESS,
    405: failures.METHOD_NOT_ALLOWED,
    413: failures.TOO_LARGE,
    415: failures.UNSUPPORTED_MEDIA_TYPE,
    503: UNAVAILABLE,
}


def enveloped(status: int) -> HttpResponse:
    """The envelope for a bare status."""
    failure = BY_STATUS.get(status, failures.CRASHED if status >= 500 else BAD_REQUEST)
    return JsonResponse(failure.envelope(), status=status, headers=failure.headers())


def bad_request(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return enveloped(400)


def forbidden(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return enveloped(403)


def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return enveloped(404)


def crashed(_request: HttpRequest) -> HttpResponse:
    return enveloped(500)
