"""Whether a token is one of the trusted issuer, for us, and its time is now. Who it is, is asked elsewhere."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from backend.businesses.issuer import Issuer
from backend.businesses.issuer_keys import PublicKey, issuer_keys
from backend.lib.json_types import JSONObject
from backend.lib.reading import object_of, text_of
from backend.lib.storable import storable_text

LEEWAY = 30  # Seconds that two clocks may be apart.
MAX_SUBJECT = 255


class ForeignHeaders(JWSRegistry):
    """Other issuers put more into the header than ours do; what we do not know there is passed over."""

    max_header_length = 8192


def verified_claims(token: str, issuer: Issuer, at: datetime) -> JSONObject | None:
    """The claims, if it is a good token of this issuer, for us, and its time is now. Raises IssuerAway."""
    header, unverified = (_peek(token, part) for part in (0, 1))
    algorithm = text_of(header.get("alg"))
    # A stranger's token is none of the issuer's business: its keys are not asked for.
    if algorithm not in issuer.algorithms or unverified.get("iss") != issuer.name:
        return None
    key = _key_for(issuer, header, algorithm)
    try:
        claims = jwt.decode(token, key, registry=_headers_of(algorithm)).claims if key else {}
        _rules(issuer, at).validate(claims)
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    return claims if _is_usable_subject(claims["sub"]) else None


def _key_for(issuer: Issuer, header: JSONObject, algorithm: str) -> PublicKey | OctKey | None:
    if issuer.jwks_url:
        return issuer_keys(issuer.jwks_url).find(text_of(header.get("kid")) or None, algorithm)
    return OctKey.import_key(issuer.secret.reveal())


def _headers_of(algorithm: str) -> JWSRegistry:
    return ForeignHeaders(algorithms=[algorithm], strict_check_header=False)


def _rules(issuer: Issuer, at: datetime) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(at.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer.name},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _is_usable_subject(subject: str) -> bool:
    return len(subject) <= MAX_SUBJECT and storable_text(subject) == subject


def _peek(token: str, part: int) -> JSONObject:
    """What a part says, before anybody knows whether it is true."""
    try:
        text = token.split(".")[part]
        return object_of(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, IndexError, RecursionError):
        return {}
