"""Who sends the request: a chain of verifiers, one for each kind of bearer token."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from backend.businesses.logins import verify_access
from backend.businesses.models import Business, Membership, User

# The person behind a token; None: it is not a token of this kind, or not a good one.
Verifier = Callable[[str], UUID | None]

# The JWTs of the customer care platform's login and the API keys of a business are further lines here.
VERIFIERS: tuple[Verifier, ...] = (verify_access,)


class MemberRequest(Request):
    """A request as the views see it, once authentication and permissions have looked at it."""

    user: User
    member: Membership
    business: Business


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        """The person, read from our rows on every request; None where no bearer token was sent."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = user_behind(token.strip())
        if user is None:
            raise AuthenticationFailed("The access token is not valid, or its time is over.")
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def user_behind(token: str) -> User | None:
    """The active person whom one of the verifiers knows by this token."""
    ids = (verifier(token) for verifier in VERIFIERS)
    user_id = next((found for found in ids if found is not None), None)
    return User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
