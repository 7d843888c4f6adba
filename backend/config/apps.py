from django.apps import AppConfig
from django.conf import settings

from backend.lib import clock


class ConfigConfig(AppConfig):
    """Turns the building on: what lower floors must be told is told here."""

    name = "backend.config"
    label = "config"

    def ready(self) -> None:
        from backend.config import checks  # noqa: F401  (registers the system checks)

        clock.use_offset_file(settings.DATA_DIR / "clock" if settings.SANDBOX else None)
