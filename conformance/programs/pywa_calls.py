"""pywa: a client of the WhatsApp Cloud API with its own handling of webhooks."""

import os
import time
from typing import Any

import httpx  # type: ignore[import-not-found]
from pywa import WhatsApp, types  # type: ignore[import-not-found]
from stage import SIM, VERIFY_TOKEN, VERSION, check, expect, hear, world

account = world()["businessAccounts"][0]
number = account["phoneNumbers"][0]["id"]
session = httpx.Client()
client = WhatsApp(
    phone_id=number,
    token=account["accessToken"],
    session=session,
    server=None,
    waba_id=account["id"],
    app_id=os.environ["META_APP_ID"],
    app_secret=os.environ["META_APP_SECRET"],
    verify_token=VERIFY_TOKEN,
)
session.base_url = f"{SIM}/{VERSION}"
heard: list[Any] = []
statuses: list[Any] = []


@client.on_message()  # type: ignore[untyped-decorator]
def keep_message(_: Any, message: Any) -> None:
    heard.append(message)


@client.on_callback_button()  # type: ignore[untyped-decorator]
def keep_tap(_: Any, tap: Any) -> None:
    heard.append(tap)


@client.on_message_status()  # type: ignore[untyped-decorator]
def keep_status(_: Any, status: Any) -> None:
    statuses.append(status)


def receive(kind: str, **about: Any) -> Any:
    """The webhook as the program's own handler sees it."""
    said = hear("WHATSAPP", accountId=number, kind=kind, **about)
    signature = said["headers"]["x-hub-signature-256"]
    expect(client.webhook_update_validator(said["body"], signature) is None, "the signature is not believed")
    expect(
        client.webhook_update_validator(said["body"] + b" ", signature) is not None, "anything is believed"
    )
    text, status = client.webhook_update_handler(said["body"])
    expect(status == 200, text)
    until = time.monotonic() + 5
    while not heard and not statuses and time.monotonic() < until:
        time.sleep(0.02)
    return (heard or statuses).pop()


def subscribe() -> None:
    hook = os.environ["HOOK_URL"] + "/api/webhooks/meta"
    app_token = client.get_app_access_token(
        app_id=int(os.environ["META_APP_ID"]), app_secret=os.environ["META_APP_SECRET"]
    )
    done = client.set_app_callback_url(
        app_id=int(os.environ["META_APP_ID"]),
        app_access_token=app_token,
        callback_url=hook,
        verify_token=VERIFY_TOKEN,
        fields=("messages", "account_update", "message_template_status_update"),
    )
    expect(done)


def receive_picture() -> None:
    message = receive("image", caption="look")
    expect(message.caption == "look")
    content = message.image.get_bytes()
    expect(content[:8] == b"\x89PNG\r\n\x1a\n" or content[:2] == b"\xff\xd8", content[:8])


def send_buttons() -> None:
    sent = client.send_message(
        to=customer, text="Shall we?", buttons=[types.Button(title="Yes", callback_data="yes")]
    )
    expect(sent.id.startswith("wamid."))


def send_media() -> None:
    uploaded = client.upload_media(b"%PDF-1.4 hello", mime_type="application/pdf", filename="a.pdf")
    expect(client.send_document(to=customer, document=uploaded, filename="a.pdf", caption="here").id)


def numbers() -> None:
    found = client.get_business_phone_number()
    expect(found.id == number)
    expect(any(one.id == number for one in client.get_business_phone_numbers()))


def profile() -> None:
    expect(client.update_business_profile(about="Bread since 1931"))
    expect(client.get_business_profile().about == "Bread since 1931")


check("WhatsApp.get_app_access_token, set_app_callback_url", subscribe)
check(
    "WhatsApp.override_waba_callback_url, delete_waba_callback_url",
    lambda: expect(
        client.override_waba_callback_url(
            callback_url=os.environ["HOOK_URL"] + "/own", verify_token=VERIFY_TOKEN
        )
        and client.delete_waba_callback_url()
    ),
)
message = check("webhook_update_handler: text", lambda: receive("text", text="Is this available?"))
customer = message.from_user.wa_id
check("WhatsApp.mark_message_as_read", lambda: expect(client.mark_message_as_read(message.id)))
check("WhatsApp.indicate_typing", lambda: expect(client.indicate_typing(message.id)))
check("Message.reply", lambda: expect(message.reply("Yes").id.startswith("wamid.")))
check("WhatsApp.send_message with buttons", send_buttons)
check("WhatsApp.send_reaction", lambda: expect(client.send_reaction(customer, "👍", message.id).id))
check("WhatsApp.upload_media, send_document", send_media)
check("webhook_update_handler: image, get_bytes", receive_picture)
check("webhook_update_handler: button", lambda: expect(receive("quick_reply", title="Stop").data == "Stop"))
check("webhook_update_handler: status read", lambda: expect(receive("read").status.name == "READ"))
check("WhatsApp.get_business_phone_number, …_numbers", numbers)
check("WhatsApp.update_business_profile, get_business_profile", profile)
check("WhatsApp.get_business_account", lambda: expect(client.get_business_account().id == account["id"]))
check(
    "WhatsApp.get_templates", lambda: expect(any(one.name == "hello_world" for one in client.get_templates()))
)
