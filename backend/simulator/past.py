"""Conversations from before the app came: said, and told to nobody."""

from typing import Any

from backend.simulator import ids
from backend.simulator.inbound import account_of, customer_of, platform_of
from backend.simulator.records import Message
from backend.simulator.refused import Refused
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

MOST = 5_000
APART = 60  # Seconds between two messages.
QUESTIONS = ("Do you have this in blue?", "Until when are you open?", "Thank you!", "Can I pay by card?")
ANSWERS = ("Yes, we do.", "Until six.", "You are welcome.", "Of course.")


async def make_past(sim: Simulation, params: Json) -> Json:
    """Let a customer and the account have talked; the newest message is so many seconds old."""
    platform = platform_of(params)
    account = account_of(sim, platform, params)
    customer = customer_of(sim, platform, account, params)
    count, ended = (whole(params, "count", 30), whole(params, "endedSecondsAgo", 3_600))
    if not 0 < count <= MOST:
        raise Refused(f"count is a number from 1 to {MOST}")
    last = sim.clock.now_ms() - ended * 1000
    made = [
        sim.world.add_message(
            Message(
                id=ids.message_id(platform),
                platform=platform,
                account_id=account.id,
                customer_id=customer.id,
                inbound=number % 2 == 0,
                kind="text",
                at=last - (count - 1 - number) * APART * 1000,
                text=(ANSWERS if number % 2 else QUESTIONS)[number // 2 % len(QUESTIONS)],
                status="read" if number % 2 else "",
            )
        )
        for number in range(count)
    ]
    sim.world.sort_thread(customer)
    customer.wrote_at = max([customer.wrote_at, *(one.at / 1000 for one in made if one.inbound)])
    sim.world.customers.put(customer)
    return {"ids": [one.id for one in made], "accountId": account.id, "from": customer.id}


def whole(params: Json, name: str, default: int) -> int:
    value = params.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(f"{name} is a whole number")
    return value
