"""Settings of a foreign login that would open the door too far refuse the start, and every token."""

from __future__ import annotations

from typing import Any

import pytest

from backend.businesses.issuer import Issuer, faults_of, trusted_issuer
from backend.config.checks import check_settings
from backend.lib.secret import Secret
from tests.businesses import issuing

KEYS: dict[str, Any] = {
    "algorithms": frozenset({"RS256"}),
    "jwks_url": issuing.JWKS_URL,
    "secret": Secret(""),
}
SHARED: dict[str, Any] = {
    "algorithms": frozenset({"HS256"}),
    "jwks_url": "",
    "secret": Secret(issuing.SECRET),
}
PEM = issuing.RSA.as_pem(private=False).decode()


def issuer(**changes: Any) -> Issuer:
    good: dict[str, Any] = {"name": issuing.ISSUER, "audience": issuing.AUDIENCE, "sandbox": False, **KEYS}
    return Issuer(**(good | changes))


def algorithms(*names: str) -> dict[str, Any]:
    return {"algorithms": frozenset(names)}


@pytest.mark.parametrize("changes", [{}, SHARED, algorithms("RS256", "ES512", "PS384", "EdDSA")])
def test_a_sound_one_has_no_fault(changes: dict[str, Any]) -> None:
    assert faults_of(issuer(**changes)) == ()


def test_no_foreign_login_is_sound() -> None:
    nothing = {"name": "", "audience": "", "jwks_url": "", "secret": Secret("")}
    assert faults_of(issuer(**nothing)) == ()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": ""}, "JWT_ISSUER"),
        ({"audience": ""}, "JWT_AUDIENCE"),
        ({"jwks_url": ""}, "JWT_JWKS_URL"),
        ({"secret": Secret(issuing.SECRET)}, "both"),
        (algorithms(), "JWT_ALGORITHMS"),
        (algorithms("none"), "JWT_ALGORITHMS"),
        (algorithms("RS256", "none"), "JWT_ALGORITHMS"),
        (algorithms("HS256"), "JWT_ALGORITHMS"),
        (algorithms("RS256", "HS256"), "JWT_ALGORITHMS"),
        (algorithms("rs256"), "JWT_ALGORITHMS"),
        ({**SHARED, **algorithms("RS256")}, "JWT_ALGORITHMS"),
        ({**SHARED, **algorithms("none")}, "JWT_ALGORITHMS"),
        ({**SHARED, "secret": Secret(PEM)}, "key pair"),
        ({**SHARED, "secret": Secret('{"kty":"RSA","n":"…","e":"AQAB","and":"so on"}')}, "key pair"),
        ({**SHARED, "secret": Secret("short")}, "too short"),
        ({"jwks_url": "http://login.example.test/keys"}, "https"),
        ({"jwks_url": "https://user:word@login.example.test/keys"}, "https"),
        ({"jwks_url": "file:///etc/keys"}, "https"),
        ({"jwks_url": "https://[nonsense"}, "https"),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], word: str) -> None:
    assert word in " ".join(faults_of(issuer(**changes)))


@pytest.mark.parametrize(
    "changes", [{"jwks_url": "http://localhost:9/keys"}, {**SHARED, "secret": Secret("short")}]
)
def test_the_sandbox_is_not_so_strict(changes: dict[str, Any]) -> None:
    assert faults_of(issuer(**changes, sandbox=False))
    assert not faults_of(issuer(**changes, sandbox=True))


def test_a_fault_refuses_the_start_and_trusts_nobody(settings: Any) -> None:
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = issuing.ISSUER, issuing.AUDIENCE
    settings.JWT_JWKS_URL, settings.JWT_ALGORITHMS = issuing.JWKS_URL, ["RS256"]
    assert trusted_issuer()
    assert not [fault for fault in check_settings(None) if fault.id == "gateway.E007"]
    settings.JWT_ALGORITHMS = ["RS256", "HS256"]
    assert trusted_issuer() is None
    assert [fault.id for fault in check_settings(None)] == ["gateway.E007"]
    assert issuing.SECRET not in str(check_settings(None))


def test_a_proxy_that_is_no_network_refuses_the_start(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"]
    assert not check_settings(None)
    settings.TRUSTED_PROXIES = ["everybody"]
    assert [fault.id for fault in check_settings(None)] == ["gateway.E008"]
