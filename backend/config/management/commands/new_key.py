from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from backend.lib.crypto import new_key


class Command(BaseCommand):
    help = "Print a fresh encryption key for ENCRYPTION_KEYS. Put it first to seal with it; keep the others to open."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="k1", help="the key's name (default: k1)")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        self.stdout.write(f"{name}:{new_key()}")
