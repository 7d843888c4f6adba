"""Ids with the shapes of Meta's own; always strings, because some exceed what JavaScript counts exactly."""

import base64
import hashlib
import secrets
import string

from backend.simulator.keys import digits

LETTERS = string.ascii_letters + string.digits


def page_id() -> str:
    return digits(15)


def user_id() -> str:
    return digits(17)


def instagram_id() -> str:
    return "17841" + digits(12)


def business_account_id() -> str:
    return digits(15)


def phone_number_id() -> str:
    return digits(15)


def psid() -> str:
    return digits(16)


def igsid() -> str:
    return digits(15)


def bsuid() -> str:
    return "US." + digits(20)


def media_id() -> str:
    return digits(16)


def trace_id() -> str:
    return "A" + secrets.token_urlsafe(16)


def access_token() -> str:
    return "EAA" + letters(170)


def instagram_token() -> str:
    return "IGAA" + letters(160)


def template_id() -> str:
    return digits(15)


def conversation_id(platform: str, key: str) -> str:
    """The id of a conversation, always the same for the same account and person."""
    mark = hashlib.sha256(key.encode()).hexdigest()
    return f"aWdfZAG06{mark}" if platform == "INSTAGRAM" else f"t_{int(mark[:13], 16)}"


def code() -> str:
    return "AQ" + secrets.token_urlsafe(150)


def messenger_mid() -> str:
    return "m_" + secrets.token_urlsafe(66)


def instagram_mid() -> str:
    return "aWdfZAG1faXRlbTox" + letters(150) + "ZD"


def wamid() -> str:
    return "wamid." + base64.b64encode(b"\x1d\x07\x0f" + secrets.token_bytes(39)).decode()


MESSAGE_IDS = {"MESSENGER": messenger_mid, "INSTAGRAM": instagram_mid, "WHATSAPP": wamid}


def message_id(platform: str) -> str:
    """An id for a message of that platform."""
    return MESSAGE_IDS[platform]()


def letters(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))
