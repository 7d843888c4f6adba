"""Signed deliveries of WhatsApp, as Meta writes them and as every reference can read them."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # Of no app.
PHONE_ID = "106540352242922"
BUSINESS_ACCOUNT_ID = "102290129340398"
EVENING = 1_772_479_800  # Seconds; some evening of 2026.
STATUSES = ("sent", "delivered", "read")
WINDOW = 400  # Within so many deliveries the order is a matter of chance, as it is with Meta.
WORDS = "Does it come in another colour, and when would it be here? My daughter's birthday is on Friday."


CUSTOMERS = 20_000
CONVERSATIONS = 10_000  # The customers whom the business has written to before.
WATCHED = "16509999999"  # One more customer, for what is watched until it can be read.
REPEATED = 0.01  # The platform delivers some of them twice.


def customer(number: int) -> str:
    """The number of a customer."""
    return f"1650{number % CUSTOMERS:07d}"


def user_id_of(name: str) -> str:
    """The user id of the customer with this number."""
    return f"US.{name}9921"


def sent_id(number: int) -> str:
    """The id of message `number` of ours."""
    return f"wamid.out{number:012d}"


def message(number: int, *, sender: str = "", message_id: str = "") -> bytes:
    """A customer writes."""
    sender = sender or customer(number)
    value = {
        "contacts": [
            {"profile": {"name": f"Customer {sender}"}, "wa_id": sender, "user_id": user_id_of(sender)},
        ],
        "messages": [
            {
                "from": sender,
                "from_user_id": user_id_of(sender),
                "id": message_id or f"wamid.in{number:012d}",
                "timestamp": str(EVENING + number // 4000),
                "type": "text",
                "text": {"body": f"{WORDS} ({number})"},
            }
        ],
    }
    return _event(value)


def status(number: int, word: str) -> bytes:
    """What became of message `number` of ours."""
    recipient = customer(number % CONVERSATIONS)
    said = {
        "id": sent_id(number),
        "status": word,
        "timestamp": str(EVENING + number // 4000 + STATUSES.index(word)),
        "recipient_id": recipient,
        "recipient_user_id": user_id_of(recipient),
        "conversation": {"id": f"{number:032x}", "origin": {"type": "service"}},
        "pricing": {
            "billable": False,
            "pricing_model": "PMP",
            "category": "service",
            "type": "free_customer_service",
        },
    }
    return _event({"contacts": [{"wa_id": recipient, "user_id": user_id_of(recipient)}], "statuses": [said]})


def traffic(count: int, *, seed: int = 1) -> Iterator[bytes]:
    """One message to three statuses of a message of ours, shuffled in windows; a few of them come again."""
    order = random.Random(seed)  # Not for secrets.
    for start in range(0, count, WINDOW):
        window = [_nth(number) for number in range(start, min(start + WINDOW, count))]
        window += [body for body in window if order.random() < REPEATED]
        order.shuffle(window)
        yield from window


def sign(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def write_signed(path: Path, bodies: Iterable[bytes]) -> int:
    """A file with one delivery a line, signature and body; how many."""
    count = 0
    with path.open("wb") as file:
        for body in bodies:
            file.write(sign(body).encode() + b" " + body + b"\n")
            count += 1
    return count


def _nth(number: int) -> bytes:
    part = number % 4
    return message(number // 4) if part == 0 else status(number // 4, STATUSES[part - 1])


def _event(value: Mapping[str, object]) -> bytes:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": PHONE_ID}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    entry = [{"id": BUSINESS_ACCOUNT_ID, "changes": [change]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}, separators=(",", ":")).encode()
