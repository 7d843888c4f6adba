"""The sandbox's own hand: answers the simulator's dialog as a person would, so that a mock walks the real way."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
from django.conf import settings

from backend.businesses.models import Business
from backend.connecting.errors import SandboxAway


def approve(authorization_url: str, *, business: Business) -> dict[str, str]:
    """The query that the dialog sends back to the callback. Raises SandboxAway."""
    request = {"authorizationUrl": authorization_url, "owner": business.pk, "ownerName": business.name}
    try:
        with httpx2.Client(transport=settings.META_TRANSPORT, timeout=10) as client:
            answer = client.post(f"{settings.META_GRAPH_URL}/sim/approve", json=request)
            answer.raise_for_status()
            redirect = str(answer.json()["redirectUrl"])
    except (httpx2.HTTPError, KeyError, ValueError) as error:
        raise SandboxAway from error
    return {name: values[0] for name, values in parse_qs(urlsplit(redirect).query).items()}
