"""What customers change about themselves, and what the business writes about them: ids, names, profiles."""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from backend.simulator import ids
from backend.simulator.emit import emit_number
from backend.simulator.graph.withheld import REFUSALS
from backend.simulator.records import WHATSAPP, Customer, PhoneNumber
from backend.simulator.refused import Refused
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

HOW_TOLD = ("number", "userId", "userIdUpdate", "none")


def customer_of(sim: Simulation, params: Json) -> Customer:
    key, account_id = str(params.get("customerId") or ""), str(params.get("accountId") or "")
    known = [one for one in sim.world.people.get(key, []) if account_id in ("", one.account_id)]
    if not known:
        raise Refused("customerId is the id of a customer; GET /sim/world lists them")
    if len(known) > 1:
        raise Refused("several accounts know this customer; give accountId too")
    return known[0]


def on_whatsapp(sim: Simulation, params: Json) -> tuple[Customer, PhoneNumber]:
    customer = customer_of(sim, params)
    if customer.platform != WHATSAPP:
        raise Refused("only people on WhatsApp have numbers and user ids")
    return customer, sim.world.numbers[customer.account_id]


async def change_number(sim: Simulation, params: Json) -> Json:
    """The person has another number from now on, and with it another user id; how the app is told of it."""
    customer, number = on_whatsapp(sim, params)
    told = str(params.get("told") or "number")
    if told not in HOW_TOLD:
        raise Refused(f"told is one of {', '.join(HOW_TOLD)}")
    fresh = "".join(filter(str.isdigit, str(params.get("number") or ""))) or other_number(customer)
    if others := [one for one in sim.world.people.get(fresh, []) if one is not customer]:
        raise Refused(f"{fresh} is the number of {others[0].name}")
    former = (customer.number, customer.user_id)
    customer.phone, customer.user_id = fresh, ids.bsuid()
    sim.world.rename_customer(customer)
    delivered = TELLERS[told](sim, number, customer, former)
    return {"number": fresh, "userId": customer.user_id, "delivered": delivered}


def other_number(customer: Customer) -> str:
    """Another number of the same length and country."""
    return customer.number[:-6] + str(secrets.randbelow(900_000) + 100_000)


def tell_number(sim: Simulation, number: PhoneNumber, customer: Customer, former: tuple[str, str]) -> bool:
    body = f"User {customer.name} changed from {former[0]} to {customer.number}"
    content = {"type": "user_changed_number", "body": body, "wa_id": customer.number}
    return say(sim, number, customer, {"from": former[0], "from_user_id": former[1]}, content)


def tell_user_id(sim: Simulation, number: PhoneNumber, customer: Customer, former: tuple[str, str]) -> bool:
    body = f"User {customer.name} changed from {former[1]} to {customer.user_id}"
    content = {"type": "user_changed_user_id", "body": body, "user_id": customer.user_id}
    return say(sim, number, customer, {"from_user_id": former[1]}, content)


def tell_update(sim: Simulation, number: PhoneNumber, customer: Customer, former: tuple[str, str]) -> bool:
    item = {
        "user_id": {"previous": former[1], "current": customer.user_id},
        "detail": "The user id of this person changed.",
        "timestamp": str(int(sim.clock.now())),
    }
    return emit_number(sim, number, "user_id_update", {"user_id_update": [item]}, lane=customer.id)


def tell_nothing(sim: Simulation, number: PhoneNumber, customer: Customer, former: tuple[str, str]) -> bool:
    return False


TELLERS = {"number": tell_number, "userId": tell_user_id, "userIdUpdate": tell_update, "none": tell_nothing}


def say(sim: Simulation, number: PhoneNumber, customer: Customer, sender: Json, content: Json) -> bool:
    """A system message: it has no contacts beside it."""
    stamp = {"id": ids.wamid(), "timestamp": str(int(sim.clock.now()))}
    item = {**sender, **stamp, "type": "system", "system": content}
    return emit_number(sim, number, "messages", {"messages": [item]}, lane=customer.id)


async def set_number_shown(sim: Simulation, params: Json, *, shown: bool) -> Json:
    """The person takes a username in place of the number, or shows the number again."""
    customer, _ = on_whatsapp(sim, params)
    customer.hides_phone = not shown
    customer.username = str(
        params.get("username") or customer.username or customer.name.lower().replace(" ", ".")
    )
    sim.world.customers.put(customer)
    return {"username": customer.username}


async def rename(sim: Simulation, params: Json) -> Json:
    """The person is called otherwise; nobody is told."""
    customer = customer_of(sim, params)
    customer.name = str(params.get("name") or customer.name)
    customer.username = str(params.get("username") or customer.username)
    sim.world.customers.put(customer)
    return {}


async def hide_profile(sim: Simulation, params: Json) -> Json:
    """Meta shows this person to nobody from now on, for this reason."""
    customer, reason = customer_of(sim, params), str(params.get("reason") or "consent")
    if reason not in REFUSALS:
        raise Refused(f"reason is one of {', '.join(REFUSALS)}")
    customer.withheld = reason
    sim.world.customers.put(customer)
    return {}


async def show_profile(sim: Simulation, params: Json) -> Json:
    """Meta shows the person again."""
    customer = customer_of(sim, params)
    customer.withheld = ""
    sim.world.customers.put(customer)
    return {}


async def write_in_book(sim: Simulation, params: Json, *, action: str) -> Json:
    """Somebody of the business writes the person into the phone's address book, or takes them out."""
    customer, number = on_whatsapp(sim, params)
    name = str(params.get("name") or customer.name)
    names = {"full_name": name, "first_name": name.split(maxsplit=1)[0]} if action == "add" else {}
    stamp = {"timestamp": str(int(sim.clock.now()))}
    row = {
        "type": "contact",
        "contact": {**names, "phone_number": customer.number},
        "action": action,
        "metadata": stamp,
    }
    return {"delivered": emit_number(sim, number, "smb_app_state_sync", {"state_sync": [row]})}


WHO = "customerId"
Doing = Callable[[Simulation, Json], Awaitable[Json]]
CUSTOMER_CHANGES: dict[str, tuple[Doing, tuple[str, ...]]] = {
    "changeNumber": (change_number, (WHO, "number", "told")),
    "hideNumber": (partial(set_number_shown, shown=False), (WHO, "username")),
    "showNumber": (partial(set_number_shown, shown=True), (WHO,)),
    "rename": (rename, (WHO, "name", "username")),
    "hideProfile": (hide_profile, (WHO, "reason")),
    "showProfile": (show_profile, (WHO,)),
    "writeInBook": (partial(write_in_book, action="add"), (WHO, "name")),
    "takeOutOfBook": (partial(write_in_book, action="remove"), (WHO,)),
}
