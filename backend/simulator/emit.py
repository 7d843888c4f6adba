"""What the app is told: the shapes around an event, and whether the app asked for it."""

from typing import Any

from backend.simulator.records import Customer, InstagramAccount, Message, Page, PhoneNumber
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

# Instagram fields are chosen for the whole app; the edge of the Page only switches them on.
OBJECTS = {"MESSENGER": "page", "INSTAGRAM": "instagram"}


def emit_messaging(
    sim: Simulation,
    account: Page | InstagramAccount,
    customer: Customer,
    field: str,
    item: Json,
    *,
    echo: bool = False,
) -> bool:
    """Send a Messenger or Instagram event on its way; False when the app does not get it."""
    if not wants(sim, account, customer.platform, field):
        return False
    now = sim.clock.now_ms()
    people = (account.id, customer.id) if echo else (customer.id, account.id)
    event = {"sender": {"id": people[0]}, "recipient": {"id": people[1]}, "timestamp": now, **item}
    object_name = OBJECTS[customer.platform]
    url = sim.app_subscription(object_name).callback_url
    entry = {"id": account.id, "time": now, "messaging": [event]}
    sim.postman.take(sim.postman.new_event(object_name, url, account.id, customer.id, entry))
    return True


def wants(sim: Simulation, account: Page | InstagramAccount, platform: str, field: str) -> bool:
    subscribed = sim.world.page_of(account).subscribed_fields
    chosen = sim.app_subscription(OBJECTS[platform]).fields
    # Meta's own pages write some names of Instagram fields with and without an s.
    by_app = "*" in chosen or field.rstrip("s") in {name.rstrip("s") for name in chosen}
    return by_app and (field in subscribed if platform == "MESSENGER" else bool(subscribed))


def emit_whatsapp(
    sim: Simulation, number: PhoneNumber, customer: Customer, part: Json, *, phone: bool = True
) -> bool:
    """Send a WhatsApp event on its way; False when the app is not subscribed to the business account."""
    account = sim.world.business_accounts[number.business_account_id]
    if not account.subscribed:
        return False
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
        "contacts": [contact_of(customer, phone=phone)],
        **part,
    }
    # An override for the number counts before one for the business account.
    callback = sim.app_subscription("whatsapp_business_account").callback_url
    url = number.override_url or account.override_url or callback
    entry = {"id": account.id, "changes": [{"value": value, "field": "messages"}]}
    sim.postman.take(sim.postman.new_event("whatsapp_business_account", url, number.id, customer.id, entry))
    return True


def contact_of(customer: Customer, *, phone: bool) -> Json:
    """The person as WhatsApp describes them; one with a username may hide the phone."""
    profile = {"name": customer.name}
    known = {"wa_id": customer.id} if phone else {}
    return {"profile": profile, **known, "user_id": customer.user_id}


def emit_status(
    sim: Simulation, number: PhoneNumber, customer: Customer, message: Message, status: str, **more: Any
) -> bool:
    """Tell what became of a message of the business on WhatsApp."""
    item: Json = {
        "id": message.id,
        "status": status,
        "timestamp": str(int(sim.clock.now())),
        "recipient_id": customer.id,
        "recipient_user_id": customer.user_id,
        **more,
    }
    if opaque := message.detail.get("biz_opaque_callback_data"):
        item["biz_opaque_callback_data"] = opaque
    return emit_whatsapp(sim, number, customer, {"statuses": [item]})
