"""What a caller may do. Whose business it is, is decided here as well: a stranger gets 404."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from backend.api.addresses import client_ip
from backend.api.authentication import Person
from backend.api.members import members_by
from backend.businesses.actors import Scope
from backend.businesses.models import ApiKey, Caller, Membership
from backend.lib.refusal import Refusal

if TYPE_CHECKING:  # The framework reads this module while it makes its views.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class BusinessRequired(Refusal):
    """The member belongs to several businesses and did not pick one."""

    code = "business_required"
    message = "You are a member of several businesses."
    resolution = "Send the header X-Business-Id; GET /api/me lists your businesses with their ids."


class KeyNotAllowed(Refusal):
    """No API key may do this, whatever its scopes."""

    code = "role_required"
    message = "This needs the login of a person; an API key cannot do it."
    resolution = "Log in as a member of the business."


class OwnerRequired(Refusal):
    """Only an owner may do this, no admin either."""

    code = "role_required"
    message = "Only an owner of the business may do this."
    resolution = "Ask an owner of the business."


class ScopeRequired(Refusal):
    """The API key lacks the scope for this."""

    code = "scope_required"

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"This API key lacks the scope {scope}.",
            resolution=f"Make a key with the scope {scope}; an owner or an admin can.",
            extra={"scope": str(scope)},
        )


class IsLoggedIn(BasePermission):
    """Any person with a good token, of whatever business."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, ApiKey):
            raise KeyNotAllowed
        return isinstance(request.auth, Person)


class IsMember(BasePermission):
    """
    Somebody of the business that the request is about; puts both on the request.

    An API key is of one business, and needs the scope that the view names.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        identity = request.auth
        named = request.headers.get("X-Business-Id", "")
        if isinstance(identity, Person):
            caller: Caller = _member(identity, named)
        elif isinstance(identity, ApiKey):
            caller = _key(identity, named, scope_of(view, str(request.method)))
        else:
            return False
        caller.ip = client_ip(request)
        request.caller, request.business = caller, caller.business  # type: ignore[attr-defined]
        return True


def scope_of(view: object, method: str) -> Scope | None:
    """The scope that an API key needs there; None: no key may."""
    scope: Scope | None = getattr(view, "reads" if method in SAFE_METHODS else "writes", None)
    return scope


def _member(person: Person, named: str) -> Membership:
    memberships = person.memberships
    if memberships is None:
        memberships = members_by(person.user.pk)
    return pick(memberships, named or person.business_id)


def _key(key: ApiKey, named: str, scope: Scope | None) -> ApiKey:
    if named not in ("", key.business_id):
        raise NotFound
    if scope is None:
        raise KeyNotAllowed
    if not key.has_scope(scope):
        raise ScopeRequired(scope)
    return key


def pick(memberships: Sequence[Membership], business_id: str) -> Membership:
    """The membership that is named, or the only one. Raises what the answer is to say otherwise."""
    if not memberships:
        raise PermissionDenied
    named = (
        [member for member in memberships if member.business_id == business_id]
        if business_id
        else memberships
    )
    if not named:
        raise NotFound
    if len(named) > 1:
        raise BusinessRequired
    return named[0]


class ManagesIntegrations(BasePermission):
    """An owner, an admin, or a key with the scope; stands behind IsMember."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = getattr(request, "caller", None)
        return isinstance(caller, Caller) and caller.manages_integrations


class IsOwner(BasePermission):
    """The owner; stands behind IsMember."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = getattr(request, "caller", None)
        if isinstance(caller, Caller) and caller.is_owner:
            return True
        raise OwnerRequired
