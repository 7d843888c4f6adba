"""What a platform's refusal means for the account behind it, besides the thing that was refused."""

from __future__ import annotations

from backend.integrations.models import ChannelIntegration
from backend.integrations.state import note_attention, note_error
from backend.platforms.errors import Effect, PlatformError


def note_aftermath(integration: ChannelIntegration, error: PlatformError) -> None:
    """Keep on the account's row what a person has to do about it."""
    if error.effect is Effect.RECONNECT:
        note_error(
            integration, code=error.code, message=error.message, resolution=error.resolution, fatal=True
        )
    elif error.effect is Effect.ATTENTION:
        note_attention(integration, code=error.code, message=error.told, resolution=error.resolution)
