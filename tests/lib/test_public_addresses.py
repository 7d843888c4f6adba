"""Only what is everybody's address, in the one form that the network uses, is public."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.public_addresses import is_public

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255",
    "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
    "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1", "::127.0.0.1",
    "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001::1",
    "192.0.0.8", "192.88.99.1", "::ffff:192.0.0.8", "3fff::1", "5f00::1",
]  # fmt: skip
PUBLIC = [
    "31.13.64.35",
    "8.8.8.8",
    "2a03:2880:f12f:83:face:b00c:0:25de",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
ODD = [
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "127.1",
    "8.8.8.8.",
    " 8.8.8.8",
    "localhost",
    "",
    "[::1]",
    "8.8.8.8:80",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_house_is_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_network_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ODD)
def test_odd_forms_are_no_address(text: str) -> None:
    assert not is_public(text)


@given(st.ip_addresses(v=4))
def test_a_disguise_changes_nothing(address: IPv4Address) -> None:
    number = int(address)
    for disguise in (
        f"::ffff:{address}",
        str(IPv6Address((0x2002 << 112) | (number << 80))),
        f"64:ff9b::{address}",
    ):
        assert is_public(disguise) == is_public(str(address))
