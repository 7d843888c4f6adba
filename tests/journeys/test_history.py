"""Conversations from before the account was connected are imported, and alert nobody."""

from __future__ import annotations

from typing import Any

import pytest

from backend.conversations.models import Message
from backend.feed.models import FeedEntry
from backend.syncing import imports
from backend.syncing.models import HistoryImport
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import started

WAYS = [
    pytest.param("MESSENGER", {}, id="messenger"),
    pytest.param("INSTAGRAM", {}, id="instagram-page"),
    pytest.param("INSTAGRAM", {"login": "instagram"}, id="instagram-login"),
]
every_way = pytest.mark.parametrize(("platform", "way"), WAYS)


class Importing:
    """The lane, with the pauses that it would have made."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def page(self) -> bool:
        HistoryImport.objects.running().filter(claimed_until=None).update(due_at="2020-01-01T00:00:00Z")
        return imports.drain(pause=self.pauses.append)

    def all(self) -> None:
        for _ in range(100):
            if not HistoryImport.objects.running().exists():
                return
            self.page()
        raise AssertionError("the import does not end")


def past(phone: Phone, platform: str, **asked: Any) -> list[str]:
    ids: list[str] = phone.post("/sim/past", platform=platform, endedSecondsAgo=86_400, **asked)["ids"]
    return ids


def begin(owner: Desk, platform: str, expect: int = 202) -> Any:
    return owner.post(f"/api/integrations/{owner.integration(platform)['id']}/import", expect=expect)


def progress(owner: Desk, platform: str) -> Any:
    return owner.get(f"/api/integrations/{owner.integration(platform)['id']}/import")["import"]


@every_way
def test_old_conversations_are_read_back(
    owner: Desk, phone: Phone, platform: str, way: dict[str, Any]
) -> None:
    owner.connect(platform, **way)
    assert "history" in owner.integration(platform)["features"]
    assert progress(owner, platform) is None
    ids = past(phone, platform, count=25)
    started = begin(owner, platform)["import"]
    assert (started["state"], started["messages"], started["finishedAt"]) == ("RUNNING", 0, None)
    assert begin(owner, platform, 409)["code"] == "import_running"
    Importing().all()
    done = progress(owner, platform)
    assert (done["id"], done["state"], done["lastError"]) == (started["id"], "DONE", None)
    assert (done["conversations"], done["messages"], done["withheld"]) == (1, 20, 5)
    assert done["finishedAt"]

    [conversation] = owner.conversations()
    assert (conversation["unreadCount"], conversation["status"]) == (0, "CLOSED")
    assert conversation["window"]["state"] == "CLOSED"
    assert conversation["contact"]["name"] or conversation["contact"]["username"]
    shown = owner.messages(conversation)
    assert [message["externalId"] for message in shown] == ids[-20:]
    kinds = {(m["direction"], m["status"], m["author"]["kind"]) for m in shown}
    assert kinds == {("INBOUND", "RECEIVED", "CONTACT"), ("OUTBOUND", "SENT", "EXTERNAL")}
    entries = set(FeedEntry.objects.values_list("type", flat=True))
    assert not {entry for entry in entries if entry.startswith("message.")}
    assert {"conversation.updated", "import.updated"} <= entries


@every_way
def test_what_a_webhook_told_stays_as_it_is(
    owner: Desk, phone: Phone, work: Work, platform: str, way: dict[str, Any]
) -> None:
    conversation = started(owner, phone, work, platform, **way)
    owner.reply(conversation, "Here I am.")
    work()
    before, row = owner.messages(conversation), owner.conversations()[0]
    past(phone, platform, count=4)
    begin(owner, platform)
    Importing().all()
    assert owner.messages(conversation)[4:] == before
    after = owner.conversations()[0]
    # Only the name is news, which Messenger's webhooks do not tell.
    assert {**after, "contact": None} == {**row, "contact": None}
    assert after["contact"]["name"] or after["contact"]["username"]
    assert progress(owner, platform)["messages"] == 4
    begin(owner, platform)  # Another pass adds nothing.
    Importing().all()
    assert progress(owner, platform)["messages"] == 0
    assert Message.objects.count() == 6


def test_a_message_that_history_told_first_is_heard_all_the_same(
    owner: Desk, phone: Phone, work: Work
) -> None:
    """The import reads a message back whose webhook is still on its way."""
    owner.connect("MESSENGER")
    past(phone, "MESSENGER", count=2)
    phone.write("MESSENGER", "Anybody there?")  # It waits in our inbox.
    begin(owner, "MESSENGER")
    Importing().all()
    [quiet] = owner.conversations()
    assert (quiet["unreadCount"], quiet["window"]["state"]) == (0, "CLOSED")
    assert len(owner.messages(quiet)) == 3
    work()
    [heard] = owner.conversations()
    assert (heard["unreadCount"], heard["status"], heard["window"]["state"]) == (1, "OPEN", "OPEN")
    assert len(owner.messages(heard)) == 3
    assert FeedEntry.objects.filter(type="message.received").count() == 1


def test_meta_is_away_and_says_no(owner: Desk, phone: Phone) -> None:
    owner.connect("MESSENGER")
    past(phone, "MESSENGER", count=3)
    importing = Importing()
    begin(owner, "MESSENGER")
    phone.post("/sim/faults", graph={"outage": True})
    importing.page()
    waiting = progress(owner, "MESSENGER")
    assert (waiting["state"], waiting["lastErrorCode"]) == ("RUNNING", "platform_unavailable")
    phone.post("/sim/faults", graph={"rateLimit": 1})
    importing.page()
    assert progress(owner, "MESSENGER")["lastErrorCode"] == "rate_limited_by_platform"
    phone.post("/sim/faults")
    importing.all()
    done = progress(owner, "MESSENGER")
    assert (done["state"], done["messages"], done["lastError"]) == ("DONE", 3, None)
    begin(owner, "MESSENGER")
    phone.post("/sim/faults", graph={"expireTokens": True})
    importing.page()
    failed = progress(owner, "MESSENGER")
    assert (failed["state"], failed["lastErrorCode"]) == ("FAILED", "reconnect_required")
    assert failed["lastErrorResolution"]
    assert owner.integration("MESSENGER")["status"] == "ERROR"
    assert begin(owner, "MESSENGER", 409)["code"] == "not_connected"


def test_who_may_and_what_cannot_be_imported(owner: Desk, rival: Desk, phone: Phone) -> None:
    owner.connect("WHATSAPP")
    refused = begin(owner, "WHATSAPP", 409)
    assert (refused["code"], bool(refused["resolution"])) == ("unsupported_by_platform", True)
    owner.connect("MESSENGER")
    path = f"/api/integrations/{owner.integration('MESSENGER')['id']}/import"
    assert rival.post(path, expect=404)["code"] == "not_found"
    assert rival.get(path, expect=404)["code"] == "not_found"
    assert owner.post(path, {"all": True}, 400)["fields"] == {"all": ["This field is not known here."]}
    owner.delete(f"/api/integrations/{owner.integration('MESSENGER')['id']}")
    assert begin(owner, "MESSENGER", 409)["code"] == "not_connected"
