"""How a setting is read: from the environment, from a file named by NAME_FILE, or, in the sandbox, made once and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from backend.lib.kept_secrets import kept_secret


class Env(environ.FileAwareEnv):
    """Typed access to the environment; `made_once` adds the sandbox's own secrets."""

    def made_once(self, name: str, make: Callable[[], str], *, sandbox: bool, data_dir: Path) -> str:
        """The setting; in the sandbox a value kept under DATA_DIR. Outside it a missing one stops the start."""
        given = str(self.str(name, default=""))
        if given:
            return given
        if sandbox:
            return kept_secret(data_dir / "secrets", name, make)
        raise ImproperlyConfigured(
            f"{name} is not set. Set it, or {name}_FILE to a file that holds it (see .env.example); "
            "to try the product without secrets of your own, set SANDBOX=1."
        )
