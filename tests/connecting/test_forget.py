"""People who ask Meta that we forget them."""

from __future__ import annotations

from datetime import timedelta

from backend.connecting.deauthorize import deauthorize
from backend.connecting.forget import forget_person
from backend.connecting.models import Consent, DeletionRequest, DeletionState
from backend.integrations.models import SEALED_FIELDS, IntegrationStatus
from backend.lib.clock import now
from tests.conftest import Cast
from tests.connecting.asking import PERSON, asks, consented
from tests.connecting.conftest import Graph
from tests.connecting.test_deauthorize import assert_untouched, kept, secret
from tests.integrations.accounts import connected

__all__ = ["secret"]


def test_a_forgotten_person_leaves_nothing(cast: Cast, graph: Graph, secret: str) -> None:
    page = consented(connected(cast.business, "MESSENGER", "111"))
    number = consented(connected(cast.rival, "WHATSAPP", "555", wide_id="102"))
    of_others = consented(connected(cast.rival, "MESSENGER", "112"), "999")
    request = forget_person(asks(secret))
    assert (request.state, request.platforms) == (DeletionState.DONE, ["MESSENGER", "WHATSAPP"])
    assert request.code.isalnum()
    for integration in (page, number):
        there = kept(integration)
        assert there.status == IntegrationStatus.DISCONNECTED
        assert [getattr(there, column) for column in SEALED_FIELDS] == [None] * 4
    assert [consent.user_id for consent in Consent.objects.all()] == ["999"]
    assert graph.asked("DELETE /111/subscribed_apps")
    assert graph.asked("DELETE /102/subscribed_apps")
    assert_untouched(of_others)
    assert PERSON not in str(DeletionRequest.objects.values())


def test_the_same_request_gets_the_same_code_and_does_nothing_again(
    cast: Cast, graph: Graph, secret: str
) -> None:
    page = consented(connected(cast.business, "MESSENGER"))
    asked = asks(secret)
    first = forget_person(asked)
    again = consented(connected(cast.business, "INSTAGRAM"))
    assert forget_person(asked).code == first.code
    assert DeletionRequest.objects.get().state == DeletionState.DONE
    assert kept(page).status == IntegrationStatus.DISCONNECTED
    assert_untouched(again)
    other = forget_person(asks(secret, at=now() + timedelta(seconds=2)))
    assert (other.code != first.code, other.platforms) == (True, ["INSTAGRAM"])


def test_who_took_the_access_back_can_still_be_forgotten(cast: Cast, graph: Graph, secret: str) -> None:
    page = consented(connected(cast.business, "MESSENGER"))
    deauthorize(asks(secret))
    assert forget_person(asks(secret)).state == DeletionState.DONE
    assert kept(page).status == IntegrationStatus.DISCONNECTED
    assert not Consent.objects.exists()
    assert not graph.meta.requests  # There is no token left to tell Meta with.
