"""What a platform's refusal means for the account behind it, besides the thing that was refused."""

from __future__ import annotations

from backend.integrations.models import ChannelIntegration
from backend.integrations.state import note_error
from backend.platforms.errors import CredentialRejected, PlatformError


def note_aftermath(integration: ChannelIntegration, error: PlatformError) -> None:
    """Keep on the account's row what a person has to do about it."""
    if isinstance(error, CredentialRejected):
        note_error(
            integration, code=error.code, message=error.message, resolution=error.resolution, fatal=True
        )
