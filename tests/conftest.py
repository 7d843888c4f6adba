"""The cast of every test: two businesses, their people, and what these send to the service."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
from django.db import connection
from rest_framework.test import APIClient

from backend.businesses import logins
from backend.businesses.allowances import ALLOWANCES
from backend.businesses.models import Business, Membership, Role, User

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@dataclass(frozen=True)
class Cast:
    """A business with an owner, an admin and an agent, and the owner of another one."""

    business: Business
    rival: Business
    owner: Membership
    admin: Membership
    agent: Membership
    stranger: Membership


ClientOf = Callable[[Membership], APIClient]

PASSWORD = "demo-password"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database; at the end, whoever still holds it is named, and let go, so that it can be dropped."""
    yield
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, application_name, state, left(query, 200), pg_terminate_backend(pid)"
            " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        held = [str(row) for row in cursor.fetchall()]
    if held:
        names = [thread.name for thread in threading.enumerate()]
        sys.stderr.write(f"Still connected at the end: {held}; threads: {names}\n")


@pytest.fixture(autouse=True)
def quick_and_alone(settings: Any) -> None:
    """Passwords are cheap here, and no test counts on the requests of another."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ALLOWANCES.forget()


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a connection fails, save those that start processes of this machine."""
    if request.node.get_closest_marker("process"):
        return

    def refuse(_self: socket.socket, address: object) -> None:
        raise AssertionError(f"a test reached for the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def cast(db: None) -> Cast:
    business = Business.objects.create(id="demo-shop", name="Demo Shop")
    rival = Business.objects.create(id="rival-shop", name="Rival Shop")
    return Cast(
        business=business,
        rival=rival,
        owner=join(business, "owner@demo.test", Role.OWNER),
        admin=join(business, "admin@demo.test", Role.ADMIN),
        agent=join(business, "agent@demo.test", Role.AGENT),
        stranger=join(rival, "owner@rival.test", Role.OWNER),
    )


@pytest.fixture
def client_of() -> ClientOf:
    """An HTTP client that is logged in as this member."""

    def log_in(member: Membership) -> APIClient:
        token = logins.issue(member.user).access
        return APIClient(headers={"Authorization": f"Bearer {token}"})

    return log_in


def join(business: Business, email: str, role: str) -> Membership:
    """A person of that business."""
    user = User.objects.create_user(email, PASSWORD, name=email.partition("@")[0].title())
    return Membership.objects.create(business=business, user=user, role=role)
