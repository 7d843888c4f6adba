"""What Messenger and Instagram share where an account is reached through a Facebook Page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, list_of, object_of, objects_in, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Incomprehensible, Refused
from backend.platforms.meta import oauth
from backend.platforms.meta.graph import Graph, node
from backend.platforms.meta.health import Questions, inspect_account
from backend.platforms.meta.sending import send_message, show_signal
from backend.platforms.port import (
    Account,
    AccountHealth,
    AnyNotice,
    App,
    Grant,
    GraphCall,
    OutboundMessage,
    PlatformInfo,
    Signal,
)

MESSAGING_TASK = "MESSAGING"
# Permissions whose `target_ids` are Pages: what to ask one by one where the list of Pages comes back empty.
PAGE_PERMISSIONS = ("pages_messaging", "pages_show_list", "pages_manage_metadata")


class PageAdapter(ABC):
    """An account that is reached with the token of a Facebook Page."""

    info: PlatformInfo
    subscribed_fields: tuple[str, ...]
    page_fields: tuple[str, ...]  # Of a Page, when accounts are listed.

    def __init__(self, graph: Graph, app: App) -> None:
        self.graph = graph
        self.app = app

    def authorize_url(self, *, state: str, redirect_uri: str, rerequest: bool = False) -> str:
        """Where the browser goes to grant access."""
        return oauth.authorize_url(
            self.app, self.info.scopes, state=state, redirect_uri=redirect_uri, rerequest=rerequest
        )

    def exchange_code(self, *, code: str, redirect_uri: str) -> Grant:
        """The long-lived grant behind a code of the dialog."""
        return oauth.exchange_code(self.graph, self.app, code=code, redirect_uri=redirect_uri)

    def renew(self, grant: Grant) -> Grant:
        """A grant with a later end; the same one where it does not expire."""
        return oauth.renew(self.graph, self.app, grant)

    def list_accounts(self, grant: Grant) -> list[Account]:
        """One account for each Page the grant can reach, unusable ones with their reason."""
        return [self.account_of(page, grant) for page in list_pages(self.graph, grant, self.page_fields)]

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
            required_permissions=self.info.required_permissions,
            subscribed_app_ids=lambda: set(self._subscriptions(account)),
            account_name=lambda: self.read_name(account),
        )
        return inspect_account(self.graph, self.app, account, grant, ask)

    def send(self, account: Account, message: OutboundMessage) -> str:
        """Deliver a message; Meta's id of it."""
        call = self.compose(account, message)
        return send_message(self.graph, call, account.page_token or account.token)

    def signal(self, account: Account, signal: Signal) -> None:
        """Show a read receipt or a typing indicator; one that is shown twice does no harm."""
        call = self.compose_signal(account, signal)
        show_signal(self.graph, call, account.page_token or account.token)

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


def list_pages(graph: Graph, grant: Grant, fields: Iterable[str]) -> list[JSONObject]:
    """Every Page of the grant. Where Meta lists none, those that the permissions name one by one."""
    params = {"fields": ",".join(fields)}
    pages = graph.get_all("me/accounts", token=grant.token, params=params | {"limit": "100"})
    if pages:
        return pages
    targets = [target for name in PAGE_PERMISSIONS for target in grant.targets.get(name, ())]
    return [_read_page(graph, grant, target, params) for target in dict.fromkeys(targets)]


def _read_page(graph: Graph, grant: Grant, page_id: str, params: dict[str, str]) -> JSONObject:
    try:
        return object_of(graph.get(node(page_id), token=grant.token, params=params)) | {"id": page_id}
    except Refused:
        return {"id": page_id}  # Listed all the same, as a Page without a token.


def reason_against(page: JSONObject, grant: Grant, required: Iterable[str]) -> str | None:
    """Why this Page cannot be used, for a person; None: it can."""
    if lacking := reason_of_missing(grant, required):
        return lacking
    limited_to = grant.targets.get("pages_messaging", ())
    if limited_to and id_of(page.get("id")) not in limited_to:
        return "This Page was not chosen in the dialog. Connect again and choose it there."
    if "tasks" in page and MESSAGING_TASK not in list_of(page.get("tasks")):
        return "You may not answer this Page's messages. Ask an admin of the Page for the task Messages."
    if not text_of(page.get("access_token")):
        return "Facebook gave no access to this Page. Ask its owner for full access, then connect again."
    return None


def reason_of_missing(grant: Grant, required: Iterable[str]) -> str | None:
    """Which permissions the grant lacks, for a person; None: it has them all."""
    missing = [name for name in required if name not in grant.permissions]
    return f"A permission is missing: {', '.join(missing)}. Connect again and allow it." if missing else None


def page_token_of(page: JSONObject, grant: Grant) -> Secret:
    """The Page's own token; for a Page that has none, and cannot be chosen, that of the login."""
    own = text_of(page.get("access_token"))
    return Secret(own) if own else grant.token


def picture_of(page: JSONObject) -> str:
    """The address of a Page's picture."""
    return text_of(object_of(object_of(page.get("picture")).get("data")).get("url"))


def confirm(answer: JSON) -> None:
    """Raises unless Meta says that it was done."""
    rows = objects_in(object_of(answer).get("data"))
    if object_of(answer).get("success") not in (True, "true") and not rows and answer is not True:
        raise Incomprehensible("Meta did not confirm that it was done.")
