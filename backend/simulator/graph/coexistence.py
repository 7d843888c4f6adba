"""Numbers that stay in the WhatsApp Business app: what the phone hands over, once."""

from typing import Any

from backend.simulator.emit import emit_number
from backend.simulator.graph.access import need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter
from backend.simulator.graph.whatsapp import MANAGE
from backend.simulator.ids import trace_id
from backend.simulator.phone_history import send_parts
from backend.simulator.records import Customer, PhoneNumber, Token
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

ASKED_WITHIN = 86_400
DECLINED = {
    "code": 2593109,
    "title": "History sync is turned off by the business from the WhatsApp Business App",
    "message": "History sync is turned off by the business from the WhatsApp Business App",
    "error_data": {"details": "History sharing is turned off by the business."},
}


async def ask_for_data(call: Call, token: Token, number: PhoneNumber) -> Json:
    """Ask the phone for its contacts or its history; what it has comes by webhook."""
    need_scope(token, MANAGE)
    kind, sim = call.text("sync_type"), call.sim
    if kind not in SENDERS:
        raise bad_parameter(f"Param sync_type must be one of {{{', '.join(SENDERS)}}}")
    if not number.on_phone:
        raise bad_parameter("The phone number is not used in the WhatsApp Business app")
    if kind in number.synced:
        raise GraphError("(#2593107) The data was asked for before; that is possible once", 2593107)
    if sim.clock.now() - number.onboarded_at > ASKED_WITHIN:
        raise GraphError("(#2593108) The data can be asked for within 24 hours of onboarding", 2593108)
    number.synced = [*number.synced, kind]
    sim.world.numbers.put(number)
    SENDERS[kind](sim, number)
    return {"messaging_product": "whatsapp", "request_id": trace_id()}


def send_contacts(sim: Simulation, number: PhoneNumber) -> None:
    rows = [contact_row(sim, one) for one in sim.world.customers_of[number.id]]
    emit_number(sim, number, "smb_app_state_sync", {"state_sync": rows})


def contact_row(sim: Simulation, customer: Customer) -> Json:
    first = customer.name.split()[0]
    contact = {"full_name": customer.name, "first_name": first, "phone_number": customer.id}
    stamp = {"timestamp": str(int(sim.clock.now()))}
    return {"type": "contact", "contact": contact, "action": "add", "metadata": stamp}


def send_history(sim: Simulation, number: PhoneNumber) -> None:
    """What was said so far, in parts; a business may keep it to itself."""
    if not number.shares_history:
        emit_number(sim, number, "history", {"history": [{"errors": [DECLINED]}]})
        return
    send_parts(sim, number)


SENDERS = {"smb_app_state_sync": send_contacts, "history": send_history}
