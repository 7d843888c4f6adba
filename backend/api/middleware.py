"""What holds for every answer, whichever view or library gave it."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from backend.api.fallbacks import enveloped
from backend.api.metrics import note_answer
from backend.api.page import Page
from backend.lib.ids import request_id_from

logger = structlog.get_logger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """One id for the request, its log lines and its answer; a sane one that came along is kept."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_from(request.headers.get("X-Request-Id", ""))
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            took = time.monotonic() - started
            note_answer(request.method, response.status_code, took)
            # No query string: it may hold codes and tickets.
            logger.info(
                "api.answered",
                method=request.method,
                path=request.path,
                status=response.status_code,
                milliseconds=round(took * 1000, 1),
            )
        response["X-Request-Id"] = request_id
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would do so again, without the id.
        if isinstance(response, HttpResponse):  # Not a stream: its length is known.
            response.setdefault("Content-Length", str(len(response.content)))
        return response


class TrailingSlashMiddleware:
    """An address with a slash at its end is the same address: the same answer, no redirect. The admin has its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.endswith("/") and len(path) > 1 and not path.startswith("/admin/"):
            request.path_info = request.path_info[:-1]
            request.path = request.path.removesuffix("/")
        return self.get_response(request)


class EnvelopeMiddleware:
    """No failure leaves without the envelope, save the pages that are meant for a person."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 400 and not _is_said_well(response):
            response = _with_headers_of(response, enveloped(response.status_code))
        if request.path_info.startswith("/api/"):
            response.setdefault("Cache-Control", "no-store")
        return response


def _is_said_well(response: HttpResponseBase) -> bool:
    return isinstance(response, Page) or response.headers.get("Content-Type", "").startswith(
        "application/json"
    )


def _with_headers_of(bare: HttpResponseBase, answer: HttpResponse) -> HttpResponse:
    for name in ("Allow", "Retry-After"):
        if name in bare:
            answer[name] = bare[name]
    return answer
