"""What stands in the place of a message that a platform does not pass on, or that we do not know yet."""

from __future__ import annotations

from enum import StrEnum


class Placeholder(StrEnum):
    """Why `text` is ours, as `payload.placeholder`: what a person can do about it."""

    OPEN_APP = "open_app"  # It can be seen in the platform's own app.
    ASK = "ask"  # Nobody of the business can see it: ask the contact.
    NEW_KIND = "new_kind"  # It came whole, in a form that we do not know: look into `payload`.


def told(placeholder: Placeholder, platform: str, word: str = "") -> str:
    """The words that a person reads; `word` is the platform's own for the kind."""
    kind = f" ({word})" if word else ""
    return TEXTS[placeholder].format(platform=platform, kind=kind)


TEXTS = {
    Placeholder.OPEN_APP: "{platform} shows this message{kind} only in its own app. Open the conversation there.",
    Placeholder.ASK: "{platform} does not pass this message{kind} on. Ask the contact to send it in another form.",
    Placeholder.NEW_KIND: "A kind of message that we do not know yet{kind}. Look into its payload.",
}
