from backend.simulator import ids
from backend.simulator.emit import Shape, contact_of, emit_messaging, emit_number, emit_status
from backend.simulator.failures import failure
from backend.simulator.kinds.act import BUSINESS, Act, BadAct, Json, Kind, Kinds, Written
from backend.simulator.kinds.attachments import INSTAGRAM_ATTACHMENTS, MESSENGER_ATTACHMENTS
from backend.simulator.kinds.echoes import INSTAGRAM_ECHOES, MESSENGER_ECHOES
from backend.simulator.kinds.page import INSTAGRAM_KINDS, MESSENGER_KINDS
from backend.simulator.kinds.page_events import INSTAGRAM_EVENTS, MESSENGER_EVENTS
from backend.simulator.kinds.shapes import shape_for
from backend.simulator.kinds.whatsapp import WHATSAPP_MESSAGES
from backend.simulator.kinds.whatsapp_choices import CHOICES
from backend.simulator.kinds.whatsapp_echoes import WHATSAPP_ECHOES
from backend.simulator.kinds.whatsapp_events import WHATSAPP_EVENTS
from backend.simulator.records import INSTAGRAM, MESSENGER, WHATSAPP, Customer, Message, PhoneNumber
from backend.simulator.simulation import Simulation
from backend.simulator.world import Account

KINDS: dict[str, Kinds] = {
    MESSENGER: {**MESSENGER_KINDS, **MESSENGER_ATTACHMENTS, **MESSENGER_ECHOES, **MESSENGER_EVENTS},
    INSTAGRAM: {**INSTAGRAM_KINDS, **INSTAGRAM_ATTACHMENTS, **INSTAGRAM_ECHOES, **INSTAGRAM_EVENTS},
    WHATSAPP: {**WHATSAPP_MESSAGES, **CHOICES, **WHATSAPP_ECHOES, **WHATSAPP_EVENTS},
}

# Receipts by rank: a message that was read is not merely delivered again.
RANKS = ("", "accepted", "sent", "delivered", "read", "played", "failed")
RECEIPTS = frozenset({"sent", "delivered", "read", "played", "failed"})


def perform(
    sim: Simulation, account: Account, customer: Customer, kind: str, params: Json
) -> tuple[str, bool]:
    """The customer does it: the id of the event, and whether the app is told. Raises BadAct."""
    known = kind_of(customer.platform, kind)
    params = {**params, "businessPhone": account.digits} if isinstance(account, PhoneNumber) else {**params}
    act = Act(
        sim=sim,
        customer=customer,
        kind=kind,
        params=params,
        id=ids.message_id(customer.platform),
        at=sim.clock.now_ms(),
    )
    written = known.write(act)
    shape = shape_for(customer.platform, act.params, written.field)
    if isinstance(account, PhoneNumber) and kind in RECEIPTS:
        return written.target, tell_receipts(act, account, written)
    if known.shown:
        keep(act, written)
    if known.opens_window:
        customer.wrote_at = sim.clock.now()
        sim.world.customers.put(customer)
    told = tell(act, account, written, shape)
    # A change to a message has no id of its own on Messenger and Instagram.
    has_own_id = not written.target or customer.platform == WHATSAPP
    return (act.id if has_own_id else written.target), told


def kind_of(platform: str, kind: str) -> Kind:
    kinds = KINDS[platform]
    if kind not in kinds:
        raise BadAct(f"{platform} has no kind {kind!r}; it has {', '.join(kinds)}")
    return kinds[kind]


def tell(act: Act, account: Account, written: Written, shape: Shape) -> bool:
    """Send the event on its way; False when the app is not subscribed to it."""
    customer = act.customer
    if not isinstance(account, PhoneNumber):
        by_business = written.by == BUSINESS
        return emit_messaging(
            act.sim, account, customer, written.field, written.item, echo=by_business, shape=shape
        )
    phone = not (act.is_set("hidePhone") or customer.hides_phone)
    item = written.item
    if written.place == "messages":
        sender = {"from": customer.number} if phone else {}
        item = {**sender, "from_user_id": customer.user_id, **item}
    people = {"contacts": [contact_of(customer, phone=phone)]} if written.with_contacts else {}
    part = {**people, written.place: [item]}
    return emit_number(act.sim, account, written.field, part, lane=customer.id, shape=shape)


def tell_receipts(act: Act, number: PhoneNumber, written: Written) -> bool:
    """WhatsApp sends a receipt for every single message: for the one named, else for all that were due."""
    named = bool(act.params.get("messageId")) or act.kind == "failed"
    if named:
        message = act.sim.world.messages.get(written.target) or stranger(act, written.target)
        received = [message]
        raise_status(act, message)
    else:
        received = mark_received(act, written.target) or [act.sim.world.messages[written.target]]
    more: Json = {}
    if act.kind == "failed":
        more = {"errors": [failure(int(act.number("code", 131026)), act.said("details"))]}
    told = [emit_status(act.sim, number, act.customer, message, act.kind, **more) for message in received]
    return all(told)


def raise_status(act: Act, message: Message) -> None:
    if message.id in act.sim.world.messages.records and RANKS.index(message.status) < RANKS.index(act.kind):
        message.status = act.kind
        act.sim.world.messages.put(message)


def stranger(act: Act, message_id: str) -> Message:
    """A message that the world does not know, for a receipt about it."""
    customer = act.customer
    return Message(
        id=message_id,
        platform=customer.platform,
        account_id=customer.account_id,
        customer_id=customer.id,
        inbound=False,
        kind="text",
        at=act.at,
    )


def keep(act: Act, written: Written) -> None:
    """Write down what the conversation looks like now."""
    world, customer = act.sim.world, act.customer
    if act.kind in RECEIPTS:
        mark_received(act, written.target)
    elif written.target:
        change_target(act, written)
    else:
        by_business = written.by == BUSINESS
        world.add_message(
            Message(
                id=act.id,
                platform=customer.platform,
                account_id=customer.account_id,
                customer_id=customer.id,
                inbound=not by_business,
                kind=written.detail.get("medium", "text") if by_business else act.kind,
                at=act.at,
                text=written.text,
                status="delivered" if by_business else "",
                target=act.said("replyTo"),
                detail=written.detail,
            )
        )


def mark_received(act: Act, target: str) -> list[Message]:
    """Mark the target and what was sent before it as received; those that changed, oldest first."""
    world = act.sim.world
    until = seen.at if (seen := world.messages.get(target)) else 0
    changed: list[Message] = []
    for message in reversed(world.thread(act.customer)):
        if message.inbound or message.is_signal or message.at > until or message.status == "failed":
            continue
        if RANKS.index(message.status) >= RANKS.index(act.kind):
            break  # Everything older was received before.
        message.status = act.kind
        world.messages.put(message)
        changed.append(message)
    return changed[::-1]


def change_target(act: Act, written: Written) -> None:
    """Change the message that the act is about, where the world knows it."""
    message = act.sim.world.messages.get(written.target)
    if message is None:
        return
    who = "business" if written.by == BUSINESS else "customer"
    if act.kind in ("edit", "native_edit"):
        message.text = written.text
        message.detail = {**message.detail, "edits": int(message.detail.get("edits", 0)) + 1}
    elif act.kind in ("unsend", "native_unsend"):
        message.text, message.detail = "", {"deleted": True}
    elif act.kind in ("reaction", "native_reaction") and written.text:
        message.reactions[who] = written.text
    else:
        message.reactions.pop(who, None)
    act.sim.world.messages.put(message)
