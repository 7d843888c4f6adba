"""Sessions, for the admin alone: elsewhere they are passed by, so that the API neither pays for nor heeds them."""

from __future__ import annotations

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

PREFIX = "/admin/"
# Its pages load nothing from elsewhere, and no page shows them in a frame.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class InAdmin(MiddlewareMixin):
    """Acts below the admin's address only."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            response: HttpResponseBase = self.get_response(request)  # type: ignore[assignment]
            return response
        return super().__call__(request)  # type: ignore[return-value]


class AdminSessions(InAdmin, SessionMiddleware):
    """The session of an operator."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = super().__call__(request)
        if request.path_info.startswith(PREFIX):
            response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            response["Referrer-Policy"] = "same-origin"
        return response


class AdminLogins(InAdmin, AuthenticationMiddleware):
    """Who the operator is."""


class AdminMessages(InAdmin, MessageMiddleware):
    """What the admin says on its next page."""
