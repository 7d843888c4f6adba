from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from backend.api.page import Page
from backend.lib.json_types import JSONObject

SWAGGER = "drf_spectacular_sidecar/swagger-ui-dist"


@lru_cache(maxsize=1)
def description() -> JSONObject:
    """The OpenAPI document of this service, made once."""
    document: JSONObject = SchemaGenerator().get_schema(request=None, public=True)
    return document


@lru_cache(maxsize=1)
def as_yaml() -> bytes:
    """The document as `schema.yml` holds it."""
    text: bytes = OpenApiYamlRenderer().render(description(), renderer_context={})
    return text


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document: JSON where `Accept` asks for it, else YAML."""
    accepted = request.headers.get("Accept", "")
    if "json" in accepted and "yaml" not in accepted:
        return HttpResponse(json.dumps(description()), content_type="application/vnd.oai.openapi+json")
    return HttpResponse(as_yaml(), content_type="application/vnd.oai.openapi; charset=utf-8")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from this service's own files; in the sandbox with logins to click on."""
    context: dict[str, Any] = {
        "title": settings.SPECTACULAR_SETTINGS["TITLE"],
        "styles": static(f"{SWAGGER}/swagger-ui.css"),
        "bundle": static(f"{SWAGGER}/swagger-ui-bundle.js"),
        "icon": static(f"{SWAGGER}/favicon-32x32.png"),
        "sandbox": settings.SANDBOX,
    }
    return Page("docs.html", context, scripts=True)
