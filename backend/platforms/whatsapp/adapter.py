from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, object_of, objects_in, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Incomprehensible, OutcomeUnknown, Refused
from backend.platforms.meta import oauth
from backend.platforms.meta.finding import Finding, Look
from backend.platforms.meta.graph import Graph, node
from backend.platforms.meta.health import REACHED, Questions, check_subscribed, inspect_account, reached
from backend.platforms.meta.pages import confirm
from backend.platforms.meta.sending import show_signal
from backend.platforms.meta.together import all_of
from backend.platforms.meta.usage import WHOLE_APP
from backend.platforms.port import (
    Account,
    AccountHealth,
    Allowance,
    AnyNotice,
    App,
    ContactCard,
    FileLink,
    Grant,
    HistoryPage,
    OutboundMessage,
    Profile,
    Signal,
    UploadFile,
    WantedFile,
)
from backend.platforms.whatsapp.accounts import account_of, unusable, why_not
from backend.platforms.whatsapp.compose import compose
from backend.platforms.whatsapp.info import INFO
from backend.platforms.whatsapp.media import link_by_id
from backend.platforms.whatsapp.numbers import (
    ALL_FIELDS,
    NUMBER_FIELDS,
    NumberFacts,
    SyncKind,
    check_webhook,
    read_facts,
)
from backend.platforms.whatsapp.parse import parse
from backend.platforms.whatsapp.signals import compose_signal
from backend.platforms.whatsapp.templates import FIELDS, TemplateFacts, read_template

NOT_SUBSCRIBED = 803
NO_NUMBER = "This WhatsApp account has no phone number yet. Add one in WhatsApp Manager, then connect again."


class WhatsAppAdapter:
    """WhatsApp's Cloud API: the account is a phone number of a WhatsApp Business account (WABA)."""

    info = INFO

    def __init__(self, graph: Graph, app: App) -> None:
        self.graph = graph
        self.app = app

    def authorize_url(self, *, state: str, redirect_uri: str, rerequest: tuple[str, ...] = ()) -> str:
        """Where the browser goes to grant access; `rerequest` asks for just these, though declined before."""
        return oauth.authorize_url(
            self.app, self.info, state=state, redirect_uri=redirect_uri, rerequest=rerequest
        )

    def exchange_code(self, *, code: str, redirect_uri: str) -> Grant:
        """The grant behind a code; an empty `redirect_uri` for a code of Embedded Signup in the browser."""
        return oauth.exchange_code(self.graph, self.app, code=code, redirect_uri=redirect_uri)

    def read_grant(self, token: Secret) -> Grant:
        """The grant behind a permanent token that was entered by hand."""
        return oauth.read_grant(self.graph, self.app, token)

    def renew(self, grant: Grant) -> Grant:
        """A grant with a later end; the same one where it does not expire."""
        return oauth.renew(self.graph, self.app, grant)

    def revoke(self, grant: Grant) -> None:
        """Give back the access that a person granted in the dialog. Safe to repeat."""
        oauth.revoke(self.graph, grant)

    def list_accounts(self, grant: Grant) -> list[Account]:
        """Every number of every WABA of the grant, unusable ones with their reason."""
        targets = [target for name in self.info.scopes for target in grant.targets.get(name, ())]
        return self.list_numbers(grant, dict.fromkeys(targets))

    def list_numbers(self, grant: Grant, business_account_ids: Iterable[str]) -> list[Account]:
        """Every number of these WABAs."""
        listed = all_of([partial(self._numbers_of, grant, waba_id) for waba_id in business_account_ids])
        return [account for numbers in listed for account in numbers]

    def subscribe(self, account: Account) -> None:
        """Let WhatsApp send the webhooks of the number's WABA to us. Safe to repeat."""
        confirm(self.graph.post(_subscriptions_of(account), token=account.token, repeatable=True))

    def unsubscribe(self, account: Account, *, shared: bool = False) -> None:
        """Stop the webhooks of the number; those of its WABA too, unless another number shares them. Safe to repeat."""
        try:
            self._set_webhook(account, "", "")
        finally:  # A webhook that cannot be taken off the number must not keep that of the WABA alive.
            if not shared:
                self._unsubscribe_wide_account(account)

    def override_webhook(self, account: Account, url: str, verify_token: Secret) -> None:
        """Send the number's own webhooks to this address, which Meta asks at once for the token. Safe to repeat."""
        self._set_webhook(account, url, verify_token.reveal())

    def register(self, account: Account, pin: Secret) -> None:
        """Let the Cloud API send for the number. The PIN is set, or has to be the one that was set before."""
        body: JSONObject = {"messaging_product": "whatsapp", "pin": pin.reveal()}
        path = f"{node(account.account_id)}/register"
        confirm(self.graph.post(path, token=account.token, json=body, repeatable=True))

    def describe(self, account: Account) -> NumberFacts:
        """What WhatsApp says of the number right now."""
        answer = self.graph.get(node(account.account_id), token=account.token, params={"fields": ALL_FIELDS})
        return read_facts(object_of(answer))

    def request_sync(self, account: Account, kind: SyncKind) -> str:
        """Ask the phone behind the number for its contacts or its history; the request's id. Never to be repeated."""
        body: JSONObject = {"messaging_product": "whatsapp", "sync_type": str(kind)}
        answer = self.graph.post(f"{node(account.account_id)}/smb_app_data", token=account.token, json=body)
        return text_of(object_of(answer).get("request_id"))

    def inspect(self, account: Account, grant: Grant) -> AccountHealth:
        """What works and what does not. Changes nothing at Meta."""
        ask = Questions(
            kind=self.info.webhook_object,
            needed_permissions=self.info.scopes,
            looks=(
                Look("webhook_subscribed", lambda: self._look_at_subscription(account)),
                Look(REACHED, lambda: self._look_at_number(account)),
            ),
        )
        return inspect_account(self.graph, self.app, account, grant, ask)

    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in Meta's order. Never raises."""
        return parse(payload, self.app.app_id)

    def history(self, account: Account, *, cursor: str | None, size: int) -> HistoryPage:
        """Nothing: WhatsApp reads nothing back. A number on a phone hands its history over by webhooks."""
        return HistoryPage(conversations=(), next_cursor=None)

    def read_profile(self, account: Account, contact: ContactCard) -> Profile:
        """What the contact's own messages told: WhatsApp has no call for it (`PlatformInfo.shows_profiles`)."""
        return Profile(name=contact.name, username=contact.username)

    def find_file(self, account: Account, wanted: WantedFile) -> FileLink:
        """A link to a file that came with a message. Raises Refused where WhatsApp has it no more."""
        return link_by_id(self.graph, account.token, account.account_id, wanted)

    def send(self, account: Account, message: OutboundMessage) -> str:
        """Deliver a message; WhatsApp's id of it."""
        call = compose(account, message)
        try:
            answer = self.graph.post(call.path, token=account.token, json=call.body)
        except Incomprehensible as error:
            raise OutcomeUnknown(words=error.words) from error
        ids = [id_of(sent.get("id")) for sent in objects_in(object_of(answer).get("messages"))]
        if not ids or not ids[0]:
            raise OutcomeUnknown("WhatsApp answered without the message's id; it may have been sent.")
        return ids[0]

    def upload(self, account: Account, file: UploadFile) -> str:
        """Hand in a file for later messages; WhatsApp's id of it, good for thirty days. Safe to repeat."""
        answer = self.graph.upload(
            f"{node(account.account_id)}/media",
            token=account.token,
            form={"messaging_product": "whatsapp", "type": file.mime_type},
            field="file",
            file=(file.name, file.content, file.mime_type),
        )
        external_id = id_of(object_of(answer).get("id"))
        if not external_id:
            raise Incomprehensible("WhatsApp took the file and did not say its id.")
        return external_id

    def allowance(self, account: Account) -> Allowance:
        """What Meta said of the number's allowance with its last answers; asks nothing."""
        return self.graph.usage.allowance((account.account_id, account.business_account_id, WHOLE_APP))

    def list_templates(self, account: Account) -> list[TemplateFacts]:
        """Every template of the number's WABA."""
        path = f"{node(account.business_account_id or account.platform_account_id)}/message_templates"
        params = {"fields": FIELDS, "limit": "100"}
        rows = self.graph.get_all(path, token=account.token, params=params)
        return [facts for row in rows if (facts := read_template(row))]

    def signal(self, account: Account, signal: Signal) -> None:
        """Show a read receipt, a typing indicator or a reaction, where WhatsApp has it."""
        call = compose_signal(account, signal)
        if call is not None:
            show_signal(self.graph, call, account.token, signal)

    def _numbers_of(self, grant: Grant, waba_id: str) -> list[Account]:
        try:
            path, params = f"{node(waba_id)}/phone_numbers", {"fields": NUMBER_FIELDS, "limit": "100"}
            names, numbers = all_of(
                [
                    partial(self._name_of, grant, waba_id),
                    partial(self.graph.get_all, path, token=grant.token, params=params),
                ]
            )
        except Refused as error:
            return [unusable(waba_id, waba_id, grant, f"{error.message} {error.resolution or ''}".strip())]
        name = text_of(names[0].get("name"))
        if not numbers:
            return [unusable(waba_id, name or waba_id, grant, NO_NUMBER)]
        reason_for_all = why_not(grant, self.info.required_permissions)
        return [account_of(number, waba_id, name, grant, reason_for_all) for number in numbers]

    def _name_of(self, grant: Grant, waba_id: str) -> list[JSONObject]:
        return [object_of(self.graph.get(node(waba_id), token=grant.token, params={"fields": "id,name"}))]

    def _set_webhook(self, account: Account, url: str, verify_token: str) -> None:
        """Give the number an address of its own; an empty one takes it away."""
        wanted: JSONObject = {"override_callback_uri": url} | ({"verify_token": verify_token} if url else {})
        body: JSONObject = {"webhook_configuration": wanted}
        confirm(self.graph.post(node(account.account_id), token=account.token, json=body, repeatable=True))

    def _unsubscribe_wide_account(self, account: Account) -> None:
        try:
            self.graph.delete(_subscriptions_of(account), token=account.token)
        except Refused as error:
            if error.words.code != NOT_SUBSCRIBED:
                raise

    def _look_at_subscription(self, account: Account) -> Finding:
        rows = self.graph.get_all(_subscriptions_of(account), token=account.token)
        return check_subscribed(self.app, {id_of(_subscribed_app(row).get("id")): [] for row in rows})

    def _look_at_number(self, account: Account) -> Finding:
        params = {"fields": f"{NUMBER_FIELDS},webhook_configuration"}
        number = object_of(self.graph.get(node(account.account_id), token=account.token, params=params))
        name = text_of(number.get("verified_name")) or text_of(number.get("display_phone_number"))
        found = reached(name)
        ours = {account.webhook_url, self.app.webhook_url} - {""}
        return replace(found, checks=(*found.checks, *check_webhook(number, ours)))


def _subscriptions_of(account: Account) -> str:
    """Where the subscriptions of the number's WABA stand."""
    return f"{node(account.business_account_id or account.platform_account_id)}/subscribed_apps"


def _subscribed_app(row: JSONObject) -> JSONObject:
    """The app of a row, which WhatsApp wraps once more."""
    return object_of(row.get("whatsapp_business_api_data")) or row
