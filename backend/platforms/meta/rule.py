"""The words that the tables of Meta's error codes are written with."""

from __future__ import annotations

from dataclasses import dataclass

from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    Effect,
    Malformed,
    PermissionMissing,
    PlatformError,
    RateLimited,
    Refused,
    Unavailable,
    WindowClosed,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which of our errors a code is, and what to tell a person."""

    error: type[PlatformError]
    message: str
    resolution: str | None = None  # None: the error's own.
    wait: float | None = None  # Seconds after which a repeat makes sense, where Meta names them.
    effect: Effect | None = None  # Beyond what was refused; None: the error's own.

    @property
    def means(self) -> Effect | None:
        """What it means beyond what was refused."""
        return self.effect or self.error.effect


ASK_OPERATOR = "Ask the operator of this service to look at the app's permissions and review at Meta."
APPEAL = "Open Meta's Business Support Home, read what is restricted and appeal there if it is a mistake."
TEMPLATE = "Send an approved template, or wait until the customer writes again."
START_AGAIN = "Start connecting again."
TAKE_OVER = "Take the chat over in the Page's inbox, or let the other app finish."
FILE = "Check the file's type and size, then send it again."
FIX_TEMPLATE = "Compare the template with the values that were filled in, or sync the templates again."
PHONE_SETUP = "Finish the set-up of the number in WhatsApp Manager, then connect it again."
PHONE_OR_TEMPLATE = "Read the platform's message, and put it right in WhatsApp Manager."

GONE = Rule(CredentialRejected, "The connection to Meta is no longer valid.")
SLOWER = Rule(RateLimited, "Meta asks us to send more slowly.")
NO_PERMISSION = Rule(PermissionMissing, "A permission for this is missing or was taken back at Meta.")
PASSING = Rule(Unavailable, "Meta had a passing problem.")
LATE = Rule(WindowClosed, "More than 24 hours have passed since the customer last wrote.")
AWAY = Rule(ContactUnreachable, "This person cannot be reached now.")
STRANGER = Rule(ContactUnreachable, "This customer is not known for this account.")
HELD_BY_OTHER = Rule(Refused, "Another app is handling this chat.", TAKE_OVER)
BAD_FILE = Rule(Malformed, "The attachment could not be sent.", FILE)
RESTRICTED = Rule(
    Refused, "Meta has limited this account for a policy reason.", APPEAL, effect=Effect.ATTENTION
)
NOT_REVIEWED = Rule(
    PermissionMissing, "The app may not write to this person until Meta has approved it.", ASK_OPERATOR
)
NOT_ADVANCED = Rule(
    PermissionMissing,
    "The app has Standard Access only: Meta lets it speak with people who have a role on it, and with no others.",
    "Ask the operator of this service to get Advanced Access for this permission by Meta's App Review.",
)
BAD_TEMPLATE = Rule(
    Malformed, "The template and the values for it do not fit.", FIX_TEMPLATE, effect=Effect.TEMPLATES
)
NO_GROUPS = Rule(Refused, "This service does not write to groups.", "Write to the customer alone.")
NO_CALLS = Rule(Refused, "This service makes no calls.", "Write to the customer instead.")
OPTED_OUT = Rule(ContactUnreachable, "The customer has stopped messages of this kind from you.")
