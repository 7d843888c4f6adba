"""pywa with FastAPI, as its documentation has it. It stores nothing."""

import os

from fastapi import FastAPI
from pywa import WhatsApp

app = FastAPI()
whatsapp = WhatsApp(
    phone_id=os.environ["PHONE_ID"],
    token="not called",
    server=app,
    webhook_endpoint="/hook",
    verify_token="not called",
    app_secret=os.environ["APP_SECRET"],
    validate_updates=True,
)


@whatsapp.on_message
def heard(_: WhatsApp, __: object) -> None:
    """Nothing is done with it."""
