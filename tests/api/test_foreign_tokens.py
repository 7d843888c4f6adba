"""Which tokens of the customer care platform's login are taken, and which are not."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OctKey

from backend.businesses.logins import issue
from backend.businesses.models import ForeignIdentity
from tests.api.bearers import code, get
from tests.businesses import issuing
from tests.businesses.issuing import EC, ED, OTHER_RSA, RSA, Published, secret_key, signed
from tests.conftest import Cast


def test_a_member_comes_in_with_the_foreign_login(cast: Cast, published: Published) -> None:
    me = get(signed(), "/api/me").json()
    assert me["user"]["email"] == "owner@demo.test"
    assert me["businesses"] == [{"id": "demo-shop", "name": "Demo Shop", "role": "OWNER"}]
    assert get(signed(), "/api/integrations").status_code == 200
    assert get(signed(EC, "ES256"), "/api/integrations").status_code == 200
    assert published.asked == 1
    assert ForeignIdentity.objects.get().user == cast.owner.user


def test_our_own_logins_go_on(cast: Cast, published: Published) -> None:
    assert get(issue(cast.agent.user).access).status_code == 200
    assert published.asked == 0


def pem() -> str:
    return RSA.as_pem(private=False).decode()


def none_signed(alg: str) -> str:
    parts = ({"alg": alg, "kid": "rsa-1"}, issuing.claims())
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}."


def with_signature_of(token: str, other: str) -> str:
    return ".".join([*token.split(".")[:2], other.split(".")[2]])


JWK_OF_THE_FORGER = OTHER_RSA.as_dict(private=False)
BAD = {
    "expired": lambda: signed(exp=int(time.time()) - 60),
    "without an end": lambda: signed(exp=None),
    "an end that is no number": lambda: signed(exp="tomorrow"),
    "not yet good": lambda: signed(nbf=int(time.time()) + 600),
    "of the future": lambda: signed(iat=int(time.time()) + 600),
    "of another issuer": lambda: signed(iss="https://evil.example"),
    "of an issuer that only begins the same": lambda: signed(iss=issuing.ISSUER + ".evil.example"),
    "without an issuer": lambda: signed(iss=None),
    "for another audience": lambda: signed(aud="another-service"),
    "for other audiences": lambda: signed(aud=["a", "b"]),
    "without an audience": lambda: signed(aud=None),
    "without a subject": lambda: signed(sub=None),
    "an empty subject": lambda: signed(sub=""),
    "a subject that is no text": lambda: signed(sub=7),
    "a subject that cannot be stored": lambda: signed(sub="a\x00b"),
    "a subject without end": lambda: signed(sub="x" * 256),
    "signed by another key of the same name": lambda: signed(OTHER_RSA, header={"kid": "rsa-1"}),
    "an unknown key": lambda: signed(OTHER_RSA),
    "its own key in the header": lambda: signed(OTHER_RSA, header={"jwk": JWK_OF_THE_FORGER, "kid": None}),
    "a key of another kind": lambda: signed(EC, "ES256", header={"kid": "rsa-1"}),
    "no name of a key where there are several": lambda: signed(OTHER_RSA, header={"kid": None}),
    "an algorithm that is not taken": lambda: signed(RSA, "RS512"),
    "alg none": lambda: none_signed("none"),
    "alg None": lambda: none_signed("None"),
    "alg of nothing": lambda: none_signed("RS256"),
    "the public key as a secret": lambda: signed(secret_key(str(RSA.as_dict(private=False)["n"])), "HS256"),
    "a signature of another token": lambda: with_signature_of(signed(), signed(sub="person-2")),
    "critical words that nobody knows": lambda: signed(header={"crit": ["pay"], "pay": 1}),
    "not a token": lambda: "a.b.c",
    "nothing": lambda: "..",
    "nested without end": lambda: f"{'W' * 60000}.{'W' * 60000}.W",
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
def test_a_bad_token_opens_nothing(cast: Cast, published: Published, token: Any) -> None:
    assert code(get(token())) == (401, "not_authenticated")
    assert not ForeignIdentity.objects.exists()


@pytest.mark.filterwarnings("ignore:This key should not be used as an oct key")
def test_the_public_key_as_text_is_no_secret(cast: Cast, published: Published, settings: Any) -> None:
    settings.JWT_ALGORITHMS = ["RS256", "HS256"]
    forged = signed(OctKey(pem().encode(), pem().encode()), "HS256", header={"kid": "rsa-1"})
    assert code(get(forged)) == (401, "not_authenticated")
    assert code(get(signed())) == (401, "not_authenticated"), "faulty settings keep the door closed"


@pytest.mark.filterwarnings("ignore:This key should not be used as an oct key")
def test_a_public_key_is_not_taken_for_the_shared_secret(
    cast: Cast, shared_secret: None, settings: Any
) -> None:
    settings.JWT_SECRET = pem()
    forged = signed(OctKey(pem().encode(), pem().encode()), "HS256")
    assert code(get(forged)) == (401, "not_authenticated")


def test_a_published_secret_is_no_key(cast: Cast, published: Published) -> None:
    leaked = OctKey.import_key(issuing.SECRET, {"kid": "oct-1"})
    body = issuing.public(RSA)
    body["keys"].append({"kty": "oct", "k": leaked.as_dict()["k"], "kid": "oct-1"})
    published.instead = httpx2.Response(200, json=body)
    assert code(get(signed(leaked, "HS256"))) == (401, "not_authenticated")
    assert get(signed()).status_code == 200


@pytest.mark.parametrize("settings_algorithm", ["HS256", "HS384", "HS512"])
def test_a_shared_secret(cast: Cast, shared_secret: None, settings: Any, settings_algorithm: str) -> None:
    settings.JWT_ALGORITHMS = [settings_algorithm]
    assert get(signed(secret_key(issuing.SECRET), settings_algorithm)).status_code == 200
    wrong = signed(secret_key("another secret of more than thirty-two characters"), settings_algorithm)
    assert code(get(wrong)) == (401, "not_authenticated")
    assert code(get(signed(RSA))) == (401, "not_authenticated")
    assert code(get(none_signed("none"))) == (401, "not_authenticated")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # Not by those who issue it.
@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "PS256"), (RSA, "RS512"), (EC, "ES256"), (ED, "EdDSA")])
def test_other_key_pairs(
    cast: Cast, published: Published, settings: Any, key: issuing.Key, algorithm: str
) -> None:
    settings.JWT_ALGORITHMS, published.keys = [algorithm], (RSA, EC, ED)
    assert get(signed(key, algorithm)).status_code == 200


def test_clocks_may_be_a_little_apart(cast: Cast, published: Published) -> None:
    seconds = int(time.time())
    assert get(signed(exp=seconds - 10)).status_code == 200
    assert get(signed(nbf=seconds + 10, iat=seconds + 10)).status_code == 200


def test_headers_and_claims_of_others_are_passed_over(cast: Cast, published: Published) -> None:
    token = signed(header={"x5t": "abc", "nonce": "n" * 600}, roles=["x"], aud=["a", issuing.AUDIENCE])
    assert get(token).status_code == 200


def test_nothing_is_taken_where_no_issuer_is_set(cast: Cast) -> None:
    assert code(get(signed())) == (401, "not_authenticated")


def test_an_issuer_that_is_away_is_not_a_bad_token(cast: Cast, published: Published) -> None:
    published.instead = httpx2.ConnectError("refused")
    answer = get(signed())
    assert code(answer) == (503, "service_unavailable")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert code(get(signed(iss="https://evil.example"))) == (401, "not_authenticated"), "a stranger's is"
    assert get(issue(cast.agent.user).access).status_code == 200
    assert published.asked == 1
