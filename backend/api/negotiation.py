from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation

if TYPE_CHECKING:  # The framework reads this module while it makes its views.
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.views import APIView


class JSONWhateverIsAsked(DefaultContentNegotiation):
    """Always the first renderer: an answer keeps its shape, whatever the caller says it accepts."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""


class AllowedMethods(BaseMetadata):
    """What OPTIONS answers."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        return {"success": True, "methods": view.allowed_methods}
