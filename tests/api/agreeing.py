"""A client that holds every answer against the schema: an undocumented status or field fails the test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from rest_framework.test import APIClient

from backend.api.documents import description

SCHEMA = "urn:schema"
Operation = dict[str, Any]


class AgreeingClient(APIClient):
    """Sends as APIClient does, and looks every answer up in the schema."""

    def request(self, **environ: Any) -> Any:
        response = super().request(**environ)
        assert response.headers.get("X-Request-Id"), "every answer carries X-Request-Id"
        method = str(environ["REQUEST_METHOD"]).lower()
        found = operation_at(str(environ["PATH_INFO"]).rstrip("/"), method)
        if found is not None:
            hold_against(found, response)
        elif response.status_code >= 400:
            check(response.json(), "#/components/schemas/Error")
        return response


def hold_against(operation: Operation, response: Any) -> None:
    """Fail unless the operation documents this status with this body and these headers."""
    name = operation["operationId"]
    documented = operation["responses"].get(str(response.status_code))
    assert documented, f"{name} does not document {response.status_code}: {response.content!r}"
    for header in ("Retry-After", "WWW-Authenticate", "Location"):
        assert (header in response.headers) == (header in documented.get("headers", {})), f"{name}: {header}"
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if content := documented.get("content"):
        assert kind in content or "*/*" in content, f"{name} does not document {kind}"
        if kind == "application/json":
            check(response.json(), content[kind]["schema"]["$ref"])


def check(body: Any, reference: str) -> None:
    """Fail unless the body matches that part of the schema; fields beyond it are drift."""
    validator().evolve(schema={"$ref": SCHEMA + reference}).validate(body)


@lru_cache(maxsize=1)
def validator() -> jsonschema.Draft202012Validator:
    resource = Resource.from_contents(closed(json.loads(json.dumps(description()))), DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(SCHEMA, resource)
    return jsonschema.Draft202012Validator({}, registry=registry, format_checker=jsonschema.FormatChecker())


def closed(document: Any) -> Any:
    """The document with every named object closed, so that a field that is not described is found."""
    for schema in document["components"]["schemas"].values():
        if schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    return document


def operations() -> Iterator[tuple[str, str, Operation]]:
    """Address, method and description of every operation."""
    for address, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield address, method, operation


def operation_at(path: str, method: str) -> Operation | None:
    """The operation that answers there; None where the schema has none."""
    for address, known, operation in operations():
        pattern = re.sub(r"\{\w+\}", r"[0-9a-f-]{36}", address.replace("{code}", "[^/]+"))
        if known == method and re.fullmatch(pattern, path):
            return operation
    return None
