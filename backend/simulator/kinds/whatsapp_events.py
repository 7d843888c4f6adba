"""WhatsApp: receipts, what the phone of the business writes, groups, calls, and what the platform says."""

from functools import partial

from backend.simulator import ids
from backend.simulator.kinds.act import (
    PLATFORM,
    Act,
    BadAct,
    Json,
    Kind,
    Kinds,
    Written,
    change,
    event,
)
from backend.simulator.kinds.whatsapp_item import ERRORS, message

GROUP = "Y2FwaV9ncm91cDoxNjUwNTU1MDE3MjoxMjAzNjMyMjI3NzE5NjMwNjcZD"
CALL_ENDS = ("COMPLETED", "FAILED")


def write_receipt(act: Act) -> Written:
    """Receipts travel as statuses; each is written when it is emitted."""
    return Written(item={}, target=act.target(inbound=False))


def write_standby(act: Act) -> Written:
    """The customer writes while another app has the conversation."""
    text = act.said("text", "Can the shop hear me?")
    return Written(item=message(act, "text", {"body": text}), text=text, field="standby")


# Groups and calls


def write_group_text(act: Act) -> Written:
    """The customer writes in a group that the business is in."""
    text = act.said("text", "Hello, everybody")
    return Written(item=message(act, "text", {"body": text}, group_id=GROUP), text=text, by=PLATFORM)


def write_group(act: Act, *, kind: str, field: str) -> Written:
    person = {"input": act.customer.id, "wa_id": act.customer.id}
    more: dict[str, Json] = {
        "group_create": {"subject": act.said("subject", "Spring sale"), "description": "For friends of hats"},
        "group_settings_update": {
            "group_subject": {"text": act.said("subject", "Sale"), "update_successful": True}
        },
        "group_remove_participants": {"removed_participants": [person]},
        "group_add_participants": {"added_participants": [person]},
    }
    about = {"timestamp": str(act.at // 1000), "group_id": GROUP, "type": kind, "request_id": ids.trace_id()}
    return Written(
        item={**about, **more[kind]}, field=field, by=PLATFORM, place="groups", with_contacts=False
    )


def write_call(act: Act) -> Written:
    """The customer calls."""
    offer = {"sdp_type": "offer", "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"}
    return called(act, {"event": "connect", "session": offer})


def write_call_end(act: Act) -> Written:
    """A call is over: somebody hung up, or nobody answered."""
    status = act.said("status", "COMPLETED").upper()
    if status not in CALL_ENDS:
        raise BadAct(f"status is one of {', '.join(CALL_ENDS)}")
    about: Json = {"event": "terminate", "status": status}
    if status == "COMPLETED":
        seconds = int(act.number("duration", 120))
        ended = act.at // 1000
        about |= {"start_time": str(ended - seconds), "end_time": str(ended), "duration": seconds}
    return called(act, about)


def called(act: Act, about: Json) -> Written:
    call = {
        "id": act.said("callId", "wacid." + act.id.removeprefix("wamid.")[:24]),
        "from": act.customer.id,
        "to": act.said("businessPhone"),
        "timestamp": str(act.at // 1000),
        "direction": "USER_INITIATED",
    }
    return Written(item={**call, **about}, field="calls", by=PLATFORM, place="calls")


# What the person decides, and what the platform says


def write_preference(act: Act, *, value: str) -> Written:
    """The person stops the marketing of this business, or lets it go on."""
    words = {"stop": "User requested to stop marketing messages"}
    item = {
        "wa_id": act.customer.id,
        "user_id": act.customer.user_id,
        "detail": words.get(value, f"User requested to {value} marketing messages"),
        "category": "marketing_messages",
        "value": value,
        "timestamp": act.at // 1000,
    }
    act.customer.stopped_marketing = value == "stop"
    act.sim.world.customers.put(act.customer)
    return Written(item=item, field="user_preferences", by=PLATFORM, place="user_preferences")


def write_identity(act: Act) -> Written:
    """The person has a new phone, or set WhatsApp up anew."""
    content = {
        "type": "customer_identity_changed",
        "body": f"User {act.customer.name} changed their identity",
    }
    identity = {"acknowledged": False, "created_timestamp": str(act.at // 1000), "hash": act.id[-12:]}
    item = message(act, "system", content, identity=identity)
    return Written(item=item, text=content["body"], by=PLATFORM, with_contacts=False)


def write_error(act: Act) -> Written:
    """A fault that WhatsApp reports beside the messages."""
    code = int(act.number("code", 130429))
    title = ERRORS[code]["title"] if code in ERRORS else act.said("title", "Rate limit hit")
    item = {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": act.said("details", title)},
    }
    return Written(item=item, by=PLATFORM, place="errors", with_contacts=False)


RECEIPT = ("messageId",)
WHATSAPP_EVENTS: Kinds = {
    **{word: change(write_receipt, *RECEIPT) for word in ("sent", "delivered", "read", "played")},
    "failed": change(write_receipt, "messageId", "code", "details"),
    "standby": Kind(write_standby, ("text",)),
    "group_text": Kind(write_group_text, ("text",), opens_window=False, shown=False),
    "group_create": event(
        partial(write_group, kind="group_create", field="group_lifecycle_update"), "subject"
    ),
    "group_settings": event(
        partial(write_group, kind="group_settings_update", field="group_settings_update"), "subject"
    ),
    "group_join": event(
        partial(write_group, kind="group_add_participants", field="group_participants_update")
    ),
    "group_leave": event(
        partial(write_group, kind="group_remove_participants", field="group_participants_update")
    ),
    "call": Kind(write_call, ("callId",), shown=False),
    "call_end": event(write_call_end, "callId", "status", "duration"),
    "marketing_stop": event(partial(write_preference, value="stop")),
    "marketing_resume": event(partial(write_preference, value="resume")),
    "identity_changed": event(write_identity),
    "error": event(write_error, "code", "title", "details"),
}
