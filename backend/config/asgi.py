"""The ASGI application: every door in one process."""

from __future__ import annotations

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

from backend.config.doors import Doors
from backend.engine.bell import LoopbackBell
from backend.engine.lanes import use_bell

use_bell(LoopbackBell(settings.DATA_DIR / "bell"))
application = Doors()
