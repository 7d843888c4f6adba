"""What the page of the customer's phone shows."""

from typing import Any

from backend.simulator.clock import iso
from backend.simulator.records import INSTAGRAM, MESSENGER, WHATSAPP, Customer, Message
from backend.simulator.simulation import Simulation
from backend.simulator.views import customer as describe_customer
from backend.simulator.world import Account

Json = dict[str, Any]

SHOWN = 300  # The newest things of a conversation.
TYPING_LASTS = {MESSENGER: 20_000, INSTAGRAM: 20_000, WHATSAPP: 25_000}  # Milliseconds.


def show_phone(sim: Simulation, account_id: str, customer_id: str) -> Json:
    """What the phone page shows: the accounts, their customers, and one conversation."""
    held = sim.world
    person = held.customer(account_id, customer_id)
    thread = held.thread(person) if person else []
    return {
        "accounts": accounts(sim),
        "customers": [person_of(sim, one) for one in held.customers_of.get(account_id, ())],
        "messages": [
            bubble(one, person) for one in thread[-SHOWN:] if not one.is_signal and one.status != "failed"
        ]
        if person
        else [],
        "typing": is_typing(sim, thread),
        "now": iso(sim.clock.now()),
    }


def person_of(sim: Simulation, customer: Customer) -> Json:
    """A customer with the last words, and how many messages of the business are not read yet."""
    said = [one for one in sim.world.thread(customer) if not one.is_signal and one.status != "failed"]
    waiting = [one for one in said if not one.inbound and one.status not in ("read", "played")]
    last = said[-1] if said else None
    words = (last.text or last.kind.replace("_", " ")) if last else ""
    shown = f"{'You: ' if last and last.inbound else ''}{words[:80]}" if last else None
    return {**describe_customer(customer), "last": shown, "unread": len(waiting)}


def accounts(sim: Simulation) -> list[Json]:
    """Every account with its owner; those that are connected come first."""
    held = sim.world
    found: list[tuple[str, Account, str, str]] = [
        *((MESSENGER, page, held.users[page.user_id].name, page.name) for page in held.pages),
        *(
            (INSTAGRAM, one, held.users[one.user_id].name, f"{one.name} (@{one.username})")
            for one in held.instagrams
        ),
        *((WHATSAPP, one, owner_name(sim, one.id), f"{one.name} ({one.display})") for one in held.numbers),
    ]
    rows = [
        {
            "platform": platform,
            "id": one.id,
            "name": name,
            "owner": owner,
            "connected": held.is_subscribed(one),
        }
        for platform, one, owner, name in found
    ]
    return sorted(rows, key=lambda row: not row["connected"])


def owner_name(sim: Simulation, account_id: str) -> str:
    owner = sim.world.owner_of(account_id)
    return owner.name if owner else ""


def bubble(message: Message, person: Customer) -> Json:
    """One message of the conversation with its ticks."""
    seen = "read" if message.at <= person.seen_at else "delivered"
    return {
        "id": message.id,
        "inbound": message.inbound,
        "kind": message.kind,
        "text": message.text,
        "at": iso(message.at / 1000),
        "status": seen if message.inbound else message.status,
        "replyTo": message.target or None,
        "reactions": list(message.reactions.values()),
        "reacted": message.reactions,
        "detail": message.detail,
    }


def is_typing(sim: Simulation, thread: list[Message]) -> bool:
    """Whether the business is seen writing: it said so, and neither wrote nor took it back since."""
    for message in reversed(thread):
        if message.kind in ("read", "reaction", "unreact") or message.inbound:
            continue
        lasts = TYPING_LASTS[message.platform]
        return message.kind == "typing_on" and sim.clock.now_ms() - message.at < lasts
    return False
