"""
What can go wrong on a platform:

* PlatformError
  - Refused               the platform said no, and would say no again
    · CredentialRejected  the integration must be reconnected
    · PermissionMissing   the grant or the app lacks a permission
    · WindowClosed        the contact must write first
    · ContactUnreachable  blocked us, deleted the account, or was never ours to write to
    · Malformed           we asked for something the platform does not accept
  - Unavailable           it could not answer now; nothing happened
    · RateLimited         ... because we are too fast for it
      PersonRateLimited   ... with messages to this one person
  - NotSentInTime         it waited too long to go out; nothing was done
  - OutcomeUnknown        we never heard the answer; it may have happened
  - Incomprehensible      it answered, and the answer made no sense

An error says what a caller asks: its `code` (of the wire contract), whether the call may be repeated
(`retryable`), what to show (`message`), what to do about it (`resolution`), and what it means beyond the one call
(`effect`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a refusal means beyond the thing that was refused."""

    RECONNECT = "RECONNECT"  # The account works no more until somebody connects it again.
    ATTENTION = "ATTENTION"  # Something about the account itself has to be put right by a person.
    TEMPLATES = "TEMPLATES"  # The platform knows a template otherwise than we do.
    WINDOW = "WINDOW"  # The platform counts the reply window otherwise than we do.


@dataclass(frozen=True, slots=True)
class PlatformWords:
    """What the platform itself said; empty where it said nothing."""

    code: int | None = None
    subcode: int | None = None
    message: str = ""
    user_message: str = ""  # Localised by the platform and fit to show.
    details: str = ""  # WhatsApp says here what it means.
    trace_id: str = ""
    http_status: int | None = None


def with_words(message: str, words: PlatformWords) -> str:
    """Our sentence, and behind it what the platform itself said; ours alone where that adds nothing."""
    own = words.user_message or words.details or words.message
    return f"{message} Meta says: {own}" if own and own not in message else message


class PlatformError(Exception):
    """The platform did not do what we asked."""

    code = "platform_error"
    retryable = False
    default_resolution: str | None = None
    last_resolution: str | None = None  # In place of it, where nobody tries it again.
    effect: Effect | None = None

    def __init__(
        self, message: str = "", *, resolution: str | None = None, words: PlatformWords | None = None
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.resolution = resolution or self.default_resolution
        self.words = words or PlatformWords()
        super().__init__(self.message)

    @property
    def told(self) -> str:
        """What happened, with the platform's own words where it spoke."""
        return with_words(self.message, self.words)

    @property
    def resolution_at_last(self) -> str | None:
        """What to do where nobody tries it again."""
        is_own = self.resolution != self.default_resolution
        return self.resolution if is_own else self.last_resolution or self.resolution


class Refused(PlatformError):
    """The platform refused the request."""

    code = "platform_refused"
    default_resolution = "Read the platform's message; change what it names, then try again."


class CredentialRejected(Refused):
    """The platform no longer accepts the token of this integration."""

    code = "reconnect_required"
    effect = Effect.RECONNECT
    default_resolution = "Connect the account again in the settings; conversations are kept."


class PermissionMissing(Refused):
    """The platform says that a permission is missing."""

    code = "permission_missing"
    effect = Effect.ATTENTION
    default_resolution = "Connect the account again and allow every permission that is asked for."


class WindowClosed(Refused):
    """The time in which the platform allows an answer is over."""

    code = "window_closed"
    effect = Effect.WINDOW
    default_resolution = "Wait until the customer writes again."


class ContactUnreachable(Refused):
    """This person cannot be reached on the platform."""

    code = "contact_unreachable"
    default_resolution = "The customer has to write first, or to allow messages from your business."


class Malformed(Refused):
    """The platform did not accept the request as we wrote it."""

    code = "platform_refused"
    default_resolution = (
        "Change what the platform names; if it is right as it is, give support the id of the message."
    )


class Unavailable(PlatformError):
    """The platform could not answer; nothing was done."""

    code = "platform_unavailable"
    retryable = True
    default_resolution = "Nothing is lost: it is tried again by itself."
    last_resolution = "It is not tried again by itself: send it again if it still matters."

    def __init__(
        self,
        message: str = "",
        *,
        resolution: str | None = None,
        words: PlatformWords | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, resolution=resolution, words=words)
        self.retry_after = retry_after  # Seconds; None where the platform did not say.


class RateLimited(Unavailable):
    """The platform asks us to slow down."""

    code = "rate_limited_by_platform"
    default_resolution = "Sending is slowed by the platform; it goes on by itself."
    last_resolution = "It is not tried again by itself: wait some minutes, then send it again."


class PersonRateLimited(RateLimited):
    """The platform takes no more messages to this person just now."""


class NotSentInTime(PlatformError):
    """The message could not be sent in time."""

    code = "not_sent_in_time"
    default_resolution = (
        "Look at the state of the account in the settings; then send it again if it still matters."
    )


class OutcomeUnknown(PlatformError):
    """The platform may or may not have done it; never repeat it blindly."""

    code = "outcome_unknown"
    default_resolution = "Look at the conversation on the customer's side before you send it again."


class Incomprehensible(PlatformError):
    """The platform's answer made no sense."""

    code = "platform_error"
    default_resolution = "Try again later; if it stays, report it to support."
