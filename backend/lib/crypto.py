"""Authenticated encryption: JWE `dir` with A256CBC-HS512 (AES-256-CBC + HMAC-SHA-512, RFC 7518 section 5.2.5)."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import sys
from dataclasses import dataclass

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.registry import HeaderParameter

KEY_BYTES = 64  # Half for AES-256, half for HMAC-SHA-512.
BINDING = "bnd"  # Our header: what the sealed text belongs to.

_registry = jwe.JWERegistry(
    algorithms=["dir", "A256CBC-HS512"],
    header_registry={BINDING: HeaderParameter("What the sealed text belongs to", "str", True)},
)


class SealBroken(Exception):
    """The sealed text cannot be opened: unknown key, altered text, or it belongs to another place."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Named keys; the first seals, all open."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """From `name:base64,name:base64`, newest first. Raises ValueError that names the faulty entry."""
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        keys = tuple(_parse_key(entry) for entry in entries)
        for name, _ in keys:
            if [each for each, _ in keys].count(name) > 1:
                raise ValueError(f"The key {name!r} is given twice; each key has a name of its own.")
        return cls(keys)

    @property
    def newest(self) -> str:
        return self.keys[0][0]

    def seal(self, clear: str, *, binding: str) -> str:
        """Compact JWE text that only opens for the same binding."""
        name, key = self.keys[0]
        header = {"alg": "dir", "enc": "A256CBC-HS512", "kid": name, BINDING: binding}
        return jwe.encrypt_compact(header, clear.encode(), OctKey.import_key(key), registry=_registry)

    def open(self, sealed: str, *, binding: str) -> str:
        """The clear text. Raises SealBroken."""
        key = dict(self.keys).get(key_name(sealed))
        if key is None:
            raise SealBroken("It was sealed with a key that is not in the key ring.")
        try:
            opened = jwe.decrypt_compact(sealed, OctKey.import_key(key), registry=_registry)
        except (JoseError, ValueError) as error:
            raise SealBroken("The key does not open it, or it was altered.") from error
        if opened.headers().get(BINDING) != binding:
            raise SealBroken("It was sealed for another row or column.")
        return (opened.plaintext or b"").decode()


def key_name(sealed: str) -> str:
    """The name of the key that sealed the text, without opening it; empty where it is not sealed text."""
    head = sealed.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return ""
    return str(header.get("kid", "")) if isinstance(header, dict) else ""


def new_key() -> str:
    """A fresh key as the key ring's setting writes it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _parse_key(entry: str) -> tuple[str, bytes]:
    name, colon, encoded = entry.partition(":")
    if not colon or not name:
        raise ValueError("Each key is written as name:base64.")
    try:
        key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (ValueError, binascii.Error):
        raise ValueError(f"The key {name!r} is not base64.") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"The key {name!r} has {len(key)} bytes; it needs {KEY_BYTES}.")
    return name, key


if __name__ == "__main__":
    # `python -m backend.lib.crypto` makes a key for ENCRYPTION_KEYS before any setting is there.
    sys.stdout.write(f"k1:{new_key()}\n")
