"""The schema is what a frontend engineer reads: whole, exact, and without a secret."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from backend.api.codes import ErrorCode
from backend.api.documents import description
from backend.api.urls import ROUTES
from tests.api.agreeing import Operation, check, operations

OPERATIONS = [pytest.param(*found, id=found[2]["operationId"]) for found in operations()]
DOORS = re.compile(r"/api/webhooks/(meta|\{platform\}/\{integrationId\})$")


def resolved(part: Any) -> Any:
    """What a `$ref` points to, or the part itself."""
    while isinstance(part, dict) and "$ref" in part:
        reference = part["$ref"]
        part = description()
        for word in reference.removeprefix("#/").split("/"):
            part = part[word]
    return part


def examples_of(body: Any) -> list[Any]:
    return [resolved(example)["value"] for example in body.get("examples", {}).values()]


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_every_request_and_answer_has_examples_that_fit(
    address: str, method: str, operation: Operation
) -> None:
    bodies = [answer for answer in operation["responses"].values() if "content" in answer]
    bodies += [operation["requestBody"]] if "requestBody" in operation else []
    for body in bodies:
        for content in body["content"].values():
            examples = examples_of(content)
            assert examples, f"{method} {address}: an example is missing"
            for example in examples:
                if reference := content["schema"].get("$ref"):
                    check(example, reference)


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_failures_show_the_codes_of_their_status(address: str, method: str, operation: Operation) -> None:
    statuses = {code.value: code.status for code in ErrorCode}
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            continue
        codes = {example["code"] for example in examples_of(answer["content"]["application/json"])}
        assert codes == set(re.findall(r"`(\w+)`", answer["description"]))
        if not DOORS.match(address):
            assert {statuses[code] for code in codes} == {int(status)}


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_every_operation_explains_itself(address: str, method: str, operation: Operation) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"])
    for parameter in operation.get("parameters", []):
        assert parameter.get("description") or parameter["name"] in ("platform", "integrationId"), parameter


def test_operations_and_tags_are_named_once() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    used = {operation["tags"][0] for _, _, operation in operations()}
    assert [tag["name"] for tag in description()["tags"]] == [
        tag["name"] for tag in description()["tags"] if tag["name"] in used
    ]


def test_every_route_is_described() -> None:
    routes = {
        ("/" + re.sub(r"<\w+:(\w+)>", r"{\1}", address), method)
        for address, _, actions in ROUTES
        for method in actions
    }
    described = {(address, method) for address, method, _ in operations() if not DOORS.match(address)}
    assert described == routes


def test_a_login_is_asked_for_where_it_is_needed() -> None:
    public = {operation["operationId"] for _, _, operation in operations() if "security" not in operation}
    assert public == {
        "logIn",
        "refreshLogin",
        "receiveOAuthCallback",
        "receiveDeauthorization",
        "receiveDataDeletionRequest",
        "showDataDeletion",
        "isAlive",
        "isReady",
        "readMetrics",
        "verifyAppWebhook",
        "receiveAppWebhook",
        "verifyIntegrationWebhook",
        "receiveIntegrationWebhook",
    }


def test_bodies_that_come_in_are_closed() -> None:
    schemas = description()["components"]["schemas"]
    requests = {name: schema for name, schema in schemas.items() if name.endswith("Request")}
    assert len(requests) >= 9
    choices = {name for name, schema in requests.items() if "oneOf" in schema}  # Each of which is closed.
    assert choices == {"NewMessageRequest", "InteractiveRequest", "TemplateValueRequest"}
    assert all(requests[name]["additionalProperties"] is False for name in requests.keys() - choices)


def test_no_example_holds_a_token() -> None:
    text = json.dumps(description())
    assert not re.search(r"EAA[A-Za-z0-9]{8}|IGAA|eyJ[A-Za-z0-9_-]{10}", text)
    for name in ("accessToken", "refreshToken", "pageAccessToken", "webhookSecret"):
        shown = set(re.findall(rf'"{name}": ("[^"]*"|null)', text))
        assert shown <= {'"***masked***"', "null"}, name
