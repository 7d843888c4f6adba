"""Which addresses of the network are everybody's, and which lead into somebody's own house."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# IPv6 addresses that hold an IPv4 one, and how many bits from the right it stands.
CARRIERS: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),  # Mapped.
    (IPv6Network("::ffff:0:0:0/96"), 0),  # Translated.
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64.
    (IPv6Network("2002::/16"), 80),  # 6to4.
)
# Not everybody's, whatever the library says of them.
NEVER = (
    IPv6Network("::/96"),  # The old ::a.b.c.d.
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own.
    IPv6Network("fec0::/10"),  # The old site-local.
    IPv6Network("3fff::/20"),  # For examples.
)
NEVER_OF_FOUR = (
    IPv4Network("192.0.0.0/24"),  # For protocols.
    IPv4Network("192.88.99.0/24"),  # The old relays of 6to4.
)


def is_public(text: str) -> bool:
    """Whether this is an address of the public network, in its usual form. What is none, or is odd, is not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id or any(address in network for network in NEVER):
            return False
        for network, bits in CARRIERS:
            if address in network:
                return _is_global(IPv4Address((int(address) >> bits) & 0xFFFF_FFFF))
    return _is_global(address)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if any(address in network for network in NEVER_OF_FOUR):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
