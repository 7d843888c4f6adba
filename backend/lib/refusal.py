"""A command that says no, in words for a person; the front door turns it into the envelope of the contract."""

from __future__ import annotations

from backend.lib.json_types import JSONObject


class Refusal(Exception):
    """The request cannot be done as things stand.

    Subclasses set `code` (one of the contract's), `message` and `resolution`. `extra` rides along in the
    envelope (`platformCode` …); `retry_after` is in seconds.
    """

    code = "conflict"
    message = "This cannot be done as things stand."
    resolution: str | None = None

    def __init__(
        self,
        message: str | None = None,
        *,
        resolution: str | None = None,
        fields: dict[str, list[str]] | None = None,
        extra: JSONObject | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message or self.message
        self.resolution = resolution or self.resolution
        self.fields = fields
        self.extra = extra or {}
        self.retry_after = retry_after
        super().__init__(self.message)
