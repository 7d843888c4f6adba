"""Every endpoint of the Graph API that the simulator has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from backend.simulator.graph import (
    coexistence,
    conversations,
    instagram,
    instagram_oauth,
    messenger_profile,
    numbers,
    oauth,
    pages,
    people,
    sending,
    sending_whatsapp,
    subscriptions,
    templates,
    uploads,
    whatsapp,
)
from backend.simulator.graph.call import FACEBOOK, INSTAGRAM, Call
from backend.simulator.records import (
    App,
    BusinessAccount,
    Conversation,
    Customer,
    InstagramAccount,
    Message,
    Page,
    PhoneNumber,
    Record,
    Template,
    User,
)

Bare = dict[tuple[str, str], Callable[[Call], Awaitable[Any]]]
Edges = dict[tuple[str, type[Record], str], Callable[..., Awaitable[Any]]]

# Endpoints without an object: method and path.
BARE: Bare = {
    ("GET", "oauth/access_token"): oauth.access_token,
    ("POST", "oauth/access_token"): oauth.access_token,
    ("GET", "oauth/revoke"): oauth.revoke,
    ("GET", "debug_token"): oauth.debug_token,
}

# Endpoints of an object: method, what the object is, and the edge ("" for the object itself).
# A message and a conversation are read in the same way on both hosts.
HISTORY: Edges = {
    ("GET", Conversation, ""): conversations.show_conversation,
    ("GET", Conversation, "messages"): conversations.list_messages,
    ("GET", Message, ""): conversations.show_message,
    ("GET", Customer, ""): people.show_customer,
    ("GET", InstagramAccount, "conversations"): conversations.list_conversations,
    ("POST", InstagramAccount, "messages"): sending.send,
}
EDGES: Edges = {
    **HISTORY,
    ("GET", User, ""): people.show_user,
    ("GET", User, "permissions"): people.list_permissions,
    ("DELETE", User, "permissions"): people.revoke_permissions,
    ("GET", User, "accounts"): people.list_pages,
    ("GET", User, "businesses"): people.list_businesses,
    ("GET", Page, ""): pages.show_page,
    ("GET", Page, "subscribed_apps"): pages.show_page_subscription,
    ("POST", Page, "subscribed_apps"): pages.subscribe_page,
    ("DELETE", Page, "subscribed_apps"): pages.unsubscribe_page,
    ("POST", Page, "messages"): sending.send,
    ("GET", Page, "conversations"): conversations.list_conversations,
    ("GET", Page, "messenger_profile"): messenger_profile.show,
    ("POST", Page, "messenger_profile"): messenger_profile.change,
    ("DELETE", Page, "messenger_profile"): messenger_profile.remove,
    ("POST", Page, "message_attachments"): uploads.upload_attachment,
    ("GET", InstagramAccount, ""): pages.show_instagram,
    ("GET", BusinessAccount, ""): whatsapp.show_business_account,
    ("GET", BusinessAccount, "phone_numbers"): numbers.list_numbers,
    ("GET", BusinessAccount, "subscribed_apps"): whatsapp.show_account_subscription,
    ("POST", BusinessAccount, "subscribed_apps"): whatsapp.subscribe_account,
    ("DELETE", BusinessAccount, "subscribed_apps"): whatsapp.unsubscribe_account,
    ("GET", BusinessAccount, "message_templates"): templates.list_templates,
    ("POST", BusinessAccount, "message_templates"): templates.create_template,
    ("DELETE", BusinessAccount, "message_templates"): templates.delete_templates,
    ("GET", Template, ""): templates.show_template,
    ("POST", Template, ""): templates.edit_template,
    ("GET", PhoneNumber, ""): numbers.show_number,
    ("POST", PhoneNumber, ""): numbers.change_number,
    ("POST", PhoneNumber, "register"): numbers.register,
    ("POST", PhoneNumber, "deregister"): numbers.deregister,
    ("GET", PhoneNumber, "whatsapp_business_profile"): numbers.show_profile,
    ("POST", PhoneNumber, "whatsapp_business_profile"): numbers.change_profile,
    ("POST", PhoneNumber, "smb_app_data"): coexistence.ask_for_data,
    ("POST", PhoneNumber, "messages"): sending_whatsapp.send,
    ("POST", PhoneNumber, "media"): uploads.upload_media,
    ("GET", App, "subscriptions"): subscriptions.list_app_subscriptions,
    ("POST", App, "subscriptions"): subscriptions.subscribe_app,
    ("DELETE", App, "subscriptions"): subscriptions.unsubscribe_app,
}

# graph.instagram.com

INSTAGRAM_BARE: Bare = {
    ("GET", "access_token"): instagram_oauth.lengthen,
    ("GET", "refresh_access_token"): instagram_oauth.refresh,
}
INSTAGRAM_EDGES: Edges = {
    **HISTORY,
    ("GET", InstagramAccount, ""): instagram.show_account,
    ("GET", InstagramAccount, "subscribed_apps"): instagram.show_subscription,
    ("POST", InstagramAccount, "subscribed_apps"): instagram.subscribe,
    ("DELETE", InstagramAccount, "subscribed_apps"): instagram.unsubscribe,
}


@dataclass(frozen=True)
class Host:
    """What one of Meta's Graph hosts answers to."""

    bare: Bare
    edges: Edges


HOSTS = {FACEBOOK: Host(BARE, EDGES), INSTAGRAM: Host(INSTAGRAM_BARE, INSTAGRAM_EDGES)}
