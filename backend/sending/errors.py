"""Why a reply is not accepted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from backend.lib.refusal import Refusal


class NotConnected(Refusal):
    code = "not_connected"
    message = "The account of this conversation is not connected."
    resolution = "Connect it in the settings, then send again."


class AccountReplaced(Refusal):
    code = "account_replaced"
    message = "This conversation belongs to an account that was replaced by another one."
    resolution = "It can be read, not answered. Wait until the customer writes to the new account."


class WindowClosed(Refusal):
    code = "window_closed"
    message = "The time in which the platform allows an answer is over."
    resolution = "Wait until the customer writes again."


class Unsupported(Refusal):
    code = "unsupported_by_platform"
    message = "The platform does not send this kind of message."


class HandledByHuman(Refusal):
    code = "handled_by_human"
    message = "A person answers in this conversation, so an AI may not."
    resolution = "Wait until a person hands the conversation back: PATCH it with the handler AI."


class NotReactable(Refusal):
    code = "conflict"
    message = "The platform does not know this message, so nobody can react to it."
    resolution = "Wait until it was sent; a message that failed or was taken back takes no reaction."


class DuplicateRequest(Refusal):
    code = "duplicate_request"
    message = "This Idempotency-Key was used before with another body."
    resolution = "Use a new key for a new message."


class NotRetryable(Refusal):
    code = "not_retryable"
    message = "Only a message that failed can be sent again."


class ConfirmationNeeded(Refusal):
    code = "outcome_unknown"
    message = "Nobody knows whether this message arrived; sending it again may show it twice."
    resolution = 'Look at the customer\'s side; to send it all the same, repeat with {"confirm": true}.'


class UnknownReplyTarget(Refusal):
    code = "validation_error"
    message = "The message to reply to is not of this conversation."
    resolution = "Reply to a message that this conversation lists and that the platform knows."


class NothingToSend(Refusal):
    code = "validation_error"
    message = "There is nothing to send: the text is empty."
    resolution = "Write something."


class Unfitting(Refusal):
    code = "validation_error"
    message = "The message is not as the platform takes it."
    resolution = "Correct what `fields` names and send the request again."

    @classmethod
    def of(cls, faults: Iterable[tuple[str, str]]) -> Self:
        """The refusal that names every fault at its field."""
        fields: dict[str, list[str]] = {}
        for path, text in faults:
            fields.setdefault(path, []).append(text)
        return cls(fields=fields)
