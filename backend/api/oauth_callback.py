from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpResponseBase, HttpResponseRedirect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from backend.api.door import PublicDoor
from backend.api.errors import read
from backend.api.page import Page
from backend.api.schema import EVERYWHERE, RESPONSE_HEADERS, failures
from backend.connecting import callbacks, errors
from backend.connecting.callbacks import Landing
from backend.lib.refusal import Refusal
from backend.lib.storable import storable_text

MAX_WORD = 4000  # Characters of a query parameter; Meta's codes have some hundred.

PARAMETERS = (
    ("state", "Ours, unchanged."),
    ("code", "The platform's, to be exchanged for access."),
    ("error", "Why there is no code."),
    ("error_reason", "The platform's word for it."),
    ("error_description", "The platform's words for a person."),
    ("error_code", "In place of `error`, where something is wrong with the app itself."),
    ("error_message", "The platform's words for that."),
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[302],
    description="`returnTo` with `integration`, `outcome` and `code` or `ticket`.",
)
LANDING_PAGE = OpenApiExample("LandingPage", value="<!doctype html><title>Access was granted.</title>…")
PROBLEM_PAGE = OpenApiExample("ProblemPage", value="<!doctype html><title>Too much time has passed.</title>…")


class OAuthCallback(PublicDoor):
    """Where the platform's dialog sends the browser back to."""

    @extend_schema(
        operation_id="receiveOAuthCallback",
        tags=["Integrations"],
        summary="The platform's dialog sends the browser here",
        parameters=[
            *(
                OpenApiParameter(name, OpenApiTypes.STR, description=words, required=name == "state")
                for name, words in PARAMETERS
            ),
            LOCATION,
            *RESPONSE_HEADERS,
        ],
        responses={
            (200, "text/html"): OpenApiResponse(
                OpenApiTypes.STR,
                description="Without `returnTo`: a page that says what happened.",
                examples=[LANDING_PAGE],
            ),
            302: OpenApiResponse(description="To `returnTo`."),
            **failures(
                (
                    errors.StateInvalid,
                    errors.StateExpired,
                    errors.StateUsed,
                    errors.AttemptOver,
                    errors.BeingAnswered,
                    *EVERYWHERE,
                )
            ),
            # The same, for a browser.
            (400, "text/html"): OpenApiResponse(OpenApiTypes.STR, examples=[PROBLEM_PAGE]),
            (409, "text/html"): OpenApiResponse(OpenApiTypes.STR, examples=[PROBLEM_PAGE]),
        },
    )
    def receive(self, request: Request) -> HttpResponseBase:
        """Nothing is connected by this alone: the member who began redeems the ticket with `finish`."""
        words = {name: storable_text(request.query_params.get(name, ""), MAX_WORD) for name, _ in PARAMETERS}
        try:
            landing = callbacks.receive(**words)
        except Refusal as refusal:
            if "text/html" not in request.headers.get("Accept", ""):
                raise
            failure = read(refusal)
            return Page("problem.html", {"failure": failure}, status=failure.code.status)
        return _land(landing)


def _land(landing: Landing) -> HttpResponseBase:
    if not landing.return_to:
        return Page("landing.html", {"landing": landing})
    answer = HttpResponseRedirect(address_of(landing))
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def address_of(landing: Landing) -> str:
    """`returnTo` with what happened added to its query; what was there stays."""
    parts = urlsplit(landing.return_to)
    told = {
        "integration": str(landing.integration_id),
        "outcome": landing.outcome,
        "code": landing.error_code,
        "ticket": landing.ticket,
    }
    # Ours replace what the address may have brought along under these names.
    own = [(name, word) for name, word in parse_qsl(parts.query, keep_blank_values=True) if name not in told]
    query = urlencode([*own, *((name, word) for name, word in told.items() if word)])
    return urlunsplit(parts._replace(query=query))
