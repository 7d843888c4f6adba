"""A message as the Graph API shows it when it is read back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from backend.simulator.graph.call import Call
from backend.simulator.graph.fields import ABSENT, Fields, select
from backend.simulator.records import INSTAGRAM, Customer, Message
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

MEDIA = {"image": "image_data", "video": "video_data"}


def describe_message(call: Call, message: Message, fields: Fields) -> Json:
    sim = call.sim
    customer = sim.world.customer(message.account_id, message.customer_id)
    assert customer is not None  # Whoever takes part is known.
    ends = [person(customer), business(sim, customer)]
    sender, receiver = ends if message.inbound else ends[::-1]
    getters: dict[str, Callable[[Message, Fields], Any]] = {
        "id": lambda one, _: one.id,
        "created_time": lambda one, _: time_of(one.at),
        "from": lambda one, _: sender,
        "to": lambda one, _: {"data": [receiver]},
        "message": lambda one, _: one.text,
        "attachments": lambda one, _: attachments(one),
        "reply_to": lambda one, _: {"mid": one.target, "is_self_reply": False} if one.target else ABSENT,
        "reactions": lambda one, _: reactions(one, customer),
        "shares": lambda one, _: shares(one),
        "story": lambda one, _: story(one),
        "sticker": lambda one, _: (
            one.detail.get("url", "") if one.detail.get("medium") == "sticker" else ABSENT
        ),
        "tags": lambda one, _: {"data": [{"name": "inbox"}, {"name": "source:web"}]},
        "is_unsupported": lambda one, _: True if one.kind == "unsupported" else ABSENT,
    }
    return select(message, fields, getters, "id,created_time", "Message")


def time_of(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def person(customer: Customer) -> Json:
    if customer.platform == INSTAGRAM:
        return {"username": customer.username, "id": customer.id}
    return {"name": customer.name, "email": f"{customer.id}@facebook.com", "id": customer.id}


def business(sim: Simulation, customer: Customer) -> Json:
    if customer.platform == INSTAGRAM:
        account = sim.world.instagrams[customer.account_id]
        return {"username": account.username, "id": account.id}
    page = sim.world.pages[customer.account_id]
    return {"name": page.name, "email": f"{page.id}@facebook.com", "id": page.id}


def attachments(message: Message) -> Any:
    """The files of the message; a story that was replied to and a sticker stand elsewhere."""
    detail = message.detail
    medium, urls = detail.get("medium"), detail.get("urls") or [detail.get("url")]
    if not medium or not urls[0] or message.kind == "story_reply" or medium == "sticker":
        return ABSENT
    return {"data": [attachment(message, medium, str(url), place) for place, url in enumerate(urls)]}


def attachment(message: Message, medium: str, url: str, place: int) -> Json:
    detail = message.detail
    name = str(detail.get("name") or url.rpartition("/")[2])
    about: Json = {"id": f"{message.id[-16:]}{place or ''}", "name": name}
    about |= {
        word: detail[key] for key, word in (("mimeType", "mime_type"), ("size", "size")) if key in detail
    }
    if medium in MEDIA:
        return {**about, MEDIA[medium]: {"url": url, "preview_url": url}}
    return {**about, "file_url": url}


def shares(message: Message) -> Any:
    """The posts and links that were passed on."""
    link = message.detail.get("link") or {}
    return {"data": [{"link": link["url"], "name": link["title"]}]} if link.get("url") else ABSENT


def reactions(message: Message, customer: Customer) -> Any:
    names = {"customer": person(customer), "business": {"id": message.account_id}}
    rows = [{"reaction": emoji, "users": [names[side]]} for side, emoji in message.reactions.items()]
    return {"data": rows} if rows else ABSENT


def story(message: Message) -> Any:
    shown = {"story_reply": "reply_to", "story_mention": "mention"}.get(message.kind)
    url = message.detail.get("url", "")
    return {shown: {"link": url, "id": message.detail.get("story", message.id[-12:])}} if shown else ABSENT
