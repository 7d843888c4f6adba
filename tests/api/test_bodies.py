"""Whatever is sent as a body, the answer says what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.agreeing import AgreeingClient

JSON = "application/json"


def post(client: AgreeingClient, path: str, body: bytes, content_type: str = JSON) -> Any:
    return client.generic("POST", path, body, content_type=content_type)  # type: ignore[arg-type]


UNREADABLE = {
    "nothing": b" ",
    "half": b'{"platform": ',
    "not an object": b'["INSTAGRAM"]',
    "a word": b"INSTAGRAM",
    "not UTF-8": b'{"platform": "\xff"}',
    "NaN": b'{"platform": NaN}',
    "infinity": b'{"platform": -Infinity}',
    "a thousand brackets": b'{"platform": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand objects": b'{"a":' * 100_000,
    "deep, but not too deep to read": b'{"platform": ' + b"[" * 200 + b"]" * 200 + b"}",
    "a huge number": b'{"platform": ' + b"9" * 5000 + b"}",
    "an infinite number": b'{"platform": 1e999}',
    "NUL": b'{"platform": "\\u0000"}',
    "half a pair": b'{"platform": "\\ud800"}',
    "half a pair as a name": b'{"\\udfff": 1}',
    "NUL as a name": b'{"\\u0000": 1}',
    "NUL far inside": b'{"platform": {"a": ["\\u0000"]}}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("path", ["/api/integrations/connect", "/api/auth/token"])
def test_whatever_the_body_is_it_is_400(owner: AgreeingClient, path: str, body: bytes) -> None:
    answer = post(owner, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_an_unknown_field_is_named(owner: AgreeingClient) -> None:
    body = {"platform": "INSTAGRAM", "colour": "red", "Platform": 1}
    answer = post(owner, "/api/integrations/connect", json.dumps(body).encode())
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"colour", "Platform"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "platform"),
        ({"platform": "TELEGRAM"}, "platform"),
        ({"platform": 5}, "platform"),
        ({"platform": ["INSTAGRAM"]}, "platform"),
        ({"platform": None}, "platform"),
        ({"platform": "INSTAGRAM", "flow": "magic"}, "flow"),
        ({"platform": "INSTAGRAM", "returnTo": 5}, "returnTo"),
        ({"platform": "INSTAGRAM", "returnTo": "https://evil.example/"}, "returnTo"),
        ({"platform": "INSTAGRAM", "returnTo": "x" * 1001}, "returnTo"),
    ],
)
def test_a_wrong_field_is_named(owner: AgreeingClient, body: dict[str, Any], field: str) -> None:
    answer = post(owner, "/api/integrations/connect", json.dumps(body).encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["fields"]) == [field]


def test_a_body_that_is_too_large_is_413(owner: AgreeingClient, settings: Any) -> None:
    body = b'{"platform": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    answer = post(owner, "/api/integrations/connect", body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "x/y; =;"])
def test_a_body_of_another_kind_is_415(owner: AgreeingClient, content_type: str) -> None:
    answer = post(owner, "/api/integrations/connect", b"platform=INSTAGRAM", content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
