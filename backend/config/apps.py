from django.apps import AppConfig
from django.conf import settings

from backend.config import checks  # noqa: F401  # Importing it registers the system checks.
from backend.lib import clock


class ConfigConfig(AppConfig):
    """Turns the building on: what lower floors must be told is told here."""

    name = "backend.config"
    label = "config"

    def ready(self) -> None:
        clock.use_offset_file(settings.DATA_DIR / "clock" if settings.SANDBOX else None)
