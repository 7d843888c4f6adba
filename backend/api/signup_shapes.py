"""How WhatsApp is connected without the dialog."""

from __future__ import annotations

from rest_framework import serializers

from backend.api.integration_shapes import IntegrationOut
from backend.api.serializers import Answer, Flag, Shape, Text

ID = r"^[A-Za-z0-9_]{1,64}$"
ONE_WORD = r"^[!-~]+$"


class ConnectEmbedded(Shape):
    """What WhatsApp's popup gave the browser. The ids are confirmed with the platform before anything is connected."""

    code = Text(pattern=ONE_WORD, max_length=2000, help_text="Good once, for 30 seconds.")
    waba_id = Text(pattern=ID, max_length=64, help_text="The WhatsApp Business account.")
    phone_number_id = Text(
        pattern=ID,
        max_length=64,
        required=False,
        allow_null=True,
        help_text="May be left out where the account has one number only, as after coexistence.",
    )
    pin = Text(
        pattern=r"^[0-9]{6}$",
        max_length=6,
        required=False,
        allow_null=True,
        help_text="The number's two-step PIN, where it has one; without it a new one is set and kept sealed.",
    )
    coexistence = Flag(
        required=False, help_text="The number stays in the WhatsApp Business app on the business's phone."
    )
    replace = Flag(required=False, help_text="Take it in place of another number that is connected now.")


class ConnectManual(Shape):
    """A permanent token of a system user. It is sealed at once and never shown again."""

    access_token = Text(pattern=r"^\s*[!-~]+\s*$", max_length=2000)
    waba_id = Text(pattern=ID, max_length=64, help_text="The WhatsApp Business account.")
    phone_number_id = Text(pattern=ID, max_length=64)
    replace = Flag(required=False, help_text="Take it in place of another number that is connected now.")


class ConnectedAnswer(Answer):
    """The account is connected; how its further set-up went stands in `GET /api/integrations/{id}/health`."""

    message = serializers.CharField()
    integration = IntegrationOut()
