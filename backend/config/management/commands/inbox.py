from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from backend.receiving.models import EventState, WebhookEvent
from backend.receiving.process import replay


class Command(BaseCommand):
    help = "Show the inbox of webhook events by state, list some of them, or put them back to be processed again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", choices=EventState.values, help="only events of this state")
        parser.add_argument("--id", type=int, action="append", default=[], help="only this event; repeatable")
        parser.add_argument("--list", action="store_true", help="list the newest 50, with the reason")
        parser.add_argument("--body", action="store_true", help="with --list: print the bodies as received")
        parser.add_argument("--replay", action="store_true", help="process the chosen events again")

    def handle(self, *args: Any, **options: Any) -> None:
        events = WebhookEvent.objects.all()
        if options["state"]:
            events = events.filter(state=options["state"])
        if options["id"]:
            events = events.filter(pk__in=options["id"])
        if options["replay"]:
            self._replay(events, chosen=bool(options["state"] or options["id"]))
        elif options["list"]:
            self._list(events, with_body=options["body"])
        else:
            self._count()

    def _count(self) -> None:
        counts = dict(WebhookEvent.objects.values_list("state").annotate(Count("id")))
        for state in EventState.values:
            self.stdout.write(f"{state:10} {counts.get(state, 0):>10,}")

    def _list(self, events: Any, *, with_body: bool) -> None:
        for event in events.order_by("-id")[:50]:
            self.stdout.write(
                f"{event.pk:>10} {event.state:10} {event.received_at:%Y-%m-%d %H:%M:%S} {event.error}"
            )
            if with_body:
                self.stdout.write(bytes(event.body).decode("utf-8", "replace"))

    def _replay(self, events: Any, *, chosen: bool) -> None:
        if not chosen:
            events = events.filter(state=EventState.FAILED)
        total = events.count()
        done = 0

        def told(_event: WebhookEvent) -> None:
            nonlocal done
            done += 1
            if done % 500 == 0 or done == total:
                self.stdout.write(f"{done:,} of {total:,} put back")

        replay(events.iterator(chunk_size=500), told=told)
        self.stdout.write(f"{total:,} events are processed again by the worker.")
