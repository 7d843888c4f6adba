from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.businesses.models import User
from backend.config.people import login_of


class Command(BaseCommand):
    help = (
        "Let a person into the admin, which shows what is kept of all businesses, or take that back (--revoke). "
        "Who has no login yet gets one; its password is asked for, or read from standard input with --password-stdin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--revoke", action="store_true", help="the person is no operator any more")
        parser.add_argument("--password-stdin", action="store_true", help="read the password of a new login")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        if options["revoke"]:
            if not User.objects.filter(email=email, is_staff=True).update(is_staff=False):
                raise CommandError(f"{email} is no operator.")
            self.stdout.write(f"{email} is no operator any more.")
            return
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else None
        user = login_of(email, password)
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        self.stdout.write(f"{email} may use the admin.")
