from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

from backend.businesses.models import Business

if TYPE_CHECKING:  # The framework reads this module while it makes its views.
    from rest_framework.request import Request
    from rest_framework.views import APIView

MINUTE = 60


class BusinessThrottle(BaseThrottle):
    """Counts the reads and the writes of a business in each minute of the real clock; 0 in the settings is off."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        business = getattr(request, "business", None)
        kind, limit = (
            ("reads", settings.READS_PER_MINUTE)
            if request.method in SAFE_METHODS
            else ("writes", settings.WRITES_PER_MINUTE)
        )
        if not limit or not isinstance(business, Business):
            return True
        return count(f"throttle:{kind}:{business.pk}:{int(time.time()) // MINUTE}") <= int(limit)

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE


def count(key: str) -> int:
    """How often this was asked with the key, this time included."""
    cache.add(key, 0, timeout=2 * MINUTE)
    try:
        return int(cache.incr(key))
    except ValueError:  # It was evicted between the two lines.
        return 1
