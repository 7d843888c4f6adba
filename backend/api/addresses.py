"""Where a request comes from. What a header says of it counts only where a proxy of ours wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:  # The framework reads this module while it makes its views.
    from django.http import HttpRequest
    from rest_framework.request import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_ip(request: HttpRequest | Request) -> str | None:
    """The address of the client; None where there is none to tell."""
    proxies = networks(tuple(settings.TRUSTED_PROXIES))
    nearest: Address | None = None
    for address in _way_back(request):
        if address is None:
            break  # Whoever wrote this is no proxy of ours; what stands before it is hearsay.
        nearest = address
        if not any(address in network for network in proxies):
            break
    return str(nearest) if nearest else None


def _way_back(request: HttpRequest | Request) -> Iterator[Address | None]:
    """The addresses that the request came by, the nearest first."""
    yield read_address(request.META.get("REMOTE_ADDR") or "")
    for hop in reversed((request.META.get("HTTP_X_FORWARDED_FOR") or "").split(",")):
        yield read_address(hop)


def read_address(text: str) -> Address | None:
    """The address, without its port and without the disguise that IPv6 puts on IPv4; None: it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=8)
def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks that are written so. Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)
