"""A signed token of the customer care platform's login, in place of one of ours."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OctKey

from backend.businesses.logins import issue
from backend.businesses.models import ForeignIdentity, Membership, Role, User
from backend.businesses.trail import AuditEntry
from tests.api.agreeing import AgreeingClient
from tests.businesses import issuing
from tests.businesses.issuing import EC, ED, OTHER_RSA, RSA, Published, secret_key, signed
from tests.conftest import Cast


@pytest.fixture
def published(settings: Any) -> Published:
    """An issuer with two key pairs is trusted."""
    published = Published(RSA, EC)
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = issuing.ISSUER, issuing.AUDIENCE
    settings.JWT_JWKS_URL, settings.JWT_TRANSPORT = issuing.JWKS_URL, published.transport
    settings.JWT_ALGORITHMS = ["RS256", "ES256"]
    return published


@pytest.fixture
def shared_secret(settings: Any) -> None:
    """An issuer that shares a secret is trusted."""
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = issuing.ISSUER, issuing.AUDIENCE
    settings.JWT_SECRET, settings.JWT_ALGORITHMS = issuing.SECRET, ["HS256"]


def get(token: str, path: str = "/api/conversations", **headers: str) -> Any:
    return AgreeingClient(headers={"Authorization": f"Bearer {token}", **headers}).get(path)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


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


# --- the person ---


def test_a_role_is_never_read_from_the_token(cast: Cast, published: Published) -> None:
    token = signed(email="agent@demo.test", role="OWNER", roles=["OWNER"])
    assert code(get(token, "/api/integrations")) == (403, "role_required")
    Membership.objects.filter(pk=cast.agent.pk).update(role=Role.ADMIN)
    assert get(token, "/api/integrations").status_code == 200
    cast.agent.delete()
    assert code(get(token)) == (403, "role_required")


def test_the_person_stays_when_the_email_changes(cast: Cast, published: Published) -> None:
    assert get(signed()).status_code == 200
    changed = get(signed(email="agent@demo.test"), "/api/me").json()
    assert changed["user"]["email"] == "owner@demo.test"


@pytest.mark.parametrize("verified", [False, "false"])
def test_an_unverified_email_links_nobody(cast: Cast, published: Published, verified: Any) -> None:
    assert code(get(signed(email_verified=verified))) == (401, "not_authenticated")
    assert not ForeignIdentity.objects.exists()


def test_a_second_subject_has_to_be_verified(cast: Cast, published: Published) -> None:
    assert get(signed()).status_code == 200
    assert code(get(signed(sub="person-2"))) == (401, "not_authenticated")
    assert get(signed(sub="person-2", email_verified=True)).status_code == 200


def test_somebody_who_left_stays_outside(cast: Cast, published: Published) -> None:
    assert get(signed()).status_code == 200
    User.objects.update(is_active=False)
    assert code(get(signed())) == (401, "not_authenticated")


def test_the_token_picks_the_business_and_the_header_overrides_it(cast: Cast, published: Published) -> None:
    Membership.objects.create(business=cast.rival, user=cast.owner.user, role=Role.AGENT)
    assert get(signed(), "/api/integrations").status_code == 200
    assert code(get(signed(businessId="rival-shop"), "/api/integrations")) == (403, "role_required")
    overridden = get(signed(), "/api/integrations", **{"X-Business-Id": "rival-shop"})
    assert code(overridden) == (403, "role_required")
    assert code(get(signed(businessId=None))) == (400, "business_required")


@pytest.mark.parametrize(
    ("business", "provision"),
    [("rival-shop", False), ("nobody", False), ("nobody", True), ("x" * 100, True), ("a\x00b", True)],
)
def test_a_foreign_business_is_not_found(
    cast: Cast, published: Published, settings: Any, business: str, provision: bool
) -> None:
    settings.JWT_PROVISION = provision
    assert code(get(signed(businessId=business))) == (404, "not_found")
    assert code(get(signed(), **{"X-Business-Id": business})) == (404, "not_found")


# --- new people ---

NEW: dict[str, Any] = {"sub": "new-1", "email": "Nora@Demo.test", "name": "Nora New"}


def test_without_provisioning_a_stranger_stays_one(cast: Cast, published: Published) -> None:
    answer = get(signed(**NEW))
    assert code(answer) == (401, "not_authenticated")
    assert "nobody here is known" in answer.json()["message"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not User.objects.filter(email="nora@demo.test").exists()


def test_with_provisioning_a_stranger_becomes_an_agent(
    cast: Cast, published: Published, settings: Any
) -> None:
    settings.JWT_PROVISION = True
    token = signed(**NEW, role="OWNER")
    assert get(token).status_code == 200
    assert code(get(token, "/api/integrations")) == (403, "role_required")
    member = Membership.objects.get(user__email="nora@demo.test")
    assert (member.business, member.role, member.user.name) == (cast.business, Role.AGENT, "Nora New")
    assert not member.user.has_usable_password()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.actor_name) == ("member.made", str(member.pk), "Nora New")


def test_a_removed_member_is_not_made_again(cast: Cast, published: Published, settings: Any) -> None:
    settings.JWT_PROVISION = True
    assert get(signed(**NEW)).status_code == 200
    assert get(signed(**NEW, businessId="rival-shop")).status_code == 200
    Membership.objects.filter(user__email="nora@demo.test", business=cast.business).delete()
    assert code(get(signed(**NEW))) == (404, "not_found")
    assert get(signed(**NEW, businessId="rival-shop")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"businessId": "nobody"}, {"businessId": None}, {"email": None}, {"email": "nonsense"}, {"email": 7},
     {"email_verified": False}, {"businessId": ["demo-shop"]}],
)  # fmt: skip
def test_nobody_is_made_of_half_a_token(
    cast: Cast, published: Published, settings: Any, change: dict[str, Any]
) -> None:
    settings.JWT_PROVISION = True
    before = User.objects.count()
    assert code(get(signed(**(NEW | change)))) == (401, "not_authenticated")
    assert User.objects.count() == before
