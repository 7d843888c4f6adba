"""What the objects of `messaging[]` tell besides messages: nobody wrote it, yet it belongs to a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, text_of
from backend.platforms.meta.item import Item
from backend.platforms.port import (
    AccountChanged,
    AccountTopic,
    AnyNotice,
    ConversationNoted,
    Happening,
)

# Keys to something else of the contact's; they stay in the stored delivery and are not shown.
SECRET_WORDS = frozenset({"authorization_code", "notification_messages_token"})
MASKED = "***masked***"

NOTIFICATIONS = {
    # Messenger's word -> what it means, whether the contact takes marketing now
    "STOP NOTIFICATIONS": (Happening.MARKETING_STOPPED, False, "Stopped notifications."),
    "STOP_NOTIFICATIONS": (Happening.MARKETING_STOPPED, False, "Stopped notifications."),
    "RESUME NOTIFICATIONS": (Happening.MARKETING_ALLOWED, True, "Takes notifications again."),
    "RESUME_NOTIFICATIONS": (Happening.MARKETING_ALLOWED, True, "Takes notifications again."),
}
LINKS = {
    "linked": (Happening.ACCOUNT_LINKED, "Linked an account of yours."),
    "unlinked": (Happening.ACCOUNT_UNLINKED, "Unlinked the account."),
}


def note(item: Item, word: str, happening: Happening, text: str, **more: Any) -> list[AnyNotice]:
    """The item as something that happened; one that names nobody is kept and not acted upon."""
    if not item.contact.external_id:
        return item.unrecognised(word, detail="It does not say whose conversation it is about.")
    return [
        ConversationNoted(
            contact=item.contact,
            external_id=f"{item.made_up_id()}:{word}",
            happening=happening,
            text=text,
            payload={word: _shown(item.raw[word])},
            **more,
            **item.facts(),
        )
    ]


def _shown(content: JSON) -> JSON:
    if not isinstance(content, dict):
        return content
    return {word: MASKED if word in SECRET_WORDS else value for word, value in content.items()}


def read_optin(item: Item, optin: JSONObject) -> list[AnyNotice]:
    """The contact wants to be written to, by a plugin or for a topic; or wants it no more."""
    word = text_of(optin.get("notification_messages_status")).upper()
    if word in NOTIFICATIONS:
        happening, allowed, text = NOTIFICATIONS[word]
        return note(item, "optin", happening, text, marketing_allowed=allowed)
    title = text_of(optin.get("title"))
    text = f"Opted in: {title}." if title else "Opted in."
    is_topic = text_of(optin.get("type")) == "notification_messages"
    return note(item, "optin", Happening.OPTED_IN, text, marketing_allowed=True if is_topic else None)


def read_optout(item: Item, _optout: JSONObject) -> list[AnyNotice]:
    """The contact no longer wants what it had opted in to."""
    return note(item, "optout", Happening.OPTED_OUT, "Opted out.", marketing_allowed=False)


def read_linking(item: Item, linking: JSONObject) -> list[AnyNotice]:
    """The contact linked an account of the business's own login, or unlinked it."""
    status = text_of(linking.get("status"))
    if status not in LINKS:
        return item.unrecognised("account_linking", status, "It does not say whether one was linked.")
    return note(item, "account_linking", *LINKS[status])


def read_pass(item: Item, control: JSONObject) -> list[AnyNotice]:
    """Another app was made the one that answers."""
    owner = id_of(control.get("new_owner_app_id"))
    text = f"App {owner} answers from now on." if owner else "The conversation was given back."
    return _thread(item, "pass_thread_control", Happening.THREAD_PASSED, text, owner_app_id=owner)


def read_take(item: Item, control: JSONObject) -> list[AnyNotice]:
    """An app took the conversation to itself."""
    owner = id_of(control.get("new_owner_app_id"))
    text = f"{_app(owner)} took the conversation over."
    return _thread(item, "take_thread_control", Happening.THREAD_TAKEN, text, owner_app_id=owner)


def read_request(item: Item, control: JSONObject) -> list[AnyNotice]:
    """An app asks for the conversation; nothing has changed yet."""
    app = id_of(control.get("requested_owner_app_id"))
    text = f"{_app(app)} asks for the conversation."
    return _thread(item, "request_thread_control", Happening.THREAD_REQUESTED, text)


def _app(app_id: str) -> str:
    return f"App {app_id}" if app_id else "Another app"


def _thread(item: Item, word: str, happening: Happening, text: str, **more: Any) -> list[AnyNotice]:
    return note(item, word, happening, text, by_contact=False, **more)


def read_feedback(item: Item, feedback: JSONObject) -> list[AnyNotice]:
    """The contact rated one of our messages."""
    said = text_of(feedback.get("feedback"))
    return note(
        item,
        "response_feedback",
        Happening.FEEDBACK_GIVEN,
        f"Rated a message: {said or 'nothing said'}.",
        reply_to_external_id=id_of(feedback.get("mid")),
    )


def as_noted(word: str, happening: Happening, text: str) -> Callable[[Item, JSONObject], list[AnyNotice]]:
    """A reader of what needs no looking into."""
    return lambda item, _content: note(item, word, happening, text)


POLICY = {
    # Meta's word -> whether the account works, what it means, what to do
    "block": (
        False,
        "{platform} blocks the account from sending",
        "Read the reason in Page Support and appeal it.",
    ),
    "warning": (
        True,
        "{platform} warns the account",
        "Read the reason in Page Support before it is blocked.",
    ),
    "unblock": (True, "{platform} lets the account send again", None),
}


def read_policy(item: Item, policy: JSONObject) -> list[AnyNotice]:
    """The platform blocks the account, warns it, or lets it go."""
    word, reason = text_of(policy.get("action")), text_of(policy.get("reason"))
    if word not in POLICY or not item.account_id:
        return item.unrecognised("policy_enforcement", word, "It does not say what is done to which account.")
    ok, meaning, resolution = POLICY[word]
    meaning = meaning.format(platform=item.dialect.platform)
    text = f"{meaning}: {reason}" if reason else f"{meaning}."
    return [
        AccountChanged(
            topic=AccountTopic.POLICY, word=word, text=text, ok=ok, resolution=resolution, **item.facts()
        )
    ]


def read_roles(item: Item, roles: JSONObject) -> list[AnyNotice]:
    """Which app plays which part for the Page, in the former handover protocol."""
    listed = ", ".join(f"app {app}" for app in roles)
    text = f"Roles of apps were changed: {listed}." if listed else "Roles of apps were changed."
    return [AccountChanged(topic=AccountTopic.ROLES, word="app_roles", text=text, **item.facts())]


HAPPENINGS: dict[str, Callable[[Item, JSONObject], list[AnyNotice]]] = {
    "optin": read_optin,
    "optout": read_optout,
    "account_linking": read_linking,
    "pass_thread_control": read_pass,
    "take_thread_control": read_take,
    "request_thread_control": read_request,
    "response_feedback": read_feedback,
    "policy_enforcement": read_policy,
    "policy-enforcement": read_policy,
    "app_roles": read_roles,
    "message_request": as_noted(
        "message_request", Happening.REQUEST_ACCEPTED, "Accepted the message request."
    ),
    # What Meta no longer offers, and old installations may still send.
    "payment": as_noted("payment", Happening.PURCHASE, "Paid in Messenger."),
    "pre_checkout": as_noted("pre_checkout", Happening.PURCHASE, "Is about to pay in Messenger."),
    "checkout_update": as_noted("checkout_update", Happening.PURCHASE, "Changed the shipping address."),
    "game_play": as_noted("game_play", Happening.GAME_PLAYED, "Played a game."),
}
# Of these, Meta writes a word where the others have an object.
WORDS_ALONE = frozenset({"message_request"})
