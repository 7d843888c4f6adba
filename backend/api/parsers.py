"""Reads a body: one JSON object, or a refusal that says why. Whatever is sent, nothing here crashes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from backend.lib.json_types import JSON, JSONObject
from backend.lib.refusal import Refusal
from backend.lib.storable import storable_text

MAX_FIELDS = 100  # Of a form.
MAX_DEPTH = 32  # Nothing that this service takes is nested deeper.


class BodyTooLarge(Refusal):
    """The body is larger than this service takes."""

    code = "too_large"
    message = "The body is larger than this service takes."
    resolution = f"Send at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes."


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 has it: no NaN, no text that a database refuses, an object at the top."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> JSONObject:
        """The object. Raises ParseError, ValidationError or BodyTooLarge."""
        data = decode(read_bytes(stream))
        if not isinstance(data, dict):
            raise ParseError("The body is not a JSON object.")
        faults = {
            storable_text(name, 100): [fault] for name, value in data.items() if (fault := fault_of(value))
        }
        if faults:
            raise ValidationError(faults)
        return data


class FormParser(BaseParser):
    """A form as a browser sends it, and Meta: of each field the last value. What cannot be read is not there."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """The fields. Raises ParseError or BodyTooLarge."""
        text = read_bytes(stream).decode("utf-8", "replace")
        try:
            return dict(parse_qsl(text, max_num_fields=MAX_FIELDS))
        except ValueError:
            return {}


def read_bytes(stream: IO[Any]) -> bytes:
    """The whole body, if it is not too large."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    try:
        body: bytes = stream.read(limit + 1)
    except UnreadablePostError as error:
        raise ParseError("The body did not arrive.") from error
    if len(body) > limit:
        raise BodyTooLarge
    return body


def decode(body: bytes) -> JSON:
    """The decoded body. Raises ParseError."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except RecursionError:
        raise ParseError("The body is nested too deeply.") from None
    except ValueError:
        raise ParseError("The body is not JSON.") from None


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def fault_of(value: JSON, depth: int = 1) -> str | None:
    """Why a value cannot be stored; None where it can."""
    if depth > MAX_DEPTH:
        return "This is nested too deeply."
    if isinstance(value, str):
        return None if storable_text(value) == value else "This holds characters that cannot be stored."
    if isinstance(value, float):
        return None if math.isfinite(value) else "This number is too large."
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return next((fault for item in value if (fault := fault_of(item, depth + 1))), None)
    return None
