"""What Messenger and Instagram share where an account is reached through a Facebook Page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, list_of, object_of, objects_in, text_of
from backend.platforms.errors import Incomprehensible, Refused
from backend.platforms.meta import oauth
from backend.platforms.meta.finding import Finding, Look, newest_in, well
from backend.platforms.meta.graph import Graph, node
from backend.platforms.meta.health import REACHED, Questions, check_subscribed, inspect_account, reached
from backend.platforms.meta.history import read_history
from backend.platforms.meta.media import link_in_message
from backend.platforms.meta.page_list import list_pages
from backend.platforms.meta.sending import send_message, show_signal, upload_attachment
from backend.platforms.meta.together import all_of
from backend.platforms.meta.usage import WHOLE_APP
from backend.platforms.port import (
    Account,
    AccountHealth,
    Allowance,
    AnyNotice,
    App,
    FileLink,
    Grant,
    GraphCall,
    HistoryPage,
    OutboundMessage,
    PlatformInfo,
    Signal,
    UploadFile,
    WantedFile,
)


class PageAdapter(ABC):
    """An account that is reached with the token of a Facebook Page."""

    info: PlatformInfo
    subscribed_fields: tuple[str, ...]
    upload_form: ClassVar[Mapping[str, str]] = {}  # What an upload says besides the file.
    page_fields: tuple[str, ...]  # Of a Page, when accounts are listed.

    def __init__(self, graph: Graph, app: App) -> None:
        self.graph = graph
        self.app = app

    def authorize_url(self, *, state: str, redirect_uri: str, rerequest: tuple[str, ...] = ()) -> str:
        """Where the browser goes to grant access; `rerequest` asks for just these, though declined before."""
        return oauth.authorize_url(
            self.app, self.info, state=state, redirect_uri=redirect_uri, rerequest=rerequest
        )

    def exchange_code(self, *, code: str, redirect_uri: str) -> Grant:
        """The long-lived grant behind a code of the dialog."""
        return oauth.exchange_code(self.graph, self.app, code=code, redirect_uri=redirect_uri)

    def renew(self, grant: Grant) -> Grant:
        """A grant with a later end; the same one where it does not expire."""
        return oauth.renew(self.graph, self.app, grant)

    def revoke(self, grant: Grant) -> None:
        """Give back the access that a person granted in the dialog. Safe to repeat."""
        oauth.revoke(self.graph, grant)

    def list_accounts(self, grant: Grant) -> list[Account]:
        """One account for each Page the grant can reach, unusable ones with their reason."""
        pages = list_pages(self.graph, grant, self.page_fields)
        return all_of([partial(self.account_of, page, grant) for page in pages])

    def subscribe(self, account: Account) -> None:
        """Let Meta send the account's webhooks to us. Safe to repeat."""
        path = f"{node(account.page_id)}/subscribed_apps"
        token = account.page_token or account.token
        # Meta replaces the whole set, and the other platform of the same Page may need more than we do.
        fields = sorted({*self.subscribed_fields, *self._present_fields(account)})
        answer = self.graph.post(
            path, token=token, form={"subscribed_fields": ",".join(fields)}, repeatable=True
        )
        confirm(answer)

    def unsubscribe(self, account: Account, *, shared: bool = False) -> None:
        """Stop the webhooks of the account's Page, unless its other platform shares them. Safe to repeat."""
        if shared:
            return
        token = account.page_token or account.token
        confirm(self.graph.delete(f"{node(account.page_id)}/subscribed_apps", token=token))

    def inspect(self, account: Account, grant: Grant) -> AccountHealth:
        """What works and what does not. Changes nothing at Meta."""
        ask = Questions(
            kind=self.info.webhook_object,
            needed_permissions=self.info.scopes,
            looks=(
                Look("messages_readable", lambda: self._look_at_messages(account)),
                Look("webhook_subscribed", lambda: self._look_at_subscription(account)),
                *self.looks(account),
                Look(REACHED, lambda: reached(self.read_name(account))),
            ),
        )
        return inspect_account(self.graph, self.app, account, grant, ask)

    def looks(self, account: Account) -> tuple[Look, ...]:
        """What this platform is asked besides what both are."""
        return ()

    def history(self, account: Account, *, cursor: str | None, size: int) -> HistoryPage:
        """So many of the account's conversations from the cursor on, with what can be read of them. One call."""
        path, token = f"{node(account.page_id)}/conversations", account.page_token or account.token
        return read_history(
            self.graph, path, token, account, platform=self.info.slug, cursor=cursor, size=size
        )

    def find_file(self, account: Account, wanted: WantedFile) -> FileLink:
        """A fresh link to a file that came with a message. Raises Refused where Meta has it no more."""
        return link_in_message(self.graph, account.page_token or account.token, wanted)

    def send(self, account: Account, message: OutboundMessage) -> str:
        """Deliver a message; Meta's id of it."""
        call = self.compose(account, message)
        return send_message(self.graph, call, account.page_token or account.token)

    def allowance(self, account: Account) -> Allowance:
        """What Meta said of the account's allowance with its last answers; asks nothing."""
        return self.graph.usage.allowance((account.account_id, account.page_id, WHOLE_APP))

    def upload(self, account: Account, file: UploadFile) -> str:
        """Hand in a file for later messages; Meta's id of it. Safe to repeat."""
        path, token = f"{node(account.page_id)}/message_attachments", account.page_token or account.token
        return upload_attachment(self.graph, path, token, file, self.upload_form)

    def signal(self, account: Account, signal: Signal) -> None:
        """Show a read receipt, a typing indicator or a reaction."""
        call = self.compose_signal(account, signal)
        show_signal(self.graph, call, account.page_token or account.token, signal)

    @abstractmethod
    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in Meta's order. Never raises."""

    @abstractmethod
    def account_of(self, page: JSONObject, grant: Grant) -> Account:
        """The account behind a Page."""

    @abstractmethod
    def read_name(self, account: Account) -> str:
        """The account's present name at Meta."""

    @abstractmethod
    def compose(self, account: Account, message: OutboundMessage) -> GraphCall:
        """The request that sends the message."""

    @abstractmethod
    def compose_signal(self, account: Account, signal: Signal) -> GraphCall:
        """The request that shows the signal."""

    def _look_at_messages(self, account: Account) -> Finding:
        """Whether the conversations can be read, which tells of switches and links; and how new the newest is."""
        params = {"platform": self.info.slug, "limit": "1", "fields": "id,updated_time"}
        token = account.page_token or account.token
        page = self.graph.get(f"{node(account.page_id)}/conversations", token=token, params=params)
        said = well("messages_readable", "The account's messages can be read.")
        return Finding(checks=(said,), newest_at=newest_in(page))

    def _look_at_subscription(self, account: Account) -> Finding:
        return check_subscribed(self.app, self._subscriptions(account), self.subscribed_fields)

    def _subscriptions(self, account: Account) -> dict[str, list[str]]:
        """App id to the fields it is subscribed to on the account's Page."""
        path = f"{node(account.page_id)}/subscribed_apps"
        rows = self.graph.get_all(path, token=account.page_token or account.token)
        return {
            id_of(row.get("id")): list(map(text_of, list_of(row.get("subscribed_fields")))) for row in rows
        }

    def _present_fields(self, account: Account) -> list[str]:
        try:
            present = self._subscriptions(account).get(self.app.app_id, [])
        except Refused:
            return []  # The subscription itself will say what is wrong.
        return [field for field in present if field]


def confirm(answer: JSON) -> None:
    """Raises unless Meta says that it was done."""
    rows = objects_in(object_of(answer).get("data"))
    if object_of(answer).get("success") not in (True, "true") and not rows and answer is not True:
        raise Incomprehensible("Meta did not confirm that it was done.")
