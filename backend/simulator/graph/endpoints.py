"""Every endpoint of the Graph API that the simulator has."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.simulator.graph import (
    oauth,
    pages,
    people,
    sending,
    sending_whatsapp,
    subscriptions,
    uploads,
    whatsapp,
)
from backend.simulator.graph.call import Call
from backend.simulator.records import (
    App,
    BusinessAccount,
    Customer,
    InstagramAccount,
    Page,
    PhoneNumber,
    Record,
    User,
)

# Endpoints without an object: method and path.
BARE: dict[tuple[str, str], Callable[[Call], Awaitable[Any]]] = {
    ("GET", "oauth/access_token"): oauth.access_token,
    ("POST", "oauth/access_token"): oauth.access_token,
    ("GET", "oauth/revoke"): oauth.revoke,
    ("GET", "debug_token"): oauth.debug_token,
}

# Endpoints of an object: method, what the object is, and the edge ("" for the object itself).
EDGES: dict[tuple[str, type[Record], str], Callable[..., Awaitable[Any]]] = {
    ("GET", User, ""): people.show_user,
    ("GET", User, "permissions"): people.list_permissions,
    ("DELETE", User, "permissions"): people.revoke_permissions,
    ("GET", User, "accounts"): people.list_pages,
    ("GET", User, "businesses"): people.list_businesses,
    ("GET", Customer, ""): people.show_customer,
    ("GET", Page, ""): pages.show_page,
    ("GET", Page, "subscribed_apps"): pages.show_page_subscription,
    ("POST", Page, "subscribed_apps"): pages.subscribe_page,
    ("DELETE", Page, "subscribed_apps"): pages.unsubscribe_page,
    ("POST", Page, "messages"): sending.send,
    ("POST", Page, "message_attachments"): uploads.upload_attachment,
    ("GET", InstagramAccount, ""): pages.show_instagram,
    ("POST", InstagramAccount, "messages"): sending.send,
    ("GET", BusinessAccount, ""): whatsapp.show_business_account,
    ("GET", BusinessAccount, "phone_numbers"): whatsapp.list_numbers,
    ("GET", BusinessAccount, "subscribed_apps"): whatsapp.show_account_subscription,
    ("POST", BusinessAccount, "subscribed_apps"): whatsapp.subscribe_account,
    ("DELETE", BusinessAccount, "subscribed_apps"): whatsapp.unsubscribe_account,
    ("GET", BusinessAccount, "message_templates"): whatsapp.list_templates,
    ("GET", PhoneNumber, ""): whatsapp.show_number,
    ("POST", PhoneNumber, ""): whatsapp.change_number,
    ("POST", PhoneNumber, "register"): whatsapp.register,
    ("POST", PhoneNumber, "deregister"): whatsapp.deregister,
    ("POST", PhoneNumber, "messages"): sending_whatsapp.send,
    ("POST", PhoneNumber, "media"): uploads.upload_media,
    ("GET", App, "subscriptions"): subscriptions.list_app_subscriptions,
    ("POST", App, "subscriptions"): subscriptions.subscribe_app,
    ("DELETE", App, "subscriptions"): subscriptions.unsubscribe_app,
}
