"""Who sends the request: a chain of verifiers, one for each kind of bearer token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from backend.api.members import members_by
from backend.businesses.foreign_logins import login_behind
from backend.businesses.keys import key_behind
from backend.businesses.logins import verify_access
from backend.businesses.models import ApiKey, Business, Caller, Membership, User


@dataclass(frozen=True, slots=True)
class Person:
    """A logged-in person, and the business that their token names, if it names one."""

    user: User
    business_id: str = ""
    # Where they were read together with the person: one statement for both.
    memberships: tuple[Membership, ...] | None = None


Identity = Person | ApiKey


class MemberRequest(Request):
    """A request as the views see it, once authentication and permissions have looked at it."""

    user: User  # None for an API key: views that are about a person are closed to keys.
    auth: Identity
    caller: Caller
    business: Business


def by_own_login(token: str) -> Identity | None:
    """The active person behind an access token of ours."""
    user_id = verify_access(token)
    if user_id is None:
        return None
    memberships = members_by(user_id)
    if memberships:
        return Person(memberships[0].user, memberships=memberships)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return Person(user, memberships=()) if user else None


def by_foreign_login(token: str) -> Identity | None:
    """The active person behind a token of the customer care platform's login."""
    login = login_behind(token)
    return Person(login.user, login.business_id) if login else None


# Who is behind a token; None: it is not a token of this kind, or not a good one.
Verifier = Callable[[str], Identity | None]
VERIFIERS: tuple[Verifier, ...] = (by_own_login, key_behind, by_foreign_login)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User | None, Identity] | None:
        """Who it is, read from our rows on every request; None where no bearer token was sent."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        identity = identity_behind(token.strip())
        if identity is None:
            raise AuthenticationFailed("The access token is not valid, or its time is over.")
        return (identity.user if isinstance(identity, Person) else None), identity

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def identity_behind(token: str) -> Identity | None:
    """Whom the first of the verifiers knows by this token."""
    found = (verifier(token) for verifier in VERIFIERS)
    return next((identity for identity in found if identity is not None), None)
