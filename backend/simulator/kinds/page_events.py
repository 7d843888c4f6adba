"""Messenger and Instagram: what is no message of the customer."""

from functools import partial

from backend.simulator.kinds.act import (
    PLATFORM,
    Act,
    Json,
    Kind,
    Kinds,
    Written,
    event,
)
from backend.simulator.kinds.page import message

OTHER_APP = 517776481860111  # Some other app that has the Page's conversations.


# Who controls the conversation


def write_control(act: Act, *, word: str) -> Written:
    """The conversation goes to another app, or back."""
    own, other = act.sim.config.app_id, str(OTHER_APP)
    all_owners: dict[str, Json] = {
        "pass_thread_control": {"previous_owner_app_id": other, "new_owner_app_id": own},
        "take_thread_control": {"previous_owner_app_id": own, "new_owner_app_id": other},
        "request_thread_control": {"requested_owner_app_id": OTHER_APP},
    }
    about = {**all_owners[word], "metadata": act.said("metadata", "from the simulator")}
    return Written(item={word: about}, field="messaging_handovers", by=PLATFORM)


def write_roles(act: Act) -> Written:
    roles = {act.sim.config.app_id: [act.said("role", "primary_receiver")]}
    return Written(item={"sender": None, "app_roles": roles}, field="messaging_handovers", by=PLATFORM)


# What the person agrees to


def write_optin(act: Act) -> Written:
    item = {"optin": {"ref": act.said("ref", "newsletter-box")}}
    return Written(item=item, field="messaging_optins", by=PLATFORM)


def write_optin_by_box(act: Act) -> Written:
    """A box on a website was ticked: the person is known by a reference only."""
    box = {"ref": act.said("ref", "newsletter-box"), "user_ref": act.said("userRef", "box-4711")}
    item = {"sender": {"user_ref": box["user_ref"]}, "optin": box}
    return Written(item=item, field="messaging_optins", by=PLATFORM)


def write_notifications(act: Act, *, status: str = "", field: str = "messaging_optins") -> Written:
    """The person lets a Page send notifications, stops them, or lets them go on."""
    about: Json = {
        "type": "notification_messages",
        "payload": act.said("payload", "SPRING_NEWS"),
        "notification_messages_token": "6184000000000000001",
        "notification_messages_frequency": "DAILY",
        "notification_messages_timezone": "Europe/Berlin",
        "token_expiry_timestamp": (act.at // 1000 + 270 * 86_400) * 1000,
        "user_token_status": "NOT_REFRESHED",
        "title": act.said("title", "Spring news"),
    }
    if status:
        about["notification_messages_status"] = status
    return Written(item={"optin": about}, field=field, by=PLATFORM)


def write_linking(act: Act, *, status: str) -> Written:
    code = {"authorization_code": act.said("code", "AUTH-4711")} if status == "linked" else {}
    item = {"account_linking": {"status": status, **code}}
    return Written(item=item, field="messaging_account_linking", by=PLATFORM)


# What the platform says


def write_policy(act: Act) -> Written:
    action = act.said("action", "warning")
    reason = {} if action == "unblock" else {"reason": act.said("reason", "Too many unwanted messages.")}
    item = {"sender": None, "policy_enforcement": {"action": action, **reason}}
    return Written(item=item, field="messaging_policy_enforcement", by=PLATFORM)


def write_feedback(act: Act) -> Written:
    about = {"feedback": act.said("feedback", "Good response"), "mid": act.target(inbound=False)}
    return Written(item={"response_feedback": about}, field="response_feedback", by=PLATFORM)


def write_cart(act: Act) -> Written:
    """A cart of the shop on the Page."""
    product = {"id": "4711000000000001", "retailer_id": "hat-1", "name": "Straw hat"}
    line = {**product, "unit_price": 24.0, "currency": "EUR", "quantity": int(act.number("quantity", 2))}
    note = act.said("text", "Please wrap it.")
    shown = {"order": [{"name": line["name"], "quantity": line["quantity"], "price": "24 EUR"}]}
    return Written(item={"order": {"products": [line], "note": note}}, text=note, detail=shown)


def write_unknown_event(act: Act) -> Written:
    """An event that nobody has heard of yet."""
    return Written(item={act.said("word", "levitation"): {"height": 2}}, by=PLATFORM)


def write_standby(act: Act) -> Written:
    """The customer writes while another app has the conversation."""
    text = act.said("text", "Can the shop hear me?")
    return Written(item=message(act, text=text), text=text, field="standby")


EVENTS: Kinds = {
    "standby": Kind(write_standby, ("text",)),
    **{
        word: event(partial(write_control, word=word), "metadata")
        for word in ("pass_thread_control", "take_thread_control", "request_thread_control")
    },
    "policy_enforcement": event(write_policy, "action", "reason"),
    "feedback": event(write_feedback, "feedback", "messageId"),
    "unknown_event": event(write_unknown_event, "word"),
}
MESSENGER_EVENTS: Kinds = {
    **EVENTS,
    "order": Kind(write_cart, ("text", "quantity")),
    "app_roles": event(write_roles, "role"),
    "opt_in": event(write_optin, "ref"),
    "opt_in_by_box": event(write_optin_by_box, "ref", "userRef"),
    "notifications_on": event(write_notifications, "payload", "title"),
    "notifications_off": event(
        partial(write_notifications, status="STOP NOTIFICATIONS", field="messaging_optouts"), "payload"
    ),
    "notifications_again": event(partial(write_notifications, status="RESUME NOTIFICATIONS"), "payload"),
    "link_account": event(partial(write_linking, status="linked"), "code"),
    "unlink_account": event(partial(write_linking, status="unlinked")),
}
INSTAGRAM_EVENTS: Kinds = {
    **EVENTS,
}
