"""What an unsuccessful answer says, and those that always say the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from backend.api.codes import ErrorCode
from backend.lib.json_types import JSONObject

COME_BACK_LATER = frozenset({429, 503})
ASK_AGAIN_AFTER = 30  # Seconds, where nobody said how long it takes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Everything an unsuccessful answer says."""

    code: ErrorCode
    message: str
    resolution: str | None = None
    fields: dict[str, list[str]] | None = None
    extra: JSONObject = field(default_factory=dict)
    retry_after: float | None = None
    unexpected: bool = False  # A person should look at it: it is logged with its trace.

    def envelope(self) -> JSONObject:
        """The body of the answer."""
        return {
            "success": False,
            "code": str(self.code),
            "message": self.message,
            "resolution": self.resolution,
            "fields": self.fields,
            **self.extra,
        }

    def headers(self) -> dict[str, str]:
        """The headers that belong to its status."""
        headers = {}
        if self.retry_after is not None or self.code.status in COME_BACK_LATER:
            wait = ASK_AGAIN_AFTER if self.retry_after is None else self.retry_after
            headers["Retry-After"] = str(max(1, math.ceil(wait)))
        if self.code.status == ErrorCode.NOT_AUTHENTICATED.status:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


CRASHED = Failure(
    code=ErrorCode.INTERNAL_ERROR,
    message="Something went wrong on our side.",
    resolution="Try again; if it stays, tell support the X-Request-Id of this answer.",
    unexpected=True,
)
NOT_FOUND = Failure(
    code=ErrorCode.NOT_FOUND, message="There is nothing at this address that your business may see."
)
ROLE_REQUIRED = Failure(
    code=ErrorCode.ROLE_REQUIRED,
    message="Your role does not allow this.",
    resolution="Ask an owner or an admin of the business.",
)
METHOD_NOT_ALLOWED = Failure(
    code=ErrorCode.METHOD_NOT_ALLOWED,
    message="This method is not answered here.",
    resolution="The header Allow names those that are.",
)
UNSUPPORTED_MEDIA_TYPE = Failure(
    code=ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    message="The body is not JSON.",
    resolution="Send `Content-Type: application/json`.",
)
TOO_LARGE = Failure(code=ErrorCode.TOO_LARGE, message="The body is larger than this service takes.")
CONFLICT = Failure(
    code=ErrorCode.CONFLICT,
    message="Somebody else changed this at the same moment.",
    resolution="Read it again, then repeat the change if it is still wanted.",
)
SERVICE_UNAVAILABLE = Failure(
    code=ErrorCode.SERVICE_UNAVAILABLE,
    message="Our database cannot answer right now.",
    resolution="Nothing was changed; try again in a moment.",
    retry_after=5,
    unexpected=True,
)
