"""The ASGI application: every door in one process."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

from backend.config.doors import Doors

application = Doors()
