"""How a setting is read: from the environment, or from a file that NAME_FILE names; the sandbox makes its own once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from backend.lib.kept_secrets import kept_secret


class Env(environ.FileAwareEnv):  # type: ignore[misc]  # The library has no types.
    """Typed access to the environment; `made_once` adds the sandbox's own secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: list[str] = []

    def made_once(self, name: str, make: Callable[[], str], *, sandbox: bool, data_dir: Path) -> str:
        """The setting; in the sandbox a value kept under DATA_DIR. Outside it a missing one is noted."""
        given = str(self.str(name, default=""))
        if given:
            return given
        if sandbox:
            return kept_secret(data_dir / "secrets", name, make)
        self.missing.append(name)
        return ""

    def stop_if_missing(self) -> None:
        """Refuse to go on without what must be set, and say all of it at once."""
        if self.missing:
            raise ImproperlyConfigured(
                f"Not set: {', '.join(self.missing)}. Set each, or NAME_FILE to a file that holds it; .env.example "
                "says what they are. To try the product without secrets of your own, set SANDBOX=1."
            )
