"""Templates for one-time passwords: their words are WhatsApp's own."""

from typing import Any

Json = dict[str, Any]

TEXT = "*{{1}}* is your verification code."
WARNING = " For your security, do not share this code."
BUTTON = "Copy code"


def in_own_words(part: Json) -> Json:
    """The part as WhatsApp lists it, whatever was handed in."""
    if part["type"] == "BODY":
        return {**part, "text": TEXT + (WARNING if part.get("add_security_recommendation") else "")}
    if part["type"] == "FOOTER":
        return {**part, "text": f"This code expires in {part.get('code_expiration_minutes')} minutes."}
    if part["type"] == "BUTTONS":
        buttons = [{**one, "text": one.get("text") or BUTTON} for one in part.get("buttons") or []]
        return {**part, "buttons": buttons}
    return part
