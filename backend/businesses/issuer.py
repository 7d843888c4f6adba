"""
The customer care platform's own login, as the settings describe it.

One table of rules serves the start, which refuses settings that break one, and every verification, which then takes
no token at all: with a faulty configuration the door stays closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from backend.lib.secret import Secret

# What signs with a key pair, and the kind of key that it takes. `none` is nowhere.
KEY_PAIR_ALGORITHMS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "EdDSA": "OKP",
}
SECRET_ALGORITHMS = frozenset({"HS256", "HS384", "HS512"})
SHORTEST_SECRET = 32
LOOKS_LIKE_A_KEY = ("-----BEGIN", "ssh-", "ecdsa-", "{")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken, and how they are verified: with published keys, or with a shared secret."""

    name: str
    audience: str
    algorithms: frozenset[str]
    jwks_url: str
    secret: Secret
    sandbox: bool


def trusted_issuer() -> Issuer | None:
    """The issuer of the settings; None where none is set, or where the settings break a rule."""
    issuer = described_issuer()
    return issuer if issuer.name and not faults_of(issuer) else None


def described_issuer() -> Issuer:
    """What the settings say, right or wrong."""
    return Issuer(
        name=settings.JWT_ISSUER,
        audience=settings.JWT_AUDIENCE,
        algorithms=frozenset(settings.JWT_ALGORITHMS),
        jwks_url=settings.JWT_JWKS_URL,
        secret=Secret(settings.JWT_SECRET),
        sandbox=settings.SANDBOX,
    )


@lru_cache(maxsize=8)
def faults_of(issuer: Issuer) -> tuple[str, ...]:
    """Every rule that it breaks, in words for the operator."""
    return tuple(says for is_broken, says in RULES if is_broken(issuer))


def _is_half_set(issuer: Issuer) -> bool:
    keys = bool(issuer.jwks_url) or bool(issuer.secret)
    return len({bool(issuer.name), bool(issuer.audience), keys}) > 1


def _has_foreign_algorithms(issuer: Issuer) -> bool:
    usable = KEY_PAIR_ALGORITHMS.keys() if issuer.jwks_url else SECRET_ALGORITHMS
    return bool(issuer.name) and not (issuer.algorithms and issuer.algorithms <= set(usable))


def _is_fetched_in_the_clear(issuer: Issuer) -> bool:
    schemes = ("https", "http") if issuer.sandbox else ("https",)
    return bool(issuer.jwks_url) and not any(_is_plain_address(issuer.jwks_url, scheme) for scheme in schemes)


def _is_plain_address(url: str, scheme: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == scheme and bool(parts.hostname) and parts.username is None


def _begins_like_a_key(issuer: Issuer) -> bool:
    return issuer.secret.reveal().lstrip().startswith(LOOKS_LIKE_A_KEY)


def _has_short_secret(issuer: Issuer) -> bool:
    return (
        not issuer.sandbox and bool(issuer.secret) and len(issuer.secret.reveal().encode()) < SHORTEST_SECRET
    )


RULES: tuple[tuple[Callable[[Issuer], bool], str], ...] = (
    (
        _is_half_set,
        "A foreign login needs JWT_ISSUER, JWT_AUDIENCE and one of JWT_JWKS_URL and JWT_SECRET; some are missing.",
    ),
    (
        lambda issuer: bool(issuer.jwks_url) and bool(issuer.secret),
        "JWT_JWKS_URL and JWT_SECRET are both set; tokens are verified by one of them.",
    ),
    (
        _has_foreign_algorithms,
        "JWT_ALGORITHMS: with JWT_JWKS_URL RS…, PS…, ES… (256, 384, 512) or EdDSA; with JWT_SECRET HS…; nothing else.",
    ),
    (_is_fetched_in_the_clear, "JWT_JWKS_URL is not an https address without a user name."),
    (
        _begins_like_a_key,
        "JWT_SECRET looks like a key of a key pair; whoever knows the public half could sign. Set JWT_JWKS_URL.",
    ),
    (_has_short_secret, f"JWT_SECRET is too short: at least {SHORTEST_SECRET} characters."),
)


def broken_rules() -> Iterator[str]:
    """What the settings get wrong."""
    yield from faults_of(described_issuer())
