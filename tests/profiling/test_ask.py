"""Who the contacts are: asked for in a lane of its own, again when it may help, and never at the cost of others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from django.db import close_old_connections

from backend.conversations.models import Contact, Message
from backend.conversations.profiles import AFTER_DEAD_TOKEN, AFTER_WITHHELD
from backend.conversations.record import erase_contact
from backend.feed.models import FeedEntry
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib import clock
from backend.lib.secret import Secret
from backend.platforms.port import ContactCard
from backend.profiling import ask
from tests.conftest import Cast
from tests.conversations.said import echoed, received, tell
from tests.integrations.accounts import connected

ANN = {
    "name": "Ann Archer",
    "first_name": "Ann",
    "last_name": "Archer",
    "profile_pic": "https://cdn.test/ann.jpg",
}


@dataclass
class Meta:
    """Meta, as far as it shows people: as it is told, else Ann."""

    answers: list[httpx2.Response] = field(default_factory=list)
    asked: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else httpx2.Response(200, json=ANN)

    def refuse(self, code: int, subcode: int = 0, *, status: int = 400, **headers: str) -> None:
        error = {"message": "No.", "type": "OAuthException", "code": code, "error_subcode": subcode}
        self.answers.append(httpx2.Response(status, json={"error": error}, headers=headers))

    @property
    def people(self) -> list[str]:
        return [request.url.path.rpartition("/")[2] for request in self.asked]


@pytest.fixture
def meta(settings: Any) -> Meta:
    there = Meta()
    settings.META_TRANSPORT = httpx2.MockTransport(there)
    return there


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


@pytest.fixture
def later(tmp_path: Any, settings: Any) -> Iterator[Any]:
    """Move the clock on."""
    moved = timedelta()

    def move(by: timedelta) -> None:
        nonlocal moved
        moved += by
        (tmp_path / "clock").write_text(str(int(moved.total_seconds())))
        clock.use_offset_file(tmp_path / "clock")

    yield move
    clock.use_offset_file(settings.DATA_DIR / "clock")


def write(page: ChannelIntegration, message_id: str = "m1", who: str = "ann") -> Contact:
    tell(page, received(message_id, contact=ContactCard(external_id=who), occurred_at=clock.now()))
    return Contact.objects.get(external_id=who)


def look() -> None:
    while ask.drain(map):
        pass


def test_a_new_person_is_asked_for_once(meta: Meta, page: ChannelIntegration) -> None:
    contact = write(page)
    assert contact.profile_state == "WANTED"
    look()
    contact.refresh_from_db()
    assert (contact.name, contact.picture_url) == ("Ann Archer", "https://cdn.test/ann.jpg")
    assert (contact.profile_state, contact.profile_reason) == ("FOUND", "")
    assert Message.objects.get().author_name == "Ann Archer"
    assert FeedEntry.objects.filter(type="contact.updated", data__contactId=str(contact.pk)).count() == 1
    write(page, "m2")
    look()
    (request,) = meta.asked
    assert "EAA" not in str(request.url)
    assert request.headers["Authorization"].startswith("Bearer EAApage")


def test_instagram_by_itself_is_asked_at_its_own_host(meta: Meta, cast: Cast, settings: Any) -> None:
    account = connected(cast.business, "INSTAGRAM")
    account.login, account.page_access_token = "instagram", None
    vault.put(account, "access_token", Secret("IGAA-token-of-this-test"))
    account.save()
    meta.answers.append(
        httpx2.Response(200, json={"name": None, "username": "ann.archer", "profile_pic": None})
    )
    contact = write(account)
    look()
    contact.refresh_from_db()
    assert (contact.shown_name, contact.picture_url) == ("@ann.archer", "")
    assert str(meta.asked[0].url).startswith(settings.INSTAGRAM_GRAPH_URL)


def test_whatsapp_has_nobody_to_ask(meta: Meta, cast: Cast) -> None:
    contact = write(connected(cast.business, "WHATSAPP"), who="4915112345678")
    assert (contact.profile_state, contact.profile_due_at) == ("", None)
    look()
    assert not meta.asked


@pytest.mark.parametrize(
    ("code", "subcode", "reason"),
    [
        (230, 0, "consent_missing"),
        (100, 33, "unknown_person"),
        (100, 2018218, "no_profile"),
        (200, 2018247, "not_permitted"),
        (10, 0, "not_permitted"),
        (551, 0, "unreachable"),
        (100, 2534014, "unknown_person"),
        (99999, 0, "refused"),
    ],
)
def test_a_refusal_is_kept_and_is_no_error(
    meta: Meta, page: ChannelIntegration, code: int, subcode: int, reason: str
) -> None:
    meta.refuse(code, subcode)
    contact = write(page)
    look()
    contact.refresh_from_db()
    assert (contact.profile_state, contact.profile_reason, contact.name) == ("WITHHELD", reason, "")
    assert contact.profile_message
    assert contact.profile_looked_at is not None
    assert contact.profile_due_at == contact.profile_looked_at + AFTER_WITHHELD[0]
    page.refresh_from_db()
    assert (page.status, page.last_error) == (IntegrationStatus.CONNECTED, None)
    assert not FeedEntry.objects.filter(type="contact.updated").exists()


def test_whoever_writes_has_agreed(meta: Meta, page: ChannelIntegration) -> None:
    meta.refuse(230)
    tell(page, echoed("e1", contact=ContactCard(external_id="ann"), occurred_at=clock.now()))
    look()
    contact = write(page)
    look()
    contact.refresh_from_db()
    assert (contact.profile_state, contact.name, contact.profile_tries) == ("FOUND", "Ann Archer", 0)


def test_a_refusal_that_stays_is_not_asked_about_with_each_word(
    meta: Meta, page: ChannelIntegration, later: Any
) -> None:
    for _ in range(9):
        meta.refuse(100, 2018218)
    write(page)
    look()
    for number in range(5):
        write(page, f"again-{number}")
        look()
    assert len(meta.asked) == 1
    later(timedelta(hours=2))
    write(page, "two hours later")
    look()
    assert len(meta.asked) == 2
    later(timedelta(days=30))
    look()
    assert len(meta.asked) == 3


def test_what_meta_cannot_answer_is_asked_again(meta: Meta, page: ChannelIntegration, later: Any) -> None:
    meta.answers.append(
        httpx2.Response(500, json={"error": {"message": "Down", "code": 2, "is_transient": True}})
    )
    contact = write(page)
    look()
    contact.refresh_from_db()
    assert (contact.profile_state, contact.profile_reason) == ("WANTED", "platform_unavailable")
    later(timedelta(minutes=1))
    look()
    contact.refresh_from_db()
    assert (contact.profile_state, contact.profile_reason, contact.name) == ("FOUND", "", "Ann Archer")


def test_what_is_stale_is_looked_at_again(
    meta: Meta, page: ChannelIntegration, later: Any, settings: Any
) -> None:
    contact = write(page)
    look()
    meta.answers.append(httpx2.Response(200, json=ANN | {"name": "Ann Baker"}))
    later(timedelta(days=settings.PROFILE_STALE_DAYS, minutes=1))
    look()
    contact.refresh_from_db()
    assert (contact.name, len(meta.asked)) == ("Ann Baker", 2)


def test_a_dead_token_is_a_reason_to_wait(meta: Meta, page: ChannelIntegration) -> None:
    meta.refuse(190, 463, status=401)
    contact = write(page)
    look()
    contact.refresh_from_db()
    assert (contact.profile_state, contact.profile_reason) == ("WANTED", "reconnect_required")
    assert contact.profile_due_at is not None
    assert contact.profile_due_at >= clock.now() + AFTER_DEAD_TOKEN - timedelta(minutes=1)


def test_nobody_is_asked_for_behind_an_account_that_is_gone(meta: Meta, page: ChannelIntegration) -> None:
    write(page)
    ChannelIntegration.objects.update(status=IntegrationStatus.DISCONNECTED)
    look()
    assert not meta.asked


def test_an_answer_that_comes_after_an_erasure_brings_nobody_back(
    meta: Meta, page: ChannelIntegration
) -> None:
    contact = write(page)
    erase_contact(contact.pk)
    assert ask.ask(contact.pk) == 0
    assert not Contact.objects.exists()


class Hours:
    """A clock that goes on only when somebody rests."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def rest(self, seconds: float) -> None:
        self.at += max(seconds, 0.01)


def asking_order(crew: ask.Crew, asked: list[UUID], count: int) -> list[UUID]:
    """Whose people were asked for, in that order, until so many were."""
    for _ in range(1_000):
        crew.look()
        if len(asked) >= count and not any(not each.done() for each in crew.hands.in_hand.values()):
            break
    owners = dict(Contact.objects.values_list("pk", "integration_id"))
    return [owners[each] for each in asked]


def test_accounts_take_turns_and_keep_their_pace(cast: Cast, transactional_db: None) -> None:
    many, few = connected(cast.business, "MESSENGER"), connected(cast.rival, "MESSENGER")
    for number in range(8):
        write(many, f"m{number}", f"of-many-{number}")
    write(few, "f1", "of-few")
    hours, asked, times = Hours(), [], []

    def note(contact_id: UUID) -> float:
        asked.append(contact_id)
        times.append(hours())
        Contact.objects.filter(pk=contact_id).update(profile_due_at=None)
        close_old_connections()
        return 0.0

    crew = ask.Crew(1, 2.0, note, clock=hours, pause=hours.rest)
    order = asking_order(crew, asked, 9)
    assert few.pk in order[:2]
    ours = [at for owner, at in zip(order, times, strict=True) if owner == many.pk]
    assert len(ours) == 8
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(ours))


def test_a_throttled_account_rests_and_the_others_do_not(cast: Cast, transactional_db: None) -> None:
    slow, quick = connected(cast.business, "MESSENGER"), connected(cast.rival, "MESSENGER")
    for number in range(3):
        write(slow, f"s{number}", f"slow-{number}")
        write(quick, f"q{number}", f"quick-{number}")
    hours, asked = Hours(), []
    rests = {slow.pk: 60.0, quick.pk: 0.0}

    def note(contact_id: UUID) -> float:
        asked.append(contact_id)
        owner = Contact.objects.values_list("integration_id", flat=True).get(pk=contact_id)
        Contact.objects.filter(pk=contact_id).update(profile_due_at=None)
        close_old_connections()
        return rests[owner]

    crew = ask.Crew(1, 100.0, note, clock=hours, pause=hours.rest)
    order = asking_order(crew, asked, 4)
    assert order.count(quick.pk) == 3
    assert order.count(slow.pk) == 1
