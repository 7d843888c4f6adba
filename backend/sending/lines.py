"""The accounts that have something to send, as far as it matters for how fast and whether they may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from backend.integrations.models import ChannelIntegration
from backend.platforms.port import Pacing
from backend.platforms.registry import PLATFORMS
from backend.sending.pacing import SHARE, rate_of

HEAVY_SUFFIX = ":heavy"


@dataclass(frozen=True, slots=True)
class Line:
    """The way out of one account."""

    integration_id: UUID
    business_id: str
    key: str  # Of its `Pace`.
    host: str  # Of the `Pace` of all that share it.
    rate: float  # Messages a second, as far as its level goes.
    pacing: Pacing = field(compare=False)

    @property
    def heavy_key(self) -> str:
        return f"{self.key}{HEAVY_SUFFIX}"

    @property
    def heavy_rate(self) -> float | None:
        """Audio and video a second, where that is limited."""
        most = self.pacing.heavy_per_second
        return most * SHARE if most is not None else None


def key_of(integration: ChannelIntegration) -> str:
    """What the account's `Pace` is called: the limits are the account's, whoever has connected it."""
    return f"{integration.platform}:{integration.account_id or integration.pk}"


def host_of(login: str) -> str:
    """What the `Pace` of all is called that one host of the platform serves."""
    return f"host:{login}"


def lines_of(integrations: Collection[UUID]) -> dict[UUID, Line]:
    """The lines of these integrations."""
    columns = ("id", "business_id", "platform", "login", "account_id", "metadata")
    return {
        row.pk: line_of(row) for row in ChannelIntegration.objects.filter(pk__in=integrations).only(*columns)
    }


def line_of(integration: ChannelIntegration) -> Line:
    """The line of an integration."""
    pacing = PLATFORMS[integration.platform].pacing
    return Line(
        integration_id=integration.pk,
        business_id=integration.business_id,
        key=key_of(integration),
        host=host_of(integration.login),
        pacing=pacing,
        rate=rate_of(pacing, integration.metadata),
    )
