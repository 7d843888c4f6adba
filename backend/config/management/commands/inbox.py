from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from backend.api.backlogs import COUNTED, backlogs, count_up_to
from backend.config.bells import hang_bell
from backend.config.progress import Progress
from backend.lib.clock import now
from backend.receiving.models import EventState, WebhookEvent
from backend.receiving.replaying import replay_in_turn

EXAMPLES = """
examples:
  manage.py inbox                                  how much there is in each state, what waits in each lane
  manage.py inbox --state failed --list            the newest 50 that failed, with the reason
  manage.py inbox --state unrouted --list          the newest 50 that nobody is connected for, and for which account
  manage.py inbox --id 4711 --list --body          one of them as received; bodies hold what customers wrote
  manage.py inbox --state failed --replay --dry-run    what would be processed again
  manage.py inbox --state failed --replay          process again whatever failed, for instance after an upgrade
  manage.py inbox --state unrouted --replay        the account is connected now: take its events in
  manage.py inbox --id 4711 --id 4712 --replay     process these again, whatever their state

Replaying is safe beside the running service, and may be stopped and repeated: what is recorded already stays as it is.
Events go back in the order of their arrival, 500 at a time, and the next ones only once the worker has looked at those;
so new deliveries wait for a moment at most.
"""
LISTED = 50
LOOK_EVERY = 0.05  # Seconds between two looks whether the worker has come so far.
GIVE_UP_AFTER = 60.0  # Seconds in which it has processed nothing.


class Command(BaseCommand):
    help = "Show the inbox of webhook events, list some of them, or put them back to be processed again."

    # How it waits for the worker; tests do the worker's work instead.
    pause: Callable[[float], object] = staticmethod(time.sleep)

    def run_from_argv(self, argv: list[str]) -> None:
        """From a command line: the worker hears at once what is put back."""
        hang_bell()
        super().run_from_argv(argv)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", choices=EventState.values, help="only events of this state")
        parser.add_argument("--id", type=int, action="append", default=[], help="only this event; repeatable")
        parser.add_argument("--list", action="store_true", help=f"list the newest {LISTED}, with the reason")
        parser.add_argument("--body", action="store_true", help="with --list: print the bodies as received")
        parser.add_argument(
            "--replay", action="store_true", help="process the chosen events again (default: failed)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="with --replay: only say what would be done"
        )
        parser.add_argument(
            "--no-wait", action="store_true", help="with --replay: put all of them back at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        events = chosen(options["state"], options["id"])
        if options["replay"]:
            # Nothing was chosen: that all of them are meant, nobody would believe.
            failed = events if options["state"] or options["id"] else chosen(EventState.FAILED, [])
            self._replay(failed, dry_run=options["dry_run"], wait=not options["no_wait"])
        elif options["list"]:
            self._list(events, with_body=options["body"])
        else:
            self._show()

    def _show(self) -> None:
        self.stdout.write("state         events")
        for state in EventState.values:
            self.stdout.write(f"{state:10} {_counted(count_up_to(chosen(state, []))):>9}")
        self.stdout.write("\nlane         waiting   oldest")
        for lane, backlog in backlogs(now()).items():
            oldest = f"{backlog.oldest_seconds:,.1f} s" if backlog.waiting else "-"
            self.stdout.write(f"{lane:10} {_counted(backlog.waiting):>9} {oldest:>8}")

    def _list(self, events: QuerySet[WebhookEvent], *, with_body: bool) -> None:
        rows = events.order_by("-id") if with_body else events.order_by("-id").defer("body")
        for event in rows.prefetch_related("awaits")[:LISTED]:
            self.stdout.write(
                f"{event.pk:>10} {event.state:10} {event.received_at:%Y-%m-%d %H:%M:%S} {event.attempts} tries "
                f"{_reason(event)}".rstrip()
            )
            if with_body:
                self.stdout.write(bytes(event.body).decode("utf-8", "replace"))

    def _replay(self, events: QuerySet[WebhookEvent], *, dry_run: bool, wait: bool) -> None:
        total = events.count()
        if dry_run:
            self.stdout.write(f"{total:,} events would be processed again.")
            return
        progress = Progress(sys.stderr, total)
        patience = Patience(self.pause)
        done = 0
        try:
            for count in replay_in_turn(events, wait=patience if wait else None):
                done += count
                progress.advance(count)
                patience.renew()
        finally:
            progress.end()
            self.stdout.write(
                f"{done:,} of {total:,} events were put back{' and looked at' if wait else ''}."
            )


class Patience:
    """Waits a little each time that it is called. Raises CommandError when nothing has moved for a minute."""

    def __init__(self, pause: Callable[[float], object]) -> None:
        self.pause = pause
        self.waited = 0.0

    def __call__(self) -> None:
        if self.waited >= GIVE_UP_AFTER:
            raise CommandError(
                f"The worker has processed nothing for {GIVE_UP_AFTER:.0f} seconds. Is it running? Those that were put "
                "back are processed when it is; `--no-wait` puts all of them back without waiting."
            )
        self.pause(LOOK_EVERY)
        self.waited += LOOK_EVERY

    def renew(self) -> None:
        self.waited = 0.0


def chosen(state: str | None, ids: list[int]) -> QuerySet[WebhookEvent]:
    """The events of this state, and with these ids, where such were named."""
    events = WebhookEvent.objects.filter(state=state) if state else WebhookEvent.objects.all()
    return events.filter(pk__in=ids) if ids else events


def _reason(event: WebhookEvent) -> str:
    """Why it is not done: what raised, or whom it waits for."""
    awaited = sorted(str(account) for account in event.awaits.all())
    return f"{event.error} waits for {', '.join(awaited)}".strip() if awaited else event.error


def _counted(count: int) -> str:
    return f"{count:,}{'+' if count == COUNTED else ''}"
