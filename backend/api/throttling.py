from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

from backend.businesses.allowances import ALLOWANCES
from backend.businesses.models import Business

if TYPE_CHECKING:  # The framework reads this module while it makes its views.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class BusinessThrottle(BaseThrottle):
    """Counts the reads and the writes of a business, and of each member and key, in each minute of the real clock."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        # The caller's own first: what is refused to one of them is not taken from the others.
        return all(ALLOWANCES.takes(key, limit) for key, limit in _limits(request))

    def wait(self) -> float:
        return ALLOWANCES.wait()


def _limits(request: Request) -> Iterator[tuple[str, int]]:
    """What the request counts for; 0 in the settings is off."""
    business = getattr(request, "business", None)
    if not isinstance(business, Business):
        return
    kind = "reads" if request.method in SAFE_METHODS else "writes"
    of_all, of_each = (
        (settings.READS_PER_MINUTE, settings.CALLER_READS_PER_MINUTE)
        if kind == "reads"
        else (settings.WRITES_PER_MINUTE, settings.CALLER_WRITES_PER_MINUTE)
    )
    caller = getattr(request, "caller", None)
    if caller is not None and of_each:
        yield f"{kind}:{business.pk}:{caller.actor.kind}:{caller.actor.id}", of_each
    if of_all:
        yield f"{kind}:{business.pk}", of_all
