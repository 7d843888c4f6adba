"""A foreign issuer as a test plays it: its keys, its tokens, and the address where it publishes the keys."""

from __future__ import annotations

import time
from typing import Any

import httpx2
from joserfc import jwk, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

ISSUER = "https://login.example.test"
AUDIENCE = "customer-gateway"
JWKS_URL = "https://login.example.test/.well-known/jwks.json"
SECRET = "a shared secret of more than thirty-two characters"

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})

Key = RSAKey | ECKey | OKPKey | OctKey


def public(*keys: Key) -> dict[str, Any]:
    """The keys as they are published."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


class Published:
    """Answers with the keys, counts how often it was asked, and can be away."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys
        self.asked = 0
        self.headers: dict[str, str] = {}
        self.instead: httpx2.Response | Exception | None = None

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        if isinstance(self.instead, Exception):
            raise self.instead
        return self.instead or httpx2.Response(200, json=public(*self.keys), headers=self.headers)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self)


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says; a change to None takes a claim away."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "person-1",
        "email": "owner@demo.test",
        "businessId": "demo-shop",
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(key: Key = RSA, algorithm: str = "RS256", header: Any = None, **changes: Any) -> str:
    """A token of the issuer, unless the changes say otherwise."""
    kid = {"kid": key.get("kid")} if key.get("kid") else {}
    whole = {"alg": algorithm, **kid, **(header or {})}
    pay = {"pay": HeaderParameter("A word of this test alone", "int")}
    lenient = JWSRegistry(pay, algorithms=[algorithm], strict_check_header=False)
    return jwt.encode(
        {n: v for n, v in whole.items() if v is not None}, claims(**changes), key, registry=lenient
    )


def secret_key(text: str | bytes) -> OctKey:
    key = jwk.import_key(text, "oct")
    assert isinstance(key, OctKey)
    return key
