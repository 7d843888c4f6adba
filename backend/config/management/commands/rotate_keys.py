from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.config.progress import Progress
from backend.config.rotation import Rotation, count_sealed, rotate
from backend.integrations import vault


class Command(BaseCommand):
    help = (
        "Seal every kept token anew with the newest key of ENCRYPTION_KEYS. May run beside the service, be stopped "
        "and be repeated. Fails where something does not open; says which keys may be removed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        newest = vault.ring().newest
        if newest in vault.unreadable_keys():
            raise CommandError(
                f"Another key was called {newest!r} before. Put that one back, or give the new one another name; "
                "nothing was changed."
            )
        self.stdout.write(f"Sealing with the key {newest!r} …")
        rotation = self._rotate()
        self._report(rotation, newest)
        if rotation.closed:
            raise CommandError(
                f"{len(rotation.closed)} sealed values do not open with the keys that are set. Put the missing key "
                "back, or connect those accounts again."
            )
        if rotation.moving:
            raise CommandError("Some rows were changed by others whenever we looked; run it again.")

    def _rotate(self) -> Rotation:
        progress = Progress(sys.stderr, count_sealed())
        try:
            return rotate(lambda so_far: progress.advance(so_far.seen - progress.done))
        finally:
            progress.end()

    def _report(self, rotation: Rotation, newest: str) -> None:
        self.stdout.write(
            f"{rotation.resealed:,} sealed anew, {rotation.already:,} were sealed with {newest!r} already."
        )
        for place in rotation.closed:
            self.stderr.write(f"does not open: {place}")
        for place in rotation.moving:
            self.stderr.write(f"changed meanwhile: {place}")
        for name in sorted(set(vault.key_names()) | set(rotation.retired)):
            count = rotation.still_used[name]
            if name != newest:
                says = (
                    f"still seals {count:,} values" if count else "seals nothing any more and may be removed"
                )
                self.stdout.write(f"The key {name!r} {says}.")
