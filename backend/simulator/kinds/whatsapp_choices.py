"""WhatsApp: what a customer taps, fills in and buys."""

from functools import partial

from backend.simulator.kinds.act import Act, Json, Kind, Kinds, Written
from backend.simulator.kinds.whatsapp_item import answering, message

CATALOG = "194836987003835"


def write_button_reply(act: Act) -> Written:
    title = act.said("title", "Yes")
    reply = {"id": act.said("payload", act.said("id", title.lower())), "title": title}
    return chosen(act, "button_reply", reply, title)


def write_list_reply(act: Act) -> Written:
    title = act.said("title", "Priority Mail")
    reply = {"id": act.said("payload", act.said("id", title.lower().replace(" ", "_"))), "title": title}
    if act.said("description"):
        reply["description"] = act.said("description")
    return chosen(act, "list_reply", reply, title)


def write_flow_reply(act: Act, *, name: str = "flow", body: str = "Sent", answers: str = "") -> Written:
    """The answer to a form: a string that ought to hold JSON."""
    given = act.said("responseJson", answers)
    reply = {"name": name, "body": act.said("body", body), "response_json": given}
    return chosen(act, "nfm_reply", reply, reply["body"], {"form": given})


def write_call_permission(act: Act) -> Written:
    reply: Json = {"response": act.said("response", "accept"), "response_source": "user_action"}
    if reply["response"] == "accept":
        reply["expiration_timestamp"] = act.at // 1000 + 7 * 86_400
    return chosen(act, "call_permission_reply", reply, f"Calls: {reply['response']}")


def chosen(act: Act, word: str, reply: Json, text: str, shown: Json | None = None) -> Written:
    item = message(act, "interactive", {"type": word, word: reply})
    return Written(item=answering(act, item), text=text, detail=shown or {})


def write_quick_reply(act: Act) -> Written:
    """A tap on the quick reply button of a template."""
    title = act.said("title", act.said("text", "Unsubscribe"))
    content = {"payload": act.said("payload", title), "text": title}
    return Written(item=answering(act, message(act, "button", content)), text=title)


def write_product_inquiry(act: Act) -> Written:
    """A question about a product of the catalogue."""
    text, product = act.said("text", "Is this still available?"), act.said("productId", "di9ozbzfi4")
    item = message(act, "text", {"body": text})
    asked = answering(act, item).get("context", {"from": act.said("businessPhone")})
    item["context"] = {
        **asked,
        "referred_product": {"catalog_id": CATALOG, "product_retailer_id": product},
    }
    return Written(item=item, text=text, detail={"referral": {"title": f"Product {product}", "url": ""}})


def write_order(act: Act) -> Written:
    product = {"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30, "currency": "USD"}
    content = {"catalog_id": CATALOG, "text": act.said("text"), "product_items": [product]}
    shown = {"order": [{"name": "di9ozbzfi4", "quantity": 2, "price": "30 USD"}]}
    return Written(item=message(act, "order", content), text=act.said("text"), detail=shown)


FLOW = '{"flow_token":"token-4711","day":"Monday","guests":"4"}'
ADDRESS = '{"saved_address_id":"a1","values":{"in_pin_code":"400063","name":"Asha","city":"Mumbai"}}'
TAP = ("title", "payload", "replyTo")
CHOICES: Kinds = {
    "quick_reply": Kind(write_quick_reply, TAP),
    "button_reply": Kind(write_button_reply, TAP),
    "list_reply": Kind(write_list_reply, ("title", "payload", "description", "replyTo")),
    "flow_reply": Kind(partial(write_flow_reply, answers=FLOW), ("responseJson", "body", "replyTo")),
    "flow_reply_broken": Kind(
        partial(write_flow_reply, answers='{"flow_token":"token-4711","day":'), ("responseJson", "replyTo")
    ),
    "address_reply": Kind(
        partial(write_flow_reply, name="address_message", body="Asha, Mumbai", answers=ADDRESS),
        ("responseJson", "body", "replyTo"),
    ),
    "call_permission_reply": Kind(write_call_permission, ("response", "replyTo")),
    "order": Kind(write_order, ("text",)),
    "product_inquiry": Kind(write_product_inquiry, ("text", "productId", "replyTo")),
}
