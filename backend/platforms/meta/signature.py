from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable

from backend.lib.json_types import JSONObject
from backend.lib.secret import Secret

PREFIX = b"sha256="


def sign(body: bytes, secret: Secret) -> str:
    """The value of `X-Hub-Signature-256` for these bytes."""
    return PREFIX.decode() + _digest(body, secret).hex()


def is_signed(body: bytes, header: str | bytes | None, secrets: Iterable[Secret]) -> bool:
    """Whether one of the secrets signed exactly these bytes. Takes as long whichever it was."""
    claimed = _as_bytes(header)
    # Every secret is tried, so that the time taken says nothing about which one matched.
    matches = [
        hmac.compare_digest(PREFIX + _digest(body, secret).hex().encode(), claimed)
        for secret in secrets
        if secret
    ]
    return True in matches


def read_signed_request(signed_request: str, secrets: Iterable[Secret]) -> JSONObject | None:
    """What Meta says in a deauthorize or data deletion callback; None if it is not Meta who says it."""
    signature, _, payload = signed_request.partition(".")
    claimed = _decode(signature)
    # Meta signs the encoded text, not what it decodes to.
    matches = [
        hmac.compare_digest(_digest(payload.encode(), secret), claimed) for secret in secrets if secret
    ]
    if not any(matches):
        return None
    return _said(payload)


def _said(payload: str) -> JSONObject | None:
    try:
        said = json.loads(_decode(payload))
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("algorithm") != "HMAC-SHA256":
        return None
    return said


def _digest(body: bytes, secret: Secret) -> bytes:
    return hmac.digest(secret.reveal().encode(), body, hashlib.sha256)


def _as_bytes(header: str | bytes | None) -> bytes:
    if header is None:
        return b""
    return header if isinstance(header, bytes) else header.encode("utf-8", "replace")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii", "replace") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
