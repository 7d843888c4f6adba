from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.config.demo import seed_demo


class Command(BaseCommand):
    help = "Make the demo businesses and logins of the sandbox. Keeps what is there. Refused outside the sandbox."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("Demo logins exist in the sandbox only (SANDBOX=1).")
        self.stdout.write("Made the demo data." if seed_demo() else "The demo data is there already.")
