from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from backend.businesses import logins
from backend.businesses.models import Membership
from backend.lib import clock
from tests.api.agreeing import AgreeingClient
from tests.businesses import issuing
from tests.businesses.issuing import EC, RSA, Published
from tests.conftest import Cast, ClientOf


@pytest.fixture
def client_of() -> ClientOf:
    """An HTTP client that is logged in as this member, and holds every answer against the schema."""

    def log_in(member: Membership) -> AgreeingClient:
        token = logins.issue(member.user).access
        return AgreeingClient(headers={"Authorization": f"Bearer {token}"})

    return log_in


@pytest.fixture
def nobody() -> AgreeingClient:
    """A client without a login."""
    return AgreeingClient()


@pytest.fixture
def owner(cast: Cast, client_of: ClientOf) -> AgreeingClient:
    client = client_of(cast.owner)
    assert isinstance(client, AgreeingClient)
    return client


@pytest.fixture
def agent(cast: Cast, client_of: ClientOf) -> AgreeingClient:
    client = client_of(cast.agent)
    assert isinstance(client, AgreeingClient)
    return client


@pytest.fixture
def published(settings: Any) -> Published:
    """An issuer with two key pairs is trusted."""
    published = Published(RSA, EC)
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = issuing.ISSUER, issuing.AUDIENCE
    settings.JWT_JWKS_URL, settings.JWT_TRANSPORT = issuing.JWKS_URL, published.transport
    settings.JWT_ALGORITHMS = ["RS256", "ES256"]
    return published


@pytest.fixture
def shared_secret(settings: Any) -> None:
    """An issuer that shares a secret is trusted."""
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = issuing.ISSUER, issuing.AUDIENCE
    settings.JWT_SECRET, settings.JWT_ALGORITHMS = issuing.SECRET, ["HS256"]


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Callable[[timedelta], None]]:
    """Move the clock on, counted from the start of the test."""
    offset_file = tmp_path / "clock"

    def move(by: timedelta) -> None:
        offset_file.write_text(str(int(by.total_seconds())))
        clock.use_offset_file(offset_file)

    yield move
    clock.use_offset_file(django_settings.DATA_DIR / "clock")
