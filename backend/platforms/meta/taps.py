"""What a contact does without writing: taps a button, comes by a link, sends a cart."""

from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, object_of, text_of
from backend.platforms.meta.item import Item
from backend.platforms.port import AnyNotice, MessageReceived, MessageType


def read_order(item: Item, order: JSONObject) -> list[AnyNotice]:
    """The contact sent a cart."""
    if not item.contact.external_id:
        return item.unrecognised("order", detail="It does not say who ordered.")
    return [
        MessageReceived(
            contact=item.contact,
            external_id=id_of(order.get("mid")) or item.made_up_id(),
            type=MessageType.ORDER,
            text=text_of(order.get("note")),
            payload={"order": order},
            standby=item.standby,
            **item.facts(),
        )
    ]


def read_postback(item: Item, postback: JSONObject) -> list[AnyNotice]:
    """A tap on a button of a menu or a template."""
    if not item.contact.external_id:
        return item.unrecognised("postback", detail="It does not say who tapped.")
    return [
        MessageReceived(
            contact=item.contact,
            external_id=id_of(postback.get("mid")) or item.made_up_id(),
            type=MessageType.POSTBACK,
            text=text_of(postback.get("title")),
            payload={"postback": postback},
            referral=object_of(postback.get("referral")) or None,
            standby=item.standby,
            **item.facts(),
        )
    ]


def read_referral(item: Item, referral: JSONObject) -> list[AnyNotice]:
    """The contact came back by an ad or a link and wrote nothing."""
    if not item.contact.external_id:
        return item.unrecognised("referral", detail="It does not say who came.")
    return [
        MessageReceived(
            contact=item.contact,
            external_id=item.made_up_id(),
            type=MessageType.REFERRAL,
            text=_came_by(referral),
            referral=referral,
            standby=item.standby,
            **item.facts(),
        )
    ]


def _came_by(referral: JSONObject) -> str:
    """In our words, for nothing was written."""
    title = text_of(object_of(referral.get("ads_context_data")).get("ad_title"))
    if referral.get("ad_id") or text_of(referral.get("source")).upper() == "ADS":
        return f"Came by an ad: {title}." if title else "Came by an ad."
    ref = text_of(referral.get("ref"))
    return f"Came by a link: {ref}." if ref else "Came by a link."
