"""What a member may do. Whose business it is, is decided here as well: a stranger gets 404."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import BasePermission

from backend.businesses.models import Membership, Role, User
from backend.lib.refusal import Refusal

if TYPE_CHECKING:  # The framework reads this module while it makes its views.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class BusinessRequired(Refusal):
    """The member belongs to several businesses and did not pick one."""

    code = "business_required"
    message = "You are a member of several businesses."
    resolution = "Send the header X-Business-Id; GET /api/me lists your businesses with their ids."


class IsLoggedIn(BasePermission):
    """Anybody with a good token, of whatever business."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User)


class IsMember(BasePermission):
    """A member of the business that the request is about; puts both on the request."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        memberships = Membership.objects.filter(user=request.user).select_related("business", "user")
        member = pick(list(memberships), request.headers.get("X-Business-Id", ""))
        request.member, request.business = member, member.business  # type: ignore[attr-defined]
        return True


def pick(memberships: Sequence[Membership], business_id: str) -> Membership:
    """The membership that the header names, or the only one. Raises what the answer is to say otherwise."""
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
    """An owner or an admin; stands behind IsMember."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        member = getattr(request, "member", None)
        return isinstance(member, Membership) and member.manages_integrations


class IsOwner(BasePermission):
    """The owner; stands behind IsMember."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        member = getattr(request, "member", None)
        return isinstance(member, Membership) and member.role == Role.OWNER
