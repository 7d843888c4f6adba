"""Who comes in with a token of the foreign login, and what they may do: our rows say it, not the token."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from backend.businesses.models import ForeignIdentity, Membership, Role, User
from backend.businesses.trail import AuditEntry
from tests.api.bearers import code, get
from tests.businesses.issuing import Published, signed
from tests.conftest import Cast


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


@pytest.mark.django_db(transaction=True)
def test_of_many_first_requests_one_person_is_made(cast: Cast, published: Published, settings: Any) -> None:
    settings.JWT_PROVISION = True
    token = signed(**NEW)
    start, answers = threading.Barrier(4), []

    def ask() -> None:
        start.wait()
        try:
            answers.append(get(token).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert Membership.objects.filter(user__email="nora@demo.test").count() == 1
    assert ForeignIdentity.objects.count() == AuditEntry.objects.count() == 1
