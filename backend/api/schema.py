"""
How the API describes itself.

An operation says what it answers and which exceptions it may answer with instead; the statuses, the envelopes and their
examples follow from the same readers that make the real answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.db import OperationalError
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import exceptions, serializers

from backend.api import words
from backend.api.errors import read
from backend.api.failures import Failure
from backend.api.pagination import DEFAULT_LIMIT, MAX_LIMIT, Keyset
from backend.api.parsers import BodyTooLarge
from backend.api.permissions import BusinessRequired, KeyNotAllowed, ScopeRequired, scope_of
from backend.api.serializers import CamelCase, Choice, Shape
from backend.businesses.actors import Scope
from backend.lib.json_types import JSON, JSONObject

V = TypeVar("V", bound=Callable[..., Any])
Problem = Exception | type[Exception]
Parameters = tuple[OpenApiParameter, ...]

EVERYWHERE: tuple[Problem, ...] = (RuntimeError, OperationalError)
FOR_MEMBERS: tuple[Problem, ...] = (
    BusinessRequired,
    exceptions.NotAuthenticated,
    exceptions.PermissionDenied,
    ScopeRequired(Scope.CONVERSATIONS_READ),
    exceptions.NotFound,
    exceptions.Throttled(wait=21),
)
# What is closed to API keys, whatever their scopes.
FOR_PEOPLE_OF_A_BUSINESS: tuple[Problem, ...] = (
    *(problem for problem in FOR_MEMBERS if not isinstance(problem, ScopeRequired)),
    KeyNotAllowed,
)
FOR_PEOPLE: tuple[Problem, ...] = (exceptions.NotAuthenticated, KeyNotAllowed)
WITH_BODY: tuple[Problem, ...] = (
    exceptions.ValidationError({"surname": ["This field is not known here."]}),
    BodyTooLarge,
    exceptions.UnsupportedMediaType("text/plain"),
)


class Schema(AutoSchema):
    """Bodies that come in are closed: a field that is not named here is refused."""

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, Shape):
            schema["additionalProperties"] = False
            schema.update(serializer.also)
        return schema

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        # A body that must hold something has to be there, whichever of its fields it holds.
        if body and _must_be_there(self.get_request_serializer()):
            body["required"] = True
        return body

    def get_description(self) -> str:  # type: ignore[override]  # As the library has it.
        """What the view says, and what an API key needs for it."""
        description = str(super().get_description() or "")
        if not self.get_auth():
            return description
        scope = scope_of(self.view, self.method)
        needs = f"API keys need the scope `{scope}`." if scope else "Not for API keys."
        return f"{description}\n\n{needs}"

    def _resolve_path_parameters(self, variables: Any) -> Any:
        found = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        return [{**parameter, "description": "The id, as an answer gave it."} for parameter in found]


def _must_be_there(request: Any) -> bool:
    is_one_of = isinstance(request, PolymorphicProxySerializer)
    return is_one_of or bool(getattr(request, "also", {}).get("minProperties"))


class BearerScheme(OpenApiAuthenticationExtension):
    """The one way to say who you are."""

    target_class = "backend.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The `accessToken` of POST /api/auth/token, a JWT of the login that the operator trusts, or"
            " an API key of the business.",
        }


# --- failures ---


@extend_schema_field({"type": "boolean", "const": False})
class Never(serializers.Field[Any, Any, bool, Any]):
    """The `success` of a failure."""


@extend_schema_serializer(component_name="Error", many=False)
class ErrorOut(CamelCase):
    """
    Every failure, on every path and for every cause.

    `code` is for programs, `message` and `resolution` are for a person. What the platform said rides along where it was
    the platform that refused.
    """

    success = Never()
    code = Choice(words.ERROR_CODES)
    message = serializers.CharField(help_text="What happened.")
    resolution = serializers.CharField(allow_null=True, help_text="What to do about it.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        allow_null=True,
        help_text="What is wrong with which field of the request.",
    )
    platform_code = serializers.IntegerField(required=False, allow_null=True)
    platform_subcode = serializers.IntegerField(required=False, allow_null=True)
    platform_message = serializers.CharField(required=False, allow_null=True)
    trace_id = serializers.CharField(
        required=False, allow_null=True, help_text="The platform's, for its support."
    )
    scope = Choice(words.SCOPES, required=False, help_text="`scope_required`: what the API key lacks.")
    allowed = serializers.ListField(
        child=Choice(words.SEND_TYPES),
        required=False,
        help_text="`window_closed`: what may be sent all the same.",
    )


def failures(problems: Iterable[Problem]) -> dict[int, OpenApiResponse]:
    """The unsuccessful answers by status, each with an example."""
    by_status: dict[int, dict[str, Failure]] = {}
    for problem in problems:
        error = problem() if isinstance(problem, type) else problem
        failure = read(error)
        named = by_status.setdefault(failure.code.status, {})
        name = failure.code.title().replace("_", "")
        named[type(error).__name__ if name in named else name] = failure
    return {status: _response(named) for status, named in sorted(by_status.items())}


def _response(named: Mapping[str, Failure]) -> OpenApiResponse:
    codes = dict.fromkeys(str(failure.code) for failure in named.values())
    examples = [
        OpenApiExample(name, summary=str(failure.code), value=failure.envelope())
        for name, failure in named.items()
    ]
    return OpenApiResponse(ErrorOut, description="`" + "`, `".join(codes) + "`", examples=examples)


# --- parameters ---

X_BUSINESS_ID = OpenApiParameter(
    "X-Business-Id",
    {"type": "string", "maxLength": 64},
    OpenApiParameter.HEADER,
    description="Which business is meant; needed only by members of several.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="A word of your own for this message. The same key and body again give the same answer and send nothing"
    " a second time.",
)
RESPONSE_HEADERS: Parameters = (
    OpenApiParameter(
        "X-Request-Id",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=True,
        description="Names it in our logs.",
    ),
    OpenApiParameter(
        "Retry-After",
        OpenApiTypes.INT,
        OpenApiParameter.HEADER,
        response=[429, 503],
        description="Seconds to wait.",
    ),
    OpenApiParameter("WWW-Authenticate", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[401]),
)


def filter_by(name: str, choices: list[str], description: str) -> OpenApiParameter:
    """A query parameter that takes one of a few words; empty means all."""
    return OpenApiParameter(name, OpenApiTypes.STR, enum=[*choices, ""], description=description)


def paging(keyset: Keyset) -> Parameters:
    """The query parameters of a list."""
    return (
        OpenApiParameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            description="How many at most.",
        ),
        OpenApiParameter(
            "cursor",
            {"type": "string", "pattern": f"^{keyset.pattern}$"},
            description="The `nextCursor` of the page before.",
        ),
    )


# --- operations ---


def operation(
    name: str,
    tag: str,
    summary: str,
    *,
    answer: type[CamelCase],
    examples: Mapping[str, JSON],
    status: int = 200,
    request: type[Shape] | PolymorphicProxySerializer | None = None,
    requests: Mapping[str, JSONObject] | None = None,
    refuses: Iterable[Problem] = (),
    parameters: Parameters = (),
    takes: tuple[Problem, ...] = FOR_MEMBERS,
    body: bool = False,
) -> Callable[[V], V]:
    """Describe a view. `takes`: what its way of knowing the caller may answer; `body`: a POST that reads none."""
    problems = (*takes, *(WITH_BODY if request or body else ()), *refuses, *EVERYWHERE)
    business = (X_BUSINESS_ID,) if BusinessRequired in takes else ()
    success = OpenApiResponse(answer, description=summary, examples=_examples(examples))
    return extend_schema(
        operation_id=name,
        tags=[tag],
        summary=summary,
        request=request,
        responses={status: success, **failures(problems)},
        parameters=[*parameters, *business, *RESPONSE_HEADERS],
        examples=_examples(requests or {}, of_request=True),
    )


def _examples(values: Mapping[str, JSON], *, of_request: bool = False) -> list[OpenApiExample]:
    return [
        OpenApiExample(name, value=value, request_only=of_request, response_only=not of_request)
        for name, value in values.items()
    ]
