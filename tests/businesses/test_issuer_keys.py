"""The issuer's published keys: fetched when they are needed, kept for a while, never asked for in a storm."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import httpx2
import pytest
from joserfc.jwk import OctKey

from backend.businesses.issuer_keys import (
    ASKED_EVERY,
    KEPT_FOR,
    MAX_BYTES,
    USED_ON_FOR,
    IssuerAway,
    IssuerKeys,
    UnusableKeys,
    kept_for,
    keys_in,
)
from tests.businesses import issuing
from tests.businesses.issuing import EC, ED, OTHER_RSA, RSA, Published


class Watch:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def published() -> Published:
    return Published(RSA)


@pytest.fixture
def keys(published: Published, watch: Watch) -> IssuerKeys:
    return IssuerKeys(issuing.JWKS_URL, transport=published.transport, clock=watch)


def test_keys_are_asked_for_once_and_kept(keys: IssuerKeys, published: Published, watch: Watch) -> None:
    for _ in range(3):
        found = keys.find("rsa-1", "RS256")
        assert found is not None
        assert not found.is_private
    watch.at += KEPT_FOR - 1
    assert keys.find("rsa-1", "RS256")
    assert published.asked == 1
    watch.at += 1
    assert keys.find("rsa-1", "RS256")
    assert published.asked == 2


def test_the_issuer_says_how_long(keys: IssuerKeys, published: Published, watch: Watch) -> None:
    published.headers = {"Cache-Control": "public, max-age=7200"}
    keys.find("rsa-1", "RS256")
    watch.at += 7199
    keys.find("rsa-1", "RS256")
    assert published.asked == 1
    watch.at += 1
    keys.find("rsa-1", "RS256")
    assert published.asked == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", KEPT_FOR),
        ("max-age=300", 300),
        ("public, Max-Age = 120", 120),
        ("s-maxage=5, max-age=90", 90),
        ("max-age=0", 60),
        ("max-age=999999999", 86_400),
        ("no-store", 60),
        ("max-age=300, no-cache", 60),
        ("max-age=soon", KEPT_FOR),
    ],
)
def test_within_reason(header: str, seconds: float) -> None:
    assert kept_for(header) == seconds


def test_an_unknown_key_is_looked_for_once_a_minute(
    keys: IssuerKeys, published: Published, watch: Watch
) -> None:
    assert keys.find("rsa-1", "RS256")
    watch.at += ASKED_EVERY
    for number in range(50):
        assert keys.find(f"made-up-{number}", "RS256") is None
    assert published.asked == 2
    published.keys = (RSA, OTHER_RSA)
    assert keys.find("rsa-2", "RS256") is None
    watch.at += ASKED_EVERY
    assert keys.find("rsa-2", "RS256")
    assert published.asked == 3


def test_a_key_that_was_withdrawn_is_good_no_more(
    keys: IssuerKeys, published: Published, watch: Watch
) -> None:
    assert keys.find("rsa-1", "RS256")
    published.keys = (OTHER_RSA,)
    watch.at += KEPT_FOR
    assert keys.find("rsa-1", "RS256") is None


FAILURES = {
    "refused": httpx2.ConnectError("refused"),
    "slow": httpx2.ReadTimeout("slow"),
    "500": httpx2.Response(500),
    "a redirect": httpx2.Response(302, headers={"Location": "https://evil.example/keys"}),
    "no JSON": httpx2.Response(200, text="<html>"),
    "a list": httpx2.Response(200, json=[issuing.public(RSA)]),
    "no key": httpx2.Response(200, json={"keys": []}),
    "too much": httpx2.Response(200, content=b" " * MAX_BYTES + json.dumps(issuing.public(RSA)).encode()),
    "nested": httpx2.Response(200, content=b"[" * 100_000),
}


@pytest.mark.parametrize("instead", FAILURES.values(), ids=FAILURES.keys())
def test_an_issuer_that_is_away_is_asked_once_a_minute(
    keys: IssuerKeys, published: Published, watch: Watch, instead: httpx2.Response | Exception
) -> None:
    published.instead = instead
    for _ in range(5):
        with pytest.raises(IssuerAway) as raised:
            keys.find("rsa-1", "RS256")
        assert raised.value.retry_after == ASKED_EVERY
    assert published.asked == 1
    published.instead = None
    watch.at += ASKED_EVERY - 1
    with pytest.raises(IssuerAway):
        keys.find("rsa-1", "RS256")
    watch.at += 1
    assert keys.find("rsa-1", "RS256")


def test_known_keys_are_used_on_while_the_issuer_is_away(
    keys: IssuerKeys, published: Published, watch: Watch
) -> None:
    assert keys.find("rsa-1", "RS256")
    published.instead = httpx2.ConnectError("refused")
    watch.at += KEPT_FOR + USED_ON_FOR
    assert keys.find("rsa-1", "RS256")
    with pytest.raises(IssuerAway):
        keys.find("unknown", "RS256")
    watch.at += ASKED_EVERY
    with pytest.raises(IssuerAway):
        keys.find("rsa-1", "RS256")


def test_an_answer_without_end_is_left(watch: Watch) -> None:
    sent = 0

    def drip() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1024

    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=drip()))
    with pytest.raises(IssuerAway):
        IssuerKeys(issuing.JWKS_URL, transport=transport, clock=watch).find("rsa-1", "RS256")
    assert sent < 2 * MAX_BYTES / 1024


def test_of_many_threads_one_asks(keys: IssuerKeys, published: Published) -> None:
    start, found = threading.Barrier(8), []

    def look() -> None:
        start.wait()
        found.append(keys.find("rsa-1", "RS256"))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(found)
    assert published.asked == 1


def test_a_key_serves_its_own_algorithms_only() -> None:
    keys = IssuerKeys(issuing.JWKS_URL, transport=Published(RSA, EC, ED).transport)
    assert keys.find("rsa-1", "ES256") is None
    assert keys.find("ec-1", "RS256") is None
    assert keys.find("rsa-1", "HS256") is None
    assert keys.find(None, "RS256"), "without a name, the only one that fits"
    two = IssuerKeys(issuing.JWKS_URL, transport=Published(RSA, OTHER_RSA).transport)
    assert two.find(None, "RS256") is None
    body = issuing.public(RSA)
    body["keys"][0]["alg"] = "RS512"
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=body))
    bound = IssuerKeys(issuing.JWKS_URL, transport=transport)
    assert bound.find("rsa-1", "RS256") is None
    assert bound.find("rsa-1", "RS512")


def test_what_cannot_verify_is_left_out() -> None:
    good = issuing.public(RSA)["keys"][0]
    useless = [
        OctKey.import_key(issuing.SECRET).as_dict(),
        good | {"kid": "2", "use": "enc"},
        good | {"kid": "3", "n": good["n"][:170]},  # 1020 bits.
        good | {"kid": "4", "key_ops": ["encrypt"]},
        {"kty": "RSA", "kid": "5"},
        {"kty": "NEW", "kid": "6"},
        {"kty": ["RSA"], "kid": "7"},
        {},
        7,
    ]
    assert [key.get("kid") for key in keys_in(json.dumps({"keys": [*useless, good]}).encode())] == ["rsa-1"]
    with pytest.raises(UnusableKeys):
        keys_in(json.dumps({"keys": useless}).encode())
