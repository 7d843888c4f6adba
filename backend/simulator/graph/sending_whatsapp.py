"""Messages of a number to people on WhatsApp."""

from typing import Any

from backend.simulator import ids
from backend.simulator.emit import emit_status
from backend.simulator.failures import failure
from backend.simulator.graph.access import need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.contents_whatsapp import READERS, Content
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter
from backend.simulator.graph.sending import keep_signal, set_reaction
from backend.simulator.records import Customer, Message, PhoneNumber, Token
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

DAY = 86_400
MOST_OPAQUE = 512
SERVICE = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}


async def send(call: Call, token: Token, number: PhoneNumber) -> Json:
    """Send a message, or mark one as read."""
    need_scope(token, "whatsapp_business_messaging", code=10)
    if call.text("messaging_product") != "whatsapp":
        raise bad_parameter("Param messaging_product must be one of {WHATSAPP}")
    if call.text("status"):
        return mark_read(call, number)
    if number.status in ("DISCONNECTED", "PENDING", "UNVERIFIED"):
        details = "The phone number is not registered on the WhatsApp Business platform."
        raise GraphError("(#133010) Account not registered", 133010, details=details)
    customer = find_recipient(call, number)
    content = read_content(call, number)
    if call.text("recipient_type", "individual") not in ("individual", "group"):
        raise bad_parameter("Param recipient_type must be one of {INDIVIDUAL, GROUP}")
    message = keep(call, customer, content)
    if content.kind in ("reaction", "unreact"):
        target = call.sim.world.messages[content.target]
        set_reaction(call.sim, target, content.text)
    settle(call.sim, number, customer, message)
    person = {
        "input": call.text("to") or call.text("recipient"),
        "wa_id": customer.number,
        "user_id": customer.user_id,
    }
    accepted = {"message_status": "accepted"} if content.kind == "template" else {}
    return {
        "messaging_product": "whatsapp",
        "contacts": [person],
        "messages": [{"id": message.id, **accepted}],
    }


def find_recipient(call: Call, number: PhoneNumber) -> Customer:
    """The person with this phone number or business-scoped id; raises when nobody on WhatsApp has it."""
    wanted = call.text("to") or call.text("recipient")
    if not wanted:
        raise missing_parameter("to")
    digits = "".join(filter(str.isdigit, wanted)) if call.text("to") else wanted
    world = call.sim.world
    known = world.customer(number.id, digits) or world.customer(number.id, wanted)
    if known is not None and {digits, wanted} & {known.number, known.user_id}:
        return known
    if known is not None:  # A number or an id that was theirs.
        raise GraphError("(#131026) Message Undeliverable", 131026, details="Message Undeliverable.")
    if digits == number.digits:
        raise GraphError(
            "(#131021) Recipient cannot be sender", 131021, details="Sender and recipient are the same."
        )
    elsewhere = next(iter(world.people.get(digits, ())), None)
    if elsewhere is None or elsewhere.platform != "WHATSAPP":
        raise GraphError("(#131026) Message Undeliverable", 131026, details="Message Undeliverable.")
    # On WhatsApp, but never in touch with this number.
    return world.add_customer(
        Customer(**{**vars(elsewhere), "account_id": number.id, "wrote_at": 0, "seen_at": 0})
    )


def read_content(call: Call, number: PhoneNumber) -> Content:
    kind = call.text("type", "text")
    reader = READERS.get(kind)
    if reader is None:
        raise bad_parameter(f'Param type must be one of {{{", ".join(READERS)}}} - got "{kind}".')
    body = call.json(kind)
    if body is None:
        raise GraphError(
            "(#131008) Required parameter is missing", 131008, details=f"Parameter '{kind}' is missing."
        )
    if len(call.text("biz_opaque_callback_data")) > MOST_OPAQUE:
        raise bad_parameter(f"Param biz_opaque_callback_data must be at most {MOST_OPAQUE} characters long")
    return reader(call, number, body)


def keep(call: Call, customer: Customer, content: Content) -> Message:
    sim = call.sim
    opaque = call.text("biz_opaque_callback_data")
    window_is_open = sim.clock.now() - customer.wrote_at <= DAY
    # What WhatsApp cannot deliver it accepts all the same, and lets it fail later.
    if not window_is_open and content.kind != "template":
        content.detail["failure"] = {"code": 131047, "details": ""}
    elif customer.stopped_marketing and content.detail.get("category") == "MARKETING":
        content.detail["failure"] = {"code": 131050, "details": ""}
    status = "failed" if "failure" in content.detail else "delivered"
    message = Message(
        id=ids.wamid(),
        platform=customer.platform,
        account_id=customer.account_id,
        customer_id=customer.id,
        inbound=False,
        kind=content.kind,
        at=sim.clock.now_ms(),
        text=content.text,
        status=status,
        target=content.target or str(call.object("context").get("message_id") or ""),
        detail={**content.detail, **({"biz_opaque_callback_data": opaque} if opaque else {})},
    )
    return sim.world.add_message(message)


def settle(sim: Simulation, number: PhoneNumber, customer: Customer, message: Message) -> None:
    """Report what becomes of the message."""
    if message.status == "failed":
        errors = [failure(**message.detail["failure"])]
        emit_status(sim, number, customer, message, "failed", errors=errors)
        return
    category = str(message.detail.get("category") or "").lower()
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}
    for status in ("sent", "delivered"):
        emit_status(sim, number, customer, message, status, pricing=pricing if category else SERVICE)


def mark_read(call: Call, number: PhoneNumber) -> Json:
    """Show the person that the message was read, and on demand that an answer is being written."""
    if call.text("status") != "read":
        raise bad_parameter("Param status must be one of {READ}")
    message = call.sim.world.messages.get(call.text("message_id"))
    if message is None or not message.inbound or message.account_id != number.id:
        raise GraphError("(#131009) Parameter value is not valid", 131009, details="Message id is not known.")
    customer = call.sim.world.customer(number.id, message.customer_id)
    assert customer is not None  # Whoever wrote is known.
    keep_signal(call.sim, customer, "read", target=message.id)
    typing = call.json("typing_indicator")
    if typing and typing != {"type": "text"}:
        raise bad_parameter("Param typing_indicator['type'] must be one of {TEXT}")
    if typing:
        keep_signal(call.sim, customer, "typing_on", target=message.id)
    return {"success": True}
