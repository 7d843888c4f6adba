"""What the app is told: the shapes around an event, and whether the app asked for it."""

from collections.abc import Callable
from typing import Any

from backend.simulator.records import BusinessAccount, Customer, InstagramAccount, Message, Page, PhoneNumber
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

# Instagram fields are chosen for the whole app; the edge of the Page only switches them on.
WHATSAPP_OBJECT = "whatsapp_business_account"
OBJECTS = {"MESSENGER": "page", "INSTAGRAM": "instagram"}
# What goes to the callback of a number or of its business account, where they have one of their own.
OVERRIDABLE = frozenset(
    {
        "messages",
        "message_echoes",
        "calls",
        "consumer_profile",
        "messaging_handovers",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
        "smb_message_echoes",
        "smb_app_state_sync",
        "history",
        "account_settings_update",
    }
)

Shape = Callable[[Json], Json]  # Writes an entry in another of Meta's forms.


def as_usual(entry: Json) -> Json:
    """The entry in the form that Meta mostly writes."""
    return entry


def emit_messaging(
    sim: Simulation,
    account: Page | InstagramAccount,
    customer: Customer,
    field: str,
    item: Json,
    *,
    echo: bool = False,
    shape: Shape = as_usual,
) -> bool:
    """Send a Messenger or Instagram event on its way; False when the app does not get it."""
    if not wants(sim, account, customer.platform, field) or is_outsider(sim, customer):
        return False
    now = sim.clock.now_ms()
    people = (account.id, customer.id) if echo else (customer.id, account.id)
    whole = {"sender": {"id": people[0]}, "recipient": {"id": people[1]}, "timestamp": now, **item}
    # Some events come from nobody.
    event = {name: value for name, value in whole.items() if value is not None}
    object_name = OBJECTS[customer.platform]
    url = sim.app_subscription(object_name).callback_url
    place = "standby" if field == "standby" else "messaging"
    entry = shape({"id": account.id, "time": now, place: [event]})
    delivery = sim.postman.new_event(object_name, url, account.id, customer.id, entry)
    delivery.signer = signer_of(sim, account)
    sim.postman.take(delivery)
    return True


def signer_of(sim: Simulation, account: Page | InstagramAccount) -> str:
    """Whose secret signs: which one it is for Instagram Login is not settled, so the dashboard says."""
    by_itself = isinstance(account, InstagramAccount) and bool(account.subscribed_fields)
    return sim.world.dashboard.instagram_signer if by_itself else ""


def wants(sim: Simulation, account: Page | InstagramAccount, platform: str, field: str) -> bool:
    page = sim.world.page_of(account)
    subscribed = page.subscribed_fields if page else []
    if isinstance(account, InstagramAccount):
        subscribed = (subscribed or account.subscribed_fields) if is_open(account) else []
    subscription = sim.app_subscription(OBJECTS[platform])
    chosen = subscription.fields if subscription.active else []
    # Meta's own pages write some names of Instagram fields with and without an s.
    by_app = "*" in chosen or field.rstrip("s") in {name.rstrip("s") for name in chosen}
    return by_app and (field in subscribed if platform == "MESSENGER" else bool(subscribed))


# The permission by which an app sees the messages of people.
MESSAGING = {
    "MESSENGER": "pages_messaging",
    "INSTAGRAM": "instagram_manage_messages",
    "WHATSAPP": "whatsapp_business_messaging",
}


def is_open(account: InstagramAccount) -> bool:
    """Whether the owner lets apps see the messages; where not, nothing comes and nobody says so."""
    return account.is_professional and account.allows_messages


def is_outsider(sim: Simulation, customer: Customer) -> bool:
    """Whether the app may only see people with a role on it, and this one has none."""
    board = sim.world.dashboard
    narrowed = board.development or MESSAGING[customer.platform] in board.standard_access
    return narrowed and customer.id not in board.testers


def emit_number(
    sim: Simulation,
    number: PhoneNumber,
    field: str,
    part: Json,
    *,
    lane: str = "",
    shape: Shape = as_usual,
) -> bool:
    """Send an event about a number on its way; False when the app is not subscribed to its account."""
    account = sim.world.business_accounts[number.business_account_id]
    if not (account.subscribed and wants_field(sim, field)):
        return False
    metadata = {"display_phone_number": number.digits, "phone_number_id": number.id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **part}
    # An override for the number counts before one for the business account.
    override = (number.override_url or account.override_url) if field in OVERRIDABLE else ""
    url = override or sim.app_subscription(WHATSAPP_OBJECT).callback_url
    entry = shape({"id": account.id, "changes": [{"value": value, "field": field}]})
    sim.postman.take(sim.postman.new_event(WHATSAPP_OBJECT, url, number.id, lane, entry))
    return True


def emit_account(
    sim: Simulation, account: BusinessAccount, field: str, value: Json, *, entry_id: str = ""
) -> bool:
    """Send an event about a business account on its way; such events take no notice of overrides."""
    if not (account.subscribed and wants_field(sim, field)):
        return False
    url = sim.app_subscription(WHATSAPP_OBJECT).callback_url
    now = int(sim.clock.now())
    changes = [{"value": value, "field": field}]
    entry = {"id": entry_id or account.id, "time": now, "changes": changes}
    sim.postman.take(sim.postman.new_event(WHATSAPP_OBJECT, url, account.id, "", entry))
    return True


def wants_field(sim: Simulation, field: str) -> bool:
    subscription = sim.app_subscription(WHATSAPP_OBJECT)
    chosen = subscription.fields if subscription.active else []
    return "*" in chosen or field in chosen


def contact_of(customer: Customer, *, phone: bool) -> Json:
    """The person as WhatsApp describes them; one with a username may hide the phone."""
    profile = {"name": customer.name, **({"username": customer.username} if customer.username else {})}
    known = {"wa_id": customer.number} if phone else {}
    return {"profile": profile, **known, "user_id": customer.user_id}


def emit_status(
    sim: Simulation, number: PhoneNumber, customer: Customer, message: Message, status: str, **more: Any
) -> bool:
    """Tell what became of a message of the business on WhatsApp."""
    item: Json = {
        "id": message.id,
        "status": status,
        "timestamp": str(int(sim.clock.now())),
        **({} if customer.hides_phone else {"recipient_id": customer.number}),
        "recipient_user_id": customer.user_id,
        **more,
    }
    if opaque := message.detail.get("biz_opaque_callback_data"):
        item["biz_opaque_callback_data"] = opaque
    part = {"contacts": [contact_of(customer, phone=not customer.hides_phone)], "statuses": [item]}
    return emit_number(sim, number, "messages", part, lane=customer.id)
