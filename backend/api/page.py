from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string


class Page(HttpResponse):
    """A page for a person; it loads nothing from anywhere but this service, and is kept nowhere."""

    def __init__(
        self, template: str, context: Mapping[str, Any], *, status: int = 200, scripts: bool = False
    ) -> None:
        super().__init__(render_to_string(template, dict(context)), status=status)
        script = "script-src 'self' 'unsafe-inline'; connect-src 'self'; " if scripts else ""
        self["Content-Security-Policy"] = (
            f"default-src 'none'; {script}style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; frame-ancestors 'none'"
        )
        self["Cache-Control"] = "no-store"
        self["Referrer-Policy"] = "no-referrer"
