"""What WhatsApp says in a status when a message that it had accepted did not arrive."""

from typing import Any

Json = dict[str, Any]

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
RE_ENGAGEMENT = (
    "Message failed to send because more than 24 hours have passed since the customer last replied to this "
    "number."
)
# Code -> title, and what is told in detail.
FAILURES: dict[int, tuple[str, str]] = {
    130472: (
        "User's number is part of an experiment",
        "The message was not sent: the user is in an experiment.",
    ),
    131000: ("Something went wrong", "Message failed to send because of an unknown error."),
    131026: ("Message undeliverable", "Message Undeliverable."),
    131042: ("Business eligibility payment issue", "There were problems with the payment method."),
    131047: (
        "Re-engagement message",
        RE_ENGAGEMENT,
    ),
    131048: ("Spam rate limit hit", "Too many messages from this number were blocked or flagged as spam."),
    131049: ("Message held back", "The message was not delivered to keep the ecosystem healthy."),
    131050: ("User stopped marketing", "The user has stopped marketing messages of this business."),
    131051: ("Unsupported message type", "Message type is not currently supported."),
    131052: ("Media download error", "Failed to download the media."),
    131053: ("Media upload error", "Media upload error."),
    131056: ("Pair rate limit hit", "Too many messages to this user in a short time."),
    132015: ("Template is paused", "Template is paused due to low quality."),
    132016: ("Template is disabled", "Template is disabled due to low quality."),
}


def failure(code: int, details: str = "") -> Json:
    """The error of a failed status."""
    title, usual = FAILURES.get(code, ("Message failed to send", "Message failed to send."))
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or usual},
        "href": HREF,
    }
