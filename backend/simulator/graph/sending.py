"""Messages of a Page to people on Messenger and Instagram."""

from typing import Any

from backend.simulator import ids
from backend.simulator.emit import emit_messaging
from backend.simulator.graph.access import messaging_scope, need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.contents import Content, read_content
from backend.simulator.graph.errors import GraphError, bad_parameter, missing_parameter, page_token_needed
from backend.simulator.records import INSTAGRAM, MESSENGER, Customer, InstagramAccount, Message, Page, Token
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

DAY = 86_400
TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY")
# Tag -> how long after the customer's last message it may be used.
TAGS = {"HUMAN_AGENT": 7 * DAY}
MESSAGING_PERMISSIONS = {MESSENGER: "pages_messaging", INSTAGRAM: "instagram_manage_messages"}
SIGNALS = {"typing_on": "typing_on", "typing_off": "typing_off", "mark_seen": "read"}
LINK_BROKEN = "The Page is not linked to an Instagram account, or the link cannot be verified."
ACCESS_OFF = (
    "(#200) The owner of the Instagram account has switched off the access of connected tools to messages"
)


async def send(call: Call, token: Token, sender: Page | InstagramAccount) -> Json:
    """Send a message or a signal to a person who wrote."""
    if token.kind not in ("PAGE", "INSTAGRAM"):
        raise page_token_needed()
    world = call.sim.world
    customer = find_recipient(call, token, sender)
    account = world.pages.get(customer.account_id) or world.instagrams[customer.account_id]
    need_scope(token, messaging_scope(token, customer.platform), code=10)
    check_account(call, token, account)
    check_tester(call.sim, customer)
    if call.text("sender_action"):
        return signal(call, customer)
    check_type(call, customer)
    content = read_content(call, customer.platform)
    check_window(call, customer)
    message = keep(call, customer, content)
    tell(call.sim, account, customer, message, content)
    answer = {"recipient_id": customer.id, "message_id": message.id}
    return {**answer, "attachment_id": content.attachment_id} if content.attachment_id else answer


def check_account(call: Call, token: Token, account: Page | InstagramAccount) -> None:
    """Raise Meta's refusal where the account's owner does not let the app write."""
    page = call.sim.world.page_of(account)
    if token.kind == "PAGE" and page is None:
        raise bad_parameter(LINK_BROKEN, 2534013)
    if token.kind == "PAGE" and page is not None and "MESSAGING" not in page.tasks:
        raise GraphError("(#200) The person needs the MESSAGING task on this Page", 200, status=403)
    if isinstance(account, InstagramAccount) and not account.allows_messages:
        raise GraphError(ACCESS_OFF, 200, 2534041, status=403)


def check_tester(sim: Simulation, customer: Customer) -> None:
    """An app that is not live may only write to people who have a role on it."""
    board = sim.world.dashboard
    if customer.id in board.testers:
        return
    check_advanced_access(sim, customer.platform)
    if board.development:
        text = "(#200) Cannot message users who are not admins, developers or testers of the app until "
        raise GraphError(f"{text}pages_messaging permission is reviewed and the app is live.", 200, 2018028)


def check_advanced_access(sim: Simulation, platform: str) -> None:
    """Raise Meta's refusal where the app's access to messages was not extended to everybody."""
    permission = MESSAGING_PERMISSIONS[platform]
    if permission in sim.world.dashboard.standard_access:
        text = f"(#200) App does not have Advanced Access to {permission} permission, and recipient user does not "
        raise GraphError(f"{text}have role on app.", 200, status=403)


def find_recipient(call: Call, token: Token, sender: Page | InstagramAccount) -> Customer:
    """The person meant by the recipient; raises what Meta says about people it does not know."""
    key = str(call.object("recipient").get("id") or "")
    if not key:
        raise missing_parameter("recipient")
    world = call.sim.world
    page = None if token.kind == "INSTAGRAM" else world.pages.get(token.page_id)
    places = (page.id, page.instagram_id) if page else (sender.id,)
    found = next((person for place in places if (person := world.customer(place, key))), None)
    if found is not None:
        return found
    is_elsewhere = any(person.platform == INSTAGRAM for person in world.people.get(key, ()))
    if isinstance(sender, InstagramAccount) or is_elsewhere:
        raise bad_parameter("The requested user cannot be found.", 2534014)
    raise bad_parameter("No matching user found", 2018001)


def check_type(call: Call, customer: Customer) -> None:
    kind, tag = call.text("messaging_type", "RESPONSE"), call.text("tag")
    if kind not in TYPES:
        raise bad_parameter(f"Param messaging_type must be one of {{{', '.join(TYPES)}}}")
    if kind == "MESSAGE_TAG" and not tag:
        raise missing_parameter("tag")
    if tag and tag not in TAGS:
        raise bad_parameter(f"Invalid parameter: the message tag {tag} is not available")


def check_window(call: Call, customer: Customer) -> None:
    """Raise Meta's refusal unless the person wrote recently enough."""
    allowed = TAGS.get(call.text("tag"), DAY)
    if call.sim.clock.now() - customer.wrote_at <= allowed:
        return
    subcode = 2534022 if customer.platform == INSTAGRAM else 2018278
    text = "(#10) This message is sent outside of allowed window. Learn more about the new policy here: "
    raise GraphError(
        text + "https://developers.facebook.com/docs/messenger-platform/policy-overview", 10, subcode
    )


def keep(call: Call, customer: Customer, content: Content) -> Message:
    sim = call.sim
    customer.seen_at = sim.clock.now_ms()  # Who answers has read.
    sim.world.customers.put(customer)
    return sim.world.add_message(
        Message(
            id=ids.message_id(customer.platform),
            platform=customer.platform,
            account_id=customer.account_id,
            customer_id=customer.id,
            inbound=False,
            kind=content.kind,
            at=sim.clock.now_ms(),
            text=content.text,
            status="delivered" if customer.platform == MESSENGER else "sent",
            target=str(call.object("reply_to").get("mid") or ""),
            detail=content.detail,
        )
    )


def tell(
    sim: Simulation, account: Page | InstagramAccount, customer: Customer, message: Message, content: Content
) -> None:
    """The app hears its own message again, and on Messenger that it arrived."""
    echo: Json = {"mid": message.id, "is_echo": True, **content.echo}
    if customer.platform == INSTAGRAM:
        emit_messaging(sim, account, customer, "messages", {"message": echo}, echo=True)
        return
    item = {"message": {**echo, "app_id": int(sim.config.app_id)}}
    emit_messaging(sim, account, customer, "message_echoes", item, echo=True)
    delivery = {"delivery": {"mids": [message.id], "watermark": message.at}}
    emit_messaging(sim, account, customer, "message_deliveries", delivery)


def signal(call: Call, customer: Customer) -> Json:
    """Show the person something that is no message."""
    action = call.text("sender_action")
    if call.params.get("message"):
        raise bad_parameter("sender_action cannot be sent together with a message")
    if action in ("react", "unreact"):
        return react(call, customer, action)
    if action not in SIGNALS:
        raise bad_parameter(
            f"Param sender_action must be one of {{{', '.join((*SIGNALS, 'react', 'unreact'))}}}"
        )
    keep_signal(call.sim, customer, SIGNALS[action])
    return {"recipient_id": customer.id}


def keep_signal(
    sim: Simulation, customer: Customer, kind: str, *, text: str = "", target: str = ""
) -> Message:
    """Write the signal down as the customer sees it."""
    if kind == "read":
        customer.seen_at = sim.clock.now_ms()
        sim.world.customers.put(customer)
    return sim.world.add_message(
        Message(
            id=ids.message_id(customer.platform),
            platform=customer.platform,
            account_id=customer.account_id,
            customer_id=customer.id,
            inbound=False,
            kind=kind,
            at=sim.clock.now_ms(),
            text=text,
            status="sent",
            target=target,
        )
    )


def react(call: Call, customer: Customer, action: str) -> Json:
    payload = call.object("payload")
    target = call.sim.world.messages.get(str(payload.get("message_id") or ""))
    if target is None or target.account_id != customer.account_id or target.customer_id != customer.id:
        raise bad_parameter("Message not found for this conversation")
    check_window(call, customer)
    emoji = str(payload.get("reaction") or "❤️") if action == "react" else ""
    set_reaction(call.sim, target, emoji)
    kind = "reaction" if emoji else "unreact"
    keep_signal(call.sim, customer, kind, text=emoji, target=target.id)
    return {"recipient_id": customer.id, "message_id": target.id}


def set_reaction(sim: Simulation, target: Message, emoji: str) -> None:
    """The business's reaction to the message; none takes it away."""
    if emoji:
        target.reactions["business"] = emoji
    else:
        target.reactions.pop("business", None)
    sim.world.messages.put(target)
