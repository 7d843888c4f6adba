"""Requests with whatever bearer token, and what they were answered."""

from __future__ import annotations

from typing import Any

from tests.api.agreeing import AgreeingClient


def get(token: str, path: str = "/api/conversations", **headers: str) -> Any:
    """The answer to a request with this token."""
    return AgreeingClient(headers={"Authorization": f"Bearer {token}", **headers}).get(path)


def code(answer: Any) -> tuple[int, str]:
    """Status and code of a failure."""
    return answer.status_code, answer.json().get("code", "")
