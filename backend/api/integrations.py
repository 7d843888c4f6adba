from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.response import Response

from backend.api import examples
from backend.api.authentication import MemberRequest
from backend.api.connecting_shapes import (
    AccountList,
    Connect,
    ConnectAnswer,
    Done,
    Finish,
    FinishAnswer,
    HealthAnswer,
    RefreshAnswer,
    Select,
    TestAnswer,
    WebhookSecretAnswer,
    told_of,
)
from backend.api.door import FrontDoor, checked
from backend.api.health import health_of, untold_error
from backend.api.integration_shapes import (
    IntegrationAnswer,
    IntegrationList,
    offered_platforms,
    show,
)
from backend.api.permissions import IsMember, ManagesIntegrations
from backend.api.schema import Problem, operation
from backend.api.serializers import NoBody
from backend.api.settings_shapes import IntegrationChange
from backend.businesses.actors import Scope
from backend.connecting import (
    connect,
    errors,
    farewells,
    finish,
    health,
    leave,
    refresh,
    secrets,
    steps,
    watch,
)
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.integrations.policy import HumanAgentUnsupported, change_settings
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.platforms.errors import (
    CredentialRejected,
    Incomprehensible,
    PermissionMissing,
    PlatformWords,
    Refused,
    Unavailable,
)
from backend.sending.held import sending_checks

TAG = "Integrations"

# What a call to the platform may end with.
PLATFORM_SAYS: tuple[Problem, ...] = (
    Refused(
        words=PlatformWords(
            code=100, subcode=2018001, message="No matching user found", trace_id="AbCdEfGhIjKlMnOpQrStUvW"
        )
    ),
    CredentialRejected(
        words=PlatformWords(code=190, subcode=460, message="The session has been invalidated")
    ),
    PermissionMissing(words=PlatformWords(code=200, message="Permissions error")),
    Unavailable(retry_after=60),
    Incomprehensible,
)
CONNECTING: tuple[Problem, ...] = (
    *PLATFORM_SAYS,
    errors.AccountTaken,
    errors.DifferentAccount,
    VaultUnreadable,
)


class IntegrationViewSet(FrontDoor):
    """What the settings page does; for owners and admins."""

    reads = Scope.INTEGRATIONS_READ
    writes = Scope.INTEGRATIONS_WRITE
    permission_classes = (IsMember, ManagesIntegrations)

    def find(self, request: MemberRequest, id: UUID) -> ChannelIntegration:
        """The integration, if it is of the request's business."""
        return get_object_or_404(ChannelIntegration.objects.of(request.business.pk), pk=id)

    @operation(
        "listIntegrations",
        TAG,
        "Every integration of the business, and every platform",
        answer=IntegrationList,
        examples={"Integrations": examples.INTEGRATIONS},
    )
    def list(self, request: MemberRequest) -> Response:
        """One integration for each platform that was ever begun to be connected; `platforms` lists all there are."""
        rows = ChannelIntegration.objects.of(request.business.pk).with_ai().order_by("created_at", "id")
        return Response(show(IntegrationList, integrations=list(rows), platforms=offered_platforms()))

    @operation(
        "getIntegration",
        TAG,
        "One integration",
        answer=IntegrationAnswer,
        examples={"Integration": examples.ONE_INTEGRATION},
    )
    def retrieve(self, request: MemberRequest, id: UUID) -> Response:
        """How the integration stands."""
        return Response(show(IntegrationAnswer, integration=self.find(request, id)))

    @operation(
        "changeIntegration",
        TAG,
        "Choose how the account is dealt with",
        request=IntegrationChange,
        requests={
            "Reading": {"settings": {"readPolicy": "ON_OPEN"}},
            "People first": {"settings": {"newConversationHandler": "HUMAN", "humanReplyTakesOver": True}},
        },
        answer=IntegrationAnswer,
        examples={"Integration": examples.ONE_INTEGRATION},
        refuses=(HumanAgentUnsupported,),
    )
    def partial_update(self, request: MemberRequest, id: UUID) -> Response:
        """What is not given stays. The choices outlive a disconnect."""
        found = self.find(request, id)
        chosen = checked(IntegrationChange, request).chosen()
        integration = change_settings(found.pk, chosen, by=request.caller)
        return Response(show(IntegrationAnswer, integration=integration))

    @operation(
        "connectIntegration",
        TAG,
        "Begin to connect, or to reconnect",
        request=Connect,
        requests={
            "Default": {"platform": "INSTAGRAM"},
            "OAuth": {
                "platform": "INSTAGRAM",
                "flow": "oauth",
                "returnTo": "http://localhost:3000/settings/integrations",
            },
            "InstagramLogin": {"platform": "INSTAGRAM", "login": "instagram"},
        },
        answer=ConnectAnswer,
        examples=examples.CONNECTED,
        refuses=(
            errors.ReturnToNotAllowed,
            errors.LoginNotOffered,
            errors.MockNotAllowed,
            errors.PlatformNotConfigured,
            *CONNECTING,
        ),
    )
    def connect(self, request: MemberRequest) -> Response:
        """
        OAuth: send the browser to `authorizationUrl`. It comes back to `returnTo` with `integration`, `outcome`
        (`finish`, `cancelled`, `failed`), `code` where it failed and `ticket` where it is to be finished.

        Mock (the sandbox's default): connected at once. On an integration that is connected, or in error, it is a
        reconnect: the row and its status stay until it succeeds, and `reconnecting` is true.

        `login` is for INSTAGRAM alone: `facebook` reaches the account through its Page, `instagram` without one.
        Without it a reconnect takes the way by which the account is connected; both ways reach the same account.
        """
        new = checked(Connect, request).validated_data
        begun = connect.begin(
            request.caller,
            new["platform"],
            flow=new.get("flow"),
            login=new.get("login"),
            return_to=new.get("return_to") or None,
        )
        body = show(
            ConnectAnswer,
            message=begun.message,
            integration=begun.integration,
            **({"authorization_url": begun.authorization_url} if begun.authorization_url else {}),
        )
        return Response(body)

    @operation(
        "finishIntegration",
        TAG,
        "Redeem the ticket that the browser brought back",
        request=Finish,
        requests={"Ticket": {"ticket": examples.TICKET}},
        answer=FinishAnswer,
        examples=examples.FINISHED,
        refuses=(errors.TicketInvalid, errors.NotYours, errors.TicketExpired, *CONNECTING),
    )
    def finish(self, request: MemberRequest, id: UUID) -> Response:
        """By the member who began. One usable account is connected at once; of several one has to be selected."""
        found = self.find(request, id)
        ticket: str = checked(Finish, request).validated_data["ticket"]
        finished = finish.finish(request.caller, found, ticket)
        told = told_of(finished.shortfall)
        return Response(
            show(FinishAnswer, outcome=finished.outcome, integration=finished.integration, **told)
        )

    @operation(
        "listAccounts",
        TAG,
        "The accounts that the granted access reaches",
        answer=AccountList,
        examples={"Accounts": examples.ACCOUNTS},
        refuses=(errors.NotYours, errors.NoGrant, VaultUnreadable, *PLATFORM_SAYS),
    )
    def accounts(self, request: MemberRequest, id: UUID) -> Response:
        """To choose from after `finish` said `choose`; those that cannot be chosen are listed with the reason."""
        integration = self.find(request, id)
        told = told_of(finish.shortfall(request.caller, integration))
        accounts = finish.reachable_accounts(request.caller, integration)
        return Response(AccountList({"accounts": accounts, **told}).data)

    @operation(
        "selectAccount",
        TAG,
        "Connect one of the accounts",
        request=Select,
        requests={"Account": {"accountId": "17841405793187218", "replace": False}},
        answer=IntegrationAnswer,
        examples={"Integration": examples.ONE_INTEGRATION},
        refuses=(errors.AccountNotReachable, errors.NotYours, errors.NoGrant, *CONNECTING),
    )
    def select(self, request: MemberRequest, id: UUID) -> Response:
        """Another account than the connected one is taken only with `replace`; its conversations stay readable."""
        found = self.find(request, id)
        chosen = checked(Select, request).validated_data
        integration = finish.select(
            request.caller, found, chosen["account_id"], replace=chosen.get("replace", False)
        )
        return Response(show(IntegrationAnswer, integration=integration))

    @operation(
        "testIntegration",
        TAG,
        "Test the connection",
        answer=TestAnswer,
        examples=examples.TESTED,
        body=True,
    )
    def test(self, request: MemberRequest, id: UUID) -> Response:
        """Looks at the platform and changes nothing there. A failing test answers 200 with `success` false."""
        found = self.find(request, id)
        checked(NoBody, request)
        result = health.test(found, by=request.caller)
        details = {
            "platform": result.integration.platform,
            "account_name": result.account_name,
            "webhook_active": result.webhook_active,
            "token_valid": result.token_valid,
        }
        body = {"success": result.ok, "message": result.message, "details": details, "checks": result.checks}
        return Response(TestAnswer(body).data)

    @operation(
        "getIntegrationHealth",
        TAG,
        "How the integration stands",
        answer=HealthAnswer,
        examples={"Healthy": {"success": True, "state": "ok", "checks": [examples.CHECK]}},
    )
    def health(self, request: MemberRequest, id: UUID) -> Response:
        """
        What the last look found: every account is looked at daily, and by each test. Then each step of connecting,
        under its name: a step that failed is taken again by connecting again. Then why messages wait: `sending`, where
        the platform slows the account down, or fails. Last what went wrong otherwise, under `lastErrorCode`: a message
        that was refused for the account's sake. Asks the platform nothing.
        """
        integration = self.find(request, id)
        state = health_of(integration, vault.unreadable_keys())
        waiting = sending_checks(integration, now())
        if waiting and state == "ok":
            state = "degraded"
        checks = [
            *watch.noted_checks(integration),
            *steps.shown_steps(integration),
            *farewells.pending(integration),
            *waiting,
        ]
        checks += untold_error(integration, checks)
        return Response(HealthAnswer({"state": state, "checks": checks}).data)

    @operation(
        "refreshIntegration",
        TAG,
        "Renew the access token",
        answer=RefreshAnswer,
        examples={"Refreshed": examples.REFRESHED},
        refuses=(refresh.NothingToRefresh, refresh.BeingRenewed, VaultUnreadable, *PLATFORM_SAYS),
        body=True,
    )
    def refresh(self, request: MemberRequest, id: UUID) -> Response:
        """
        It is renewed by itself long before its end; this does it now. A token of Instagram Login that is younger
        than a day stays as it is, and `message` says from when it can be renewed.
        """
        found = self.find(request, id)
        checked(NoBody, request)
        message = refresh.foretold(found)
        integration = refresh.refresh_now(found, by=request.caller)
        body = {"message": message, "expires_at": integration.token_expires_at}
        return Response(RefreshAnswer(body).data)

    @operation(
        "disconnectIntegration",
        TAG,
        "Disconnect",
        answer=Done,
        examples={"Disconnected": {"success": True, "message": "Integration disconnected successfully"}},
    )
    def destroy(self, request: MemberRequest, id: UUID) -> Response:
        """The integration stays as DISCONNECTED, without its tokens; conversations stay, the account is free."""
        leave.disconnect(self.find(request, id), by=request.caller)
        return Response(Done({"message": "Integration disconnected successfully"}).data)

    @operation(
        "renewWebhookSecret",
        TAG,
        "Make a new webhook secret",
        answer=WebhookSecretAnswer,
        examples={"Secret": examples.WEBHOOK_SECRET},
        body=True,
    )
    def webhook_secret(self, request: MemberRequest, id: UUID) -> Response:
        """For a webhook that is set by hand at the platform. Shown this once; the one before is void."""
        found = self.find(request, id)
        checked(NoBody, request)
        url, secret = secrets.renew_webhook_secret(found, by=request.caller)
        return Response(WebhookSecretAnswer({"webhook_url": url, "webhook_secret": secret.reveal()}).data)
