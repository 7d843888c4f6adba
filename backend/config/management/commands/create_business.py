from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.businesses.models import Business, Membership, Role
from backend.config.people import login_of


class Command(BaseCommand):
    help = (
        "Create a business with its owner, or add members to one that exists (--id). People who have no login yet "
        "get one; its password is asked for, or read from the first line of standard input with --password-stdin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the business's name")
        parser.add_argument(
            "--id", help="its id, where the customer care platform gives one (default: a new one)"
        )
        parser.add_argument(
            "--owner", metavar="EMAIL", action="append", default=[], help="an owner; repeatable"
        )
        parser.add_argument(
            "--admin", metavar="EMAIL", action="append", default=[], help="an admin; repeatable"
        )
        parser.add_argument(
            "--agent", metavar="EMAIL", action="append", default=[], help="an agent; repeatable"
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read one password for all new logins"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        people = [(email, role) for role in Role for email in options[role.lower()]]
        if not people:
            raise CommandError("Name at least an --owner.")
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else None
        with transaction.atomic():
            business = self._business(options["name"], options["id"])
            for email, role in people:
                user = login_of(email, password)
                Membership.objects.update_or_create(user=user, business=business, defaults={"role": role})
        self.stdout.write(f"Business {business.name!r} has the id {business.pk}.")

    def _business(self, name: str, business_id: str | None) -> Business:
        if business_id is None:
            return Business.objects.create(name=name)
        return Business.objects.get_or_create(pk=business_id, defaults={"name": name})[0]
