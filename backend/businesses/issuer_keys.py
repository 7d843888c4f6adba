"""The public keys that a foreign issuer publishes (JWKS), fetched when they are needed and kept for a while."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httpx2
import structlog
from django.conf import settings
from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from backend.businesses.issuer import KEY_PAIR_ALGORITHMS
from backend.lib.json_types import JSONObject
from backend.lib.reading import object_of, objects_in, text_of
from backend.lib.refusal import Refusal

logger = structlog.get_logger(__name__)

PublicKey = RSAKey | ECKey | OKPKey

KEPT_FOR = 600.0  # Seconds, where the issuer does not say.
KEPT_FOR_AT_LEAST, KEPT_FOR_AT_MOST = 60.0, 86_400.0
USED_ON_FOR = 3600.0  # Beyond that, while the issuer does not answer.
ASKED_EVERY = 60.0  # However many tokens name a key that we do not know.
ANSWERED_WITHIN = 5.0
MAX_BYTES = 256 * 1024
SHORTEST_RSA_KEY = 2048


class IssuerAway(Refusal):
    """The issuer's keys cannot be had, so nobody knows whether the token is good."""

    code = "service_unavailable"
    message = "The login service that issued this token does not answer, so the token cannot be verified."
    resolution = "Try again in a moment; if it stays, tell the operator."


class UnusableKeys(Exception):
    """What came is not a set of keys."""


class IssuerKeys:
    """The keys at one address. Shared by all threads; one of them asks, the others wait for its answer."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._transport, self._clock = url, transport, clock
        self._lock = threading.Lock()
        self._keys: tuple[PublicKey, ...] = ()
        self._fresh_until = self._asked_at = float("-inf")
        self._is_away = False

    def find(self, key_id: str | None, algorithm: str) -> PublicKey | None:
        """The key of this id that fits the algorithm. Raises IssuerAway where that cannot be known."""
        if self._clock() < self._fresh_until and (found := self._known(key_id, algorithm)):
            return found
        with self._lock:
            self._ask_if_due(key_id, algorithm)
            found = self._known(key_id, algorithm)
            if found is None and self._is_away:
                raise IssuerAway(retry_after=max(1.0, self._asked_at + ASKED_EVERY - self._clock()))
            return found

    def _known(self, key_id: str | None, algorithm: str) -> PublicKey | None:
        """A token without a key's id can only mean the only key there is."""
        fitting = [key for key in self._keys if _fits(key, algorithm) and key_id in (None, key.get("kid"))]
        return fitting[0] if fitting and (key_id is not None or len(fitting) == 1) else None

    def _ask_if_due(self, key_id: str | None, algorithm: str) -> None:
        at = self._clock()
        is_settled = at < self._fresh_until and self._known(key_id, algorithm)
        if is_settled or at < self._asked_at + ASKED_EVERY:
            return
        self._asked_at = at
        try:
            self._keys, kept_for = self._fetch()
        except (httpx2.HTTPError, httpx2.InvalidURL, UnusableKeys) as error:
            logger.warning("login.keys_unavailable", url=self._url, why=f"{type(error).__name__}: {error}")
            self._is_away = True
            if at > self._fresh_until + USED_ON_FOR:
                self._keys = ()
        else:
            self._fresh_until = at + kept_for
            self._is_away = False

    def _fetch(self) -> tuple[tuple[PublicKey, ...], float]:
        """The usable keys, and for how long they may be kept. A redirect is no answer."""
        deadline = time.monotonic() + ANSWERED_WITHIN
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        client = httpx2.Client(transport=self._transport, timeout=ANSWERED_WITHIN, follow_redirects=False)
        with client, client.stream("GET", self._url, headers=headers) as response:
            if response.status_code != 200 or response.headers.get("Content-Encoding"):
                raise UnusableKeys(f"it answered {response.status_code}, or packed what was to come as it is")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    raise UnusableKeys("it sent too much, or took too long")
        return keys_in(bytes(body)), kept_for(response.headers.get("Cache-Control", ""))


@lru_cache(maxsize=4)
def _keys_at(url: str, transport: Any) -> IssuerKeys:
    return IssuerKeys(url, transport=transport)


def issuer_keys(url: str) -> IssuerKeys:
    """The keys at this address, as this process knows them."""
    return _keys_at(url, settings.JWT_TRANSPORT)


def keys_in(body: bytes) -> tuple[PublicKey, ...]:
    """The public keys of a JWKS that can verify; the others are left out. Raises UnusableKeys."""
    try:
        found = objects_in(object_of(json.loads(body)).get("keys"))
    except (ValueError, RecursionError) as error:
        raise UnusableKeys("it is not JSON") from error
    keys = tuple(key for entry in found if (key := _read(entry)))
    if not keys:
        raise UnusableKeys("it holds no key that verifies")
    return keys


def _read(entry: JSONObject) -> PublicKey | None:
    """A shared secret (`oct`) is never a published key, whatever it is published as."""
    if entry.get("kty") not in KEY_PAIR_ALGORITHMS.values() or _is_short(entry):
        return None
    try:
        key = jwk.import_key(entry)
        key.check_use("sig")
        key.check_key_op("verify")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None


def _is_short(entry: JSONObject) -> bool:
    """Whether it is an RSA key that can be factored; read off its text, six bits a character."""
    return entry["kty"] == "RSA" and len(text_of(entry.get("n"))) * 6 < SHORTEST_RSA_KEY


def _fits(key: PublicKey, algorithm: str) -> bool:
    return key.key_type == KEY_PAIR_ALGORITHMS.get(algorithm) and key.get("alg") in (None, algorithm)


def kept_for(cache_control: str) -> float:
    """How long an answer with this header may be kept, in seconds, within reason."""
    if re.search(r"\bno-(?:store|cache)\b", cache_control, re.IGNORECASE):
        return KEPT_FOR_AT_LEAST
    age = re.search(r"(?<![-\w])max-age\s*=\s*\"?([0-9]{1,9})", cache_control, re.IGNORECASE)
    seconds = float(age.group(1)) if age else KEPT_FOR
    return min(max(seconds, KEPT_FOR_AT_LEAST), KEPT_FOR_AT_MOST)
