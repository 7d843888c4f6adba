"""`manage.py inbox`: what an operator sees of the inbox, and puts back."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.config.management.commands.inbox import Command
from backend.conversations.models import Message
from backend.integrations.models import ChannelIntegration
from backend.receiving import process
from backend.receiving.models import AwaitedAccount, EventState, WebhookEvent
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import item, told


class Worked(Command):
    """While the command waits, the worker works."""

    pause = staticmethod(lambda _seconds: process.drain())


class Idle(Command):
    """While the command waits, nobody works."""

    pause = staticmethod(lambda _seconds: None)


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


def stored(page: ChannelIntegration, state: str = EventState.FAILED, text: str = "Hello") -> WebhookEvent:
    return WebhookEvent.objects.create(
        body=told(page, item(page, text)),
        state=state,
        due_at=None,
        error="It raised." if state == "failed" else "",
    )


def said(*arguments: str, command: Command | None = None) -> str:
    out = StringIO()
    call_command(command or Worked(), *arguments, stdout=out)
    return out.getvalue()


def states() -> list[str]:
    return list(WebhookEvent.objects.order_by("id").values_list("state", flat=True))


def test_it_shows_states_and_lanes(page: ChannelIntegration) -> None:
    for state in ("failed", "failed", "unrouted", "done"):
        stored(page, state)
    WebhookEvent.objects.create(body=b"{}")
    lines = [line.split() for line in said().splitlines()]
    for words in (["received", "1"], ["done", "1"], ["failed", "2"], ["unrouted", "1"]):
        assert words in lines
    inbox, outbox = (next(line for line in lines if line[:1] == [name]) for name in ("inbox", "outbox"))
    assert (inbox[1], inbox[-1]) == ("1", "s")
    assert outbox == ["outbox", "0", "-"]


def test_it_lists_the_newest_with_the_reason(page: ChannelIntegration) -> None:
    first, second = stored(page), stored(page, text="A secret of a customer")
    stored(page, "done")
    text = said("--state", "failed", "--list")
    assert [line.split()[0] for line in text.splitlines()] == [str(second.pk), str(first.pk)]
    assert "It raised." in text
    assert "A secret of a customer" not in text
    assert "A secret of a customer" in said("--id", str(second.pk), "--list", "--body")


def test_it_says_which_account_an_event_waits_for(page: ChannelIntegration) -> None:
    event = stored(page, "unrouted")
    for account_id, waba_id in (("200", ""), ("", "100")):
        AwaitedAccount.objects.create(
            event=event, platform="WHATSAPP", account_id=account_id, platform_account_id=waba_id
        )
    stored(page, "done")
    (line, other) = reversed(said("--list").splitlines())
    assert line.endswith("waits for WHATSAPP 100, WHATSAPP 200")
    assert "waits" not in other


def test_without_a_choice_it_replays_what_failed(page: ChannelIntegration) -> None:
    stored(page, "done")
    stored(page)
    stored(page, "unrouted")
    assert said("--replay") == "1 of 1 events were put back and looked at.\n"
    assert states() == ["done", "done", "unrouted"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (["--state", "unrouted"], ["done", "failed", "done"]),
        (["--id", "{failed}"], ["done", "done", "unrouted"]),
        (["--id", "{done}", "--id", "{unrouted}"], ["done", "failed", "done"]),
        (["--id", "{done}", "--state", "failed"], ["done", "failed", "unrouted"]),
    ],
)
def test_it_replays_what_is_chosen(page: ChannelIntegration, choice: list[str], expected: list[str]) -> None:
    ids = {state: stored(page, state).pk for state in ("done", "failed", "unrouted")}
    said("--replay", *(word.format(**ids) for word in choice))
    assert states() == expected


def test_a_dry_run_changes_nothing(page: ChannelIntegration) -> None:
    stored(page)
    assert said("--replay", "--dry-run") == "1 events would be processed again.\n"
    assert states() == ["failed"]


def test_it_says_when_nobody_works(page: ChannelIntegration) -> None:
    stored(page)
    with pytest.raises(CommandError, match="Is it running"):
        said("--replay", command=Idle())
    assert states() == ["received"], "it is processed once the worker is there"


def test_it_need_not_wait(page: ChannelIntegration) -> None:
    stored(page)
    assert said("--replay", "--no-wait", command=Idle()) == "1 of 1 events were put back.\n"
    assert states() == ["received"]


def test_where_nobody_watches_it_draws_no_bar(page: ChannelIntegration, capsys: Any) -> None:
    stored(page)
    said("--replay")
    assert capsys.readouterr().err == ""


def test_its_help_has_examples(capsys: Any) -> None:
    Command().print_help("manage.py", "inbox")
    assert "manage.py inbox --state failed --replay --dry-run" in capsys.readouterr().out
