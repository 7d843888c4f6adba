"""Connecting WhatsApp without the dialog; for owners and admins."""

from __future__ import annotations

from rest_framework.response import Response

from backend.api import examples
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor, checked
from backend.api.integration_shapes import show
from backend.api.integrations import CONNECTING, TAG
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import Problem, operation
from backend.api.signup_shapes import ConnectedAnswer, ConnectEmbedded, ConnectManual
from backend.businesses.actors import Scope
from backend.connecting import errors, signup
from backend.connecting.claims import Claim
from backend.lib.secret import Secret

SIGNING_UP: tuple[Problem, ...] = (
    errors.AccountNotReachable(fields={"phoneNumberId": [errors.AccountNotReachable.message]}),
    errors.PlatformNotConfigured,
    errors.PermissionsMissing,
    errors.BeingAnswered,
    errors.TicketExpired,
    *CONNECTING,
)


class SignupViewSet(FrontDoor):
    """The two other ways to connect WhatsApp."""

    writes = Scope.INTEGRATIONS_WRITE
    permission_classes = (IsMember, ManagesIntegrations)

    @operation(
        "connectEmbedded",
        TAG,
        "Connect WhatsApp with what its popup gave the browser",
        request=ConnectEmbedded,
        requests=examples.EMBEDDED,
        answer=ConnectedAnswer,
        examples={"Connected": examples.WHATSAPP_CONNECTED},
        refuses=(errors.Interrupted, *SIGNING_UP),
    )
    def embedded(self, request: MemberRequest) -> Response:
        """
        Send the code at once: it is good for 30 seconds. The same request again goes on where the one before stopped,
        and changes nothing where all is done. A new code for the same number goes on at the step that failed, too.
        """
        asked = checked(ConnectEmbedded, request).validated_data
        claim = Claim(
            waba_id=asked["waba_id"],
            number_id=asked.get("phone_number_id") or "",
            coexistence=asked.get("coexistence", False),
            replace=asked.get("replace", False),
            pin=Secret(asked["pin"]) if asked.get("pin") else None,
        )
        integration = signup.connect_embedded(request.caller, Secret(asked["code"]), claim)
        return Response(show(ConnectedAnswer, message=signup.CONNECTED, integration=integration))

    @operation(
        "connectManual",
        TAG,
        "Connect WhatsApp with a permanent token",
        request=ConnectManual,
        requests=examples.MANUAL,
        answer=ConnectedAnswer,
        examples={"Connected": examples.WHATSAPP_CONNECTED},
        refuses=SIGNING_UP,
    )
    def manual(self, request: MemberRequest) -> Response:
        """With a token from Meta's business settings. The same request again goes on where the one before stopped."""
        asked = checked(ConnectManual, request).validated_data
        claim = Claim(
            waba_id=asked["waba_id"],
            number_id=asked["phone_number_id"],
            replace=asked.get("replace", False),
        )
        integration = signup.connect_manual(request.caller, Secret(asked["access_token"].strip()), claim)
        return Response(show(ConnectedAnswer, message=signup.CONNECTED, integration=integration))
