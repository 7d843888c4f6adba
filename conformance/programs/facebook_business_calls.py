"""facebook-business: Meta's own client for Python."""

import os
from typing import Any

from facebook_business.adobjects.page import Page  # type: ignore[import-not-found]
from facebook_business.adobjects.user import User  # type: ignore[import-not-found]
from facebook_business.adobjects.whatsappbusinessaccount import (  # type: ignore[import-not-found]
    WhatsAppBusinessAccount,
)
from facebook_business.api import FacebookAdsApi  # type: ignore[import-not-found]
from facebook_business.exceptions import FacebookRequestError  # type: ignore[import-not-found]
from facebook_business.session import FacebookSession  # type: ignore[import-not-found]
from stage import SIM, VERSION, check, expect, hear, world

FacebookSession.GRAPH = SIM
known = world()
app = (os.environ["META_APP_ID"], os.environ["META_APP_SECRET"])
agency = next(user for user in known["users"] if user["name"] == "Agency Person")


def api_for(token: str) -> Any:
    """A client with the app's proof on every call."""
    return FacebookAdsApi.init(*app, token, api_version=VERSION, crash_log=False)


def list_pages() -> None:
    api_for(agency["accessToken"])
    pages = list(User(fbid="me").get_accounts(fields=["id", "name", "access_token"], params={"limit": 2}))
    expect(len(pages) == 3, f"{len(pages)} Pages by cursors of 2")


def subscribe() -> None:
    fields = ["messages", "message_echoes", "messaging_postbacks"]
    page.create_subscribed_app(params={"subscribed_fields": fields})
    (row,) = page.get_subscribed_apps()
    expect(sorted(row["subscribed_fields"]) == sorted(fields), row)


def send() -> None:
    said = hear("MESSENGER", accountId=page["id"], text="Is this available?")
    page.create_message(
        params={"recipient": {"id": said["from"]}, "message": {"text": "Yes"}, "messaging_type": "RESPONSE"}
    )


def read_back() -> None:
    (conversation,) = page.get_conversations(
        fields=["id", "participants", "messages.limit(5){message,from}"], params={"platform": "MESSENGER"}
    )
    texts = [row["message"] for row in conversation["messages"]["data"]]
    expect(texts == ["Yes", "Is this available?"], texts)


def be_refused() -> None:
    try:
        page.create_message(params={"recipient": {"id": "1"}, "message": {"text": "hi"}})
    except FacebookRequestError as error:
        expect((error.api_error_code(), error.api_error_subcode()) == (100, 2018001), error)
    else:
        raise AssertionError("a stranger got a message")


def list_numbers() -> None:
    account = known["businessAccounts"][0]
    api_for(account["accessToken"])
    node = WhatsAppBusinessAccount(account["id"])
    numbers = [row["id"] for row in node.get_phone_numbers()]
    expect(numbers == [row["id"] for row in account["phoneNumbers"]], numbers)
    names = {row["name"] for row in node.get_message_templates(fields=["name", "status"])}
    expect("hello_world" in names, names)


def who_am_i() -> None:
    api_for(agency["accessToken"])
    expect(User(fbid="me").api_get(fields=["id", "name"])["id"] == agency["id"])


check("User.api_get", who_am_i)
check("User.get_accounts, page by page", list_pages)
shown = known["pages"][0]
api_for(shown["accessToken"])
page = Page(shown["id"])
check("Page.create_subscribed_app, get_subscribed_apps", subscribe)
check("Page.create_message", send)
check("Page.get_conversations with messages", read_back)
check("FacebookRequestError", be_refused)
check("WhatsAppBusinessAccount.get_phone_numbers, templates", list_numbers)
