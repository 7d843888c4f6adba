"""What one look at Meta has found: checks, and what they were made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backend.lib.json_types import JSON
from backend.lib.reading import moment_of, object_of, objects_in
from backend.platforms.errors import PlatformError, Refused, Unavailable
from backend.platforms.meta.errors import ADVANCED_ACCESS
from backend.platforms.meta.oauth import TokenInfo
from backend.platforms.port import Check

# Refusals that are a finding of their own, wherever they turn up.
CODES_OF_REFUSALS = {
    # Meta's subcode -> the check that fails
    2534013: "account_linked",
    2534041: "message_access",
    2534077: "account_linked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one look."""

    checks: tuple[Check, ...]
    account_name: str = ""
    login: TokenInfo | None = None  # What the account was connected with.
    newest_at: datetime | None = None  # When somebody last wrote in a conversation of the account.


@dataclass(frozen=True, slots=True)
class Look:
    """One look, and the check that it makes, should it be refused."""

    code: str
    ask: Callable[[], Finding]

    def find(self) -> Finding:
        """What is found. Never raises what Meta says: that is the finding."""
        try:
            return self.ask()
        except PlatformError as error:
            return Finding(checks=(refused(self.code, error),))


def well(code: str, message: str) -> Check:
    return Check(code=code, ok=True, message=message)


def wrong(code: str, message: str, resolution: str) -> Check:
    return Check(code=code, ok=False, message=message, resolution=resolution)


def refused(code: str, error: PlatformError) -> Check:
    """The check that fails by this error; one that only says that Meta was away says nothing of the account."""
    return Check(
        code=code if isinstance(error, Unavailable) else _code_of(error) or code,
        ok=False,
        # Whoever is to read what the platform said has to see it.
        message=error.told if error.resolution == Refused.default_resolution else error.message,
        resolution=error.resolution,
        seen=not isinstance(error, Unavailable),
    )


def _code_of(error: PlatformError) -> str:
    if ADVANCED_ACCESS in error.words.message:
        return "advanced_access"
    numbers = (error.words.subcode, error.words.code)
    return next((CODES_OF_REFUSALS[number] for number in numbers if number in CODES_OF_REFUSALS), "")


def newest_in(page: JSON) -> datetime | None:
    """When the newest conversation of a list was last written in."""
    moments = (moment_of(each.get("updated_time")) for each in objects_in(object_of(page).get("data")))
    return max(filter(None, moments), default=None)
